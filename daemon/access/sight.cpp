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
        const bool is_apel = terminal->role == config::TerminalRole::apel || serves_others_at_apel(*terminal);
        if (!is_apel || viewer_.role == Role::super_admin) serials_.insert(terminal->row.serial);
    }
}

// A unit's own terminal may serve its own apel.
bool Sight::serves_others_at_apel(const Terminal& terminal) const {
    if (directory_ == nullptr) return false;
    const auto& assignments = directory_->facts().assignments;
    return std::any_of(assignments.begin(), assignments.end(), [&](const attendance::Assignment& assignment) {
        return assignment.apel && assignment.serial == terminal.row.serial && assignment.unit != terminal.row.unit &&
               assignment.valid.holds(today_);
    });
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
