#include <doctest/doctest.h>

#include "daemon/terminal_registry.hpp"
#include "protocol/text_fields.hpp"

using namespace presensi;
using storage::TerminalRow;
using storage::TerminalState;

namespace {

Instant now_of_test{};

struct Fixture {
    Fixture() { now_of_test = *decode_utc("2026-11-20T00:00:00Z"); }
    config::Settings settings;
    Now now = [] { return now_of_test; };

    void configure(const std::string& serial, const std::string& name = "") {
        config::TerminalSettings terminal;
        terminal.serial = serial;
        terminal.name = name;
        settings.terminals.push_back(terminal);
    }
};

TerminalRow stored(std::int64_t id, const std::string& serial, TerminalState state) {
    TerminalRow row;
    row.id = id;
    row.serial = serial;
    row.state = state;
    row.time_zone = "Asia/Makassar";
    return row;
}

}  // namespace

TEST_CASE("the configuration creates and approves, a suspension by a person survives") {
    Fixture f;
    f.configure("NEW1");
    f.configure("SEEN1");
    f.configure("SUSP1");
    f.configure("RET1");
    TerminalRegistry registry(f.settings, f.now);
    registry.load({stored(1, "SEEN1", TerminalState::seen), stored(2, "SUSP1", TerminalState::suspended),
                   stored(3, "RET1", TerminalState::retired), stored(4, "OTHER", TerminalState::approved)},
                  {});
    CHECK(registry.find("NEW1")->row.state == TerminalState::approved);
    CHECK(registry.find("SEEN1")->row.state == TerminalState::approved);
    CHECK(registry.find("SUSP1")->row.state == TerminalState::suspended);
    CHECK(registry.find("RET1")->row.state == TerminalState::retired);
    CHECK(registry.find("OTHER")->row.state == TerminalState::approved);
}

TEST_CASE("the latest change of a name wins, whoever made it") {
    Fixture f;
    f.configure("T1", "Apel IV");
    TerminalRow row;
    {
        TerminalRegistry first(f.settings, f.now);
        first.load({}, {});
        row = first.find("T1")->row;
        CHECK(row.name == "Apel IV");
    }
    row.id = 1;
    row.name = "by a person";
    {
        TerminalRegistry unchanged(f.settings, f.now);
        unchanged.load({row}, {});
        CHECK(unchanged.find("T1")->row.name == "by a person");
    }
    f.settings.terminals[0].name = "Apel V";
    TerminalRegistry edited(f.settings, f.now);
    edited.load({row}, {});
    CHECK(edited.find("T1")->row.name == "Apel V");
}

TEST_CASE("a zone changed in the file reaches terminals that were there before, but not over a person's own") {
    Fixture f;
    f.configure("NAMED");
    f.configure("PATCHED");
    std::vector<TerminalRow> rows;
    const auto restart = [&] {
        TerminalRegistry registry(f.settings, f.now);
        registry.load(rows, {});
        rows.clear();
        for (const char* serial : {"NAMED", "PATCHED", "TRIAL"}) {
            registry.contact(serial, "10.0.0.1");
            const Terminal& terminal = *registry.find(serial);
            CHECK(terminal.zone.name() == terminal.row.time_zone);
            rows.push_back(terminal.row);
            rows.back().id = static_cast<std::int64_t>(rows.size());
        }
        return rows[0].time_zone + " " + rows[1].time_zone + " " + rows[2].time_zone;
    };
    CHECK(restart() == "Asia/Makassar Asia/Makassar Asia/Makassar");
    rows[1].time_zone = "Asia/Jayapura";
    CHECK(restart() == "Asia/Makassar Asia/Jayapura Asia/Makassar");
    f.settings.terminals[0].time_zone = "Asia/Tokyo";
    CHECK(restart() == "Asia/Tokyo Asia/Jayapura Asia/Makassar");
    f.settings.terminals[0].time_zone.reset();
    CHECK(restart() == "Asia/Makassar Asia/Jayapura Asia/Makassar");
    f.settings.time_zone = "Asia/Jakarta";
    CHECK(restart() == "Asia/Jakarta Asia/Jakarta Asia/Jakarta");
    rows[2].time_zone = "Asia/Jayapura";
    CHECK(restart() == "Asia/Jakarta Asia/Jakarta Asia/Jayapura");
}

TEST_CASE("unknown serials are seen, and their number is bounded") {
    Fixture f;
    TerminalRegistry registry(f.settings, f.now);
    registry.load({}, {});
    for (std::size_t i = 0; i < TerminalRegistry::most_unknown; ++i) {
        REQUIRE(registry.contact("U" + std::to_string(i), i % 2 == 0 ? "10.0.0.1" : "10.0.1.1") != nullptr);
    }
    CHECK(registry.contact("ONEMORE", "10.0.0.1") == nullptr);
    CHECK(registry.refused_unknown() == 1);
    CHECK(registry.contact("U7", "10.0.0.2")->row.address == "10.0.0.2");

    // An approval makes room for another of the network where it was first seen.
    Terminal& terminal = *registry.find("U7");
    TerminalRow row = terminal.row;
    row.state = TerminalState::approved;
    registry.apply(terminal, row);
    CHECK(registry.contact("ONEMORE", "10.0.0.1") == nullptr);
    CHECK(registry.contact("ONEMORE", "10.0.1.1") != nullptr);
}

TEST_CASE("T19 unknown serials of one network leave room for a new terminal elsewhere") {
    Fixture f;
    TerminalRegistry registry(f.settings, f.now);
    registry.load({}, {});
    std::size_t let_in = 0;
    for (int i = 0; i < 5000; ++i) {
        const std::string address = "10.0.0." + std::to_string(i % 256);
        let_in += registry.contact("U" + std::to_string(i), address) != nullptr;
    }
    CHECK(let_in == TerminalRegistry::most_unknown_of_network);
    CHECK(registry.contact("NEW1", "10.0.1.7") != nullptr);
    CHECK(registry.contact("NEW2", "fd00::7") != nullptr);
    // Who is approved counts no more, and who is seen again counts again.
    Terminal& terminal = *registry.find("U1");
    TerminalRow row = terminal.row;
    row.state = TerminalState::approved;
    registry.apply(terminal, row);
    CHECK(registry.contact("NEW3", "10.0.0.9") != nullptr);
    CHECK(registry.contact("NEW4", "10.0.0.9") == nullptr);
}

TEST_CASE("unbroken contact") {
    using namespace std::chrono_literals;
    Fixture f;
    TerminalRegistry registry(f.settings, f.now);
    registry.load({stored(1, "T1", TerminalState::approved)}, {});
    const Instant start = now_of_test;
    CHECK_FALSE(registry.find("T1")->online_since);
    CHECK(registry.contact("T1", "10.0.0.1")->online_since == start);
    now_of_test = start + 4min;
    CHECK(registry.contact("T1", "10.0.0.1")->online_since == start);
    now_of_test = start + 10min;
    CHECK(registry.contact("T1", "10.0.0.1")->online_since == start + 10min);
    registry.break_contact(*registry.find("T1"));
    now_of_test = start + 11min;
    CHECK(registry.contact("T1", "10.0.0.1")->online_since == start + 11min);
}

TEST_CASE("contacts are written in bulk, once each") {
    Fixture f;
    TerminalRegistry registry(f.settings, f.now);
    registry.load({stored(1, "T1", TerminalState::approved), stored(2, "T2", TerminalState::approved)}, {});
    for (int i = 0; i < 100; ++i) registry.contact("T1", "10.0.0.1");
    const auto changed = registry.take_changed();
    REQUIRE(changed.rows.size() == 1);
    CHECK(changed.terminals[0] == registry.find("T1"));
    CHECK(changed.rows[0].serial == "T1");
    CHECK(changed.rows[0].last_seen == "2026-11-20T00:00:00.000Z");
    CHECK(registry.take_changed().rows.empty());
    registry.give_back(changed);
    CHECK(registry.take_changed().rows.size() == 1);
}

TEST_CASE("what a terminal told another daemon is taken over, and never written back as nothing") {
    Fixture f;
    TerminalRegistry registry(f.settings, f.now);
    TerminalRow row = stored(1, "T1", TerminalState::approved);
    registry.load({row}, {});
    registry.contact("T1", "10.0.0.1");
    row.firmware = "Ver 8";
    row.users = 40;
    row.facts = R"({"faces":"3"})";
    registry.refresh({row}, {});
    CHECK(registry.find("T1")->row.firmware == "Ver 8");
    auto changed = registry.take_changed();
    REQUIRE(changed.rows.size() == 1);
    CHECK(changed.rows[0].firmware.empty());  // another daemon may know more by now
    CHECK_FALSE(changed.rows[0].users);
    CHECK(changed.rows[0].address == "10.0.0.1");

    adms::TerminalFacts facts;
    facts.firmware = "Ver 9";
    registry.learn(*registry.find("T1"), facts);
    registry.refresh({row}, {});
    CHECK(registry.find("T1")->row.firmware == "Ver 9");
    changed = registry.take_changed();
    REQUIRE(changed.rows.size() == 1);
    CHECK(changed.rows[0].firmware == "Ver 9");
    registry.give_back(changed);
    CHECK(registry.take_changed().rows.at(0).firmware == "Ver 9");
}

TEST_CASE("a terminal that the store lost is stored again") {
    Fixture f;
    TerminalRegistry registry(f.settings, f.now);
    TerminalRow row = stored(1, "T1", TerminalState::approved);
    registry.load({row, stored(2, "T2", TerminalState::approved)}, {});
    registry.find("T2")->row.model = "K14";
    registry.refresh({row}, {});
    const auto changed = registry.take_changed();
    REQUIRE(changed.rows.size() == 1);
    CHECK(changed.rows[0].serial == "T2");
    CHECK(changed.rows[0].id == 0);
    CHECK(changed.rows[0].model == "K14");
}

TEST_CASE("unbroken contact does not span what another daemon heard") {
    using namespace std::chrono_literals;
    Fixture f;
    TerminalRegistry registry(f.settings, f.now);
    TerminalRow row = stored(1, "T1", TerminalState::approved);
    registry.load({row}, {});
    const Instant start = now_of_test;
    registry.contact("T1", "10.0.0.1");
    row.last_seen = "2026-11-20T00:01:00.000Z";
    registry.refresh({row}, {});
    now_of_test = start + 2min;
    CHECK(registry.contact("T1", "10.0.0.1")->online_since == start + 2min);
}

TEST_CASE("a silence is one of the push road: no pull fills it, and who is turned away is silent") {
    using namespace std::chrono_literals;
    Fixture f;
    f.settings.completeness.after_gap = 10min;
    TerminalRegistry registry(f.settings, f.now);
    registry.load({stored(1, "T1", TerminalState::approved)}, {});
    Terminal& terminal = *registry.find("T1");
    const Instant start = now_of_test;
    registry.contact("T1", "10.0.0.1");
    SUBCASE("pulled meanwhile") {
        for (auto at = start + 5min; at < start + 30min; at += 5min) {
            now_of_test = at;
            registry.pulled(terminal);
        }
    }
    SUBCASE("suspended meanwhile") {
        TerminalRow row = terminal.row;
        row.state = TerminalState::suspended;
        registry.apply(terminal, row);
        for (auto at = start + 5min; at < start + 30min; at += 5min) {
            now_of_test = at;
            registry.contact("T1", "10.0.0.1");
        }
        row.state = TerminalState::approved;
        registry.apply(terminal, row);
    }
    CHECK(registry.take_gaps().empty());
    now_of_test = start + 30min;
    registry.contact("T1", "10.0.0.1");
    const auto gaps = registry.take_gaps();
    REQUIRE(gaps.size() == 1);
    CHECK(gaps[0].from == start);
    CHECK(gaps[0].to == start + 30min);
    now_of_test = start;
}

TEST_CASE("a short contact is written, too, and comes again when that failed") {
    using namespace std::chrono_literals;
    Fixture f;
    TerminalRegistry registry(f.settings, f.now);
    registry.load({stored(1, "T1", TerminalState::approved)}, {});
    const Instant start = now_of_test;
    registry.contact("T1", "10.0.0.1");
    const auto first = registry.take_online();
    CHECK(first.size() == 1);
    now_of_test = start + 20s;
    registry.contact("T1", "10.0.0.1");
    CHECK(registry.take_online().empty());
    registry.give_back(first);
    CHECK(registry.take_online().size() == 1);
    registry.note_clock(*registry.find("T1"), 90s);
    const auto clocks = registry.take_clocks();
    CHECK(clocks.size() == 1);
    CHECK(registry.take_clocks().empty());
    registry.give_back(clocks);
    CHECK(registry.take_clocks().size() == 1);
    now_of_test = start;
}

TEST_CASE("what a terminal was told before a start is in the zone of then") {
    Fixture f;
    f.settings.time_zone = "Asia/Jayapura";
    TerminalRegistry registry(f.settings, f.now);
    TerminalRow row = stored(1, "T1", TerminalState::approved);
    row.last_seen = "2026-11-19T00:00:00.000Z";
    row.configured = R"({"time_zone":"Asia/Makassar"})";
    registry.load({row}, {});
    CHECK(registry.find("T1")->zone.name() == "Asia/Jayapura");
    CHECK(registry.find("T1")->told_offset == std::chrono::hours(8));
}

TEST_CASE("a terminal of the configuration is known since it was there") {
    Fixture f;
    f.configure("NEW1");
    TerminalRegistry registry(f.settings, f.now);
    registry.load({}, {});
    CHECK(registry.find("NEW1")->row.added_at == "2026-11-20T00:00:00.000Z");
    TerminalRow row = registry.find("NEW1")->row;
    row.id = 1;
    row.added_at = "2026-11-01T00:00:00.000Z";
    TerminalRegistry later(f.settings, f.now);
    later.load({row}, {});
    CHECK(later.find("NEW1")->row.added_at == "2026-11-01T00:00:00.000Z");
}
