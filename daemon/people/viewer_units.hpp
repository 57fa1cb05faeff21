#pragma once
// What of the organisation a viewer with units may see.

#include <string_view>

#include "attendance/directory.hpp"
#include "daemon/access/viewer.hpp"

namespace presensi::people {

// Whether the unit is one of theirs, or below one.
bool sees_unit(const access::Viewer& viewer, const attendance::Directory& directory, std::string_view unit,
               attendance::Day day);

// Whether the event is of all units, or of one of theirs, one above or one below.
bool concerns(const access::Viewer& viewer, const attendance::Directory& directory, const attendance::Event& event);

}  // namespace presensi::people
