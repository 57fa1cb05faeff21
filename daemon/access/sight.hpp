#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "attendance/directory.hpp"
#include "daemon/access/viewer.hpp"
#include "daemon/terminal_registry.hpp"

namespace presensi::access {

// What a viewer may see, as it is now. Never changes, so any thread may ask it.
class Sight {
public:
    // `directory` null: only units of the viewer's very codes are theirs. `registry` is read here and not kept.
    Sight(Viewer viewer, attendance::DirectoryPtr directory, attendance::Day today, const TerminalRegistry& registry);

    const Viewer& viewer() const { return viewer_; }
    bool sees_all() const { return viewer_.sees_all(); }
    bool knows_no_tree() const { return !sees_all() && directory_ == nullptr; }

    // One of their units or below one.
    bool sees_unit(std::string_view code) const;
    // Of a unit of theirs. Apel terminals, by the file or by an assignment for others than their own unit, are a
    // super-admin's alone; a reader without units looks at them, too.
    bool sees_terminal(std::string_view serial) const;
    bool sees_terminal(const Terminal& terminal) const { return sees_terminal(terminal.row.serial); }
    // Whose unit it was on that day.
    bool sees_person(std::int64_t id, attendance::Day day) const;
    // Of a terminal of theirs, or of one of their people wherever that was.
    bool sees_punch(std::string_view serial, std::string_view pin_key, DeviceTime time) const;

private:
    bool serves_others_at_apel(const Terminal& terminal) const;

    Viewer viewer_;
    attendance::DirectoryPtr directory_;
    attendance::Day today_;
    std::unordered_set<std::string> serials_;  // those seen; unused by who sees all
};

using SightPtr = std::shared_ptr<const Sight>;

}  // namespace presensi::access
