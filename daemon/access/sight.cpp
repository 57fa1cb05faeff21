#include "daemon/access/sight.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/people/viewer_units.hpp"

namespace presensi::access {

Sight::Sight(Viewer viewer, attendance::DirectoryPtr directory, attendance::Day today, const TerminalRegistry& registry)
    : viewer_(std::move(viewer)), directory_(std::move(directory)), today_(today) {
    if (sees_all()) return;
    for (const Terminal* terminal : registry.all()) {
        if (!sees_unit(terminal->row.unit)) continue;
        const bool is_apel = terminal->role == config::TerminalRole::apel ||
                             (directory_ != nullptr && directory_->is_apel_terminal(terminal->row.serial, today));
        if (!is_apel || viewer_.role == Role::super_admin) serials_.insert(terminal->row.serial);
    }
}

bool Sight::sees_unit(std::string_view code) const {
    if (sees_all()) return true;
    if (directory_ != nullptr) return people::sees_unit(viewer_, *directory_, code, today_);
    return std::find(viewer_.units.begin(), viewer_.units.end(), code) != viewer_.units.end();
}

bool Sight::sees_terminal(std::string_view serial) const {
    return sees_all() || serials_.contains(std::string(serial));
}

bool Sight::sees_person(std::int64_t id, attendance::Day day) const {
    return sees_all() || (directory_ != nullptr && sees_unit(directory_->unit_of(id, day)));
}

bool Sight::sees_punch(std::string_view serial, std::string_view pin_key, DeviceTime time) const {
    if (sees_terminal(serial)) return true;
    if (directory_ == nullptr) return false;
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const attendance::Person* person = directory_->person_of(serial, pin_key, day);
    return person != nullptr && sees_person(person->id, day);
}

}  // namespace presensi::access
