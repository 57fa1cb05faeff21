#include "config/changes.hpp"

#include <doctest/doctest.h>

using namespace presensi::config;

TEST_CASE("changes: what a running daemon cannot change is named by its key") {
    const Settings before;
    CHECK(keys_for_a_restart(before, before).empty());
    struct Case {
        const char* key;
        void (*change)(Settings& settings);
    };
    const Case cases[] = {
        {"storage.backend", [](Settings& settings) { settings.storage.backend = Backend::postgres; }},
        {"storage.sqlite.path", [](Settings& settings) { settings.storage.sqlite_path = "other.db"; }},
        {"storage.postgres.url", [](Settings& settings) { settings.storage.postgres_url = "postgresql:///other"; }},
        {"storage.postgres.password_file",
         [](Settings& settings) { settings.storage.postgres_password = Secret("made-up"); }},
        {"storage.postgres.owner_url",
         [](Settings& settings) { settings.storage.postgres_owner_url = "postgresql:///"; }},
        {"storage.migrate", [](Settings& settings) { settings.storage.migrate = false; }},
        {"terminal_listener.address", [](Settings& settings) { settings.terminal_listener.address = "10.0.0.1"; }},
        {"terminal_listener.port", [](Settings& settings) { settings.terminal_listener.port = 9; }},
        {"admin_listener.address", [](Settings& settings) { settings.admin_listener.address = "10.0.0.1"; }},
        {"admin_listener.port", [](Settings& settings) { settings.admin_listener.port = 9; }},
    };
    for (const Case& c : cases) {
        CAPTURE(c.key);
        Settings after;
        c.change(after);
        CHECK(keys_for_a_restart(before, after) == std::vector<std::string>{c.key});
    }
}

TEST_CASE("changes: keys of the top level that differ, secrets of terminals among them") {
    using Keys = std::vector<std::string>;
    Settings before;
    before.terminals.emplace_back().serial = "A";
    Settings after = before;
    CHECK(changed_keys(before, after) == Keys{});
    after.limits.line = 2048;
    after.send_date = SendDate::never;
    after.units_file = "/etc/presensi/units.yaml";
    CHECK(changed_keys(before, after) == Keys{"clock", "limits", "units_file"});
    CHECK(changed_keys(after, before) == Keys{"clock", "limits", "units_file"});

    Settings other = before;
    other.terminals.front().push_key = Secret("made-up");
    Settings another = before;
    another.terminals.front().push_key = Secret("made-up, too");
    CHECK(changed_keys(before, other) == Keys{"terminals"});
    CHECK(changed_keys(other, another) == Keys{"terminals"});
}
