#include "daemon/people/viewer_units.hpp"

#include <algorithm>

namespace presensi::people {

bool sees_unit(const access::Viewer& viewer, const attendance::Directory& directory, std::string_view unit,
               attendance::Day day) {
    return viewer.sees_all() || std::any_of(viewer.units.begin(), viewer.units.end(), [&](const std::string& theirs) {
               return directory.is_looked_after(unit, theirs, day);
           });
}

bool concerns(const access::Viewer& viewer, const attendance::Directory& directory, const attendance::Event& event) {
    if (viewer.sees_all() || event.units.empty()) return true;
    const auto is_theirs = [&](const std::string& unit) { return sees_unit(viewer, directory, unit, event.day); };
    const auto is_above = [&](const std::string& theirs) { return directory.concerns(event, theirs); };
    return std::any_of(event.units.begin(), event.units.end(), is_theirs) ||
           std::any_of(viewer.units.begin(), viewer.units.end(), is_above);
}

}  // namespace presensi::people
