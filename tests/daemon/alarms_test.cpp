#include <doctest/doctest.h>

#include <set>

#include "daemon/alarms.hpp"

using namespace presensi;

namespace {
const Instant noon{std::chrono::hours(12)};
}

TEST_CASE("an alarm speaks both languages, says what to do, and names the terminal as people do") {
    Alarms alarms;
    alarms.name_terminals([](const std::string& serial) { return serial == "TST5" ? "Apel V" : serial; });
    alarms.raise("apel_undelivered", "TST5", noon, {{"day", {"Monday", "Senin"}}});
    REQUIRE(alarms.list().size() == 1);
    const auto alarm = alarms.list().front();
    CHECK(alarm.what.en == "Apel V has not delivered Monday's apel.");
    CHECK(alarm.what.id == "Apel V belum mengirim data apel hari Senin.");
    CHECK_FALSE(alarm.todo.en.empty());
    CHECK_FALSE(alarm.todo.id.empty());
    CHECK(alarm.urgent);
    CHECK(alarm.since == noon);
}

TEST_CASE("raised again it keeps its beginning and takes the new details, and cleared it is gone") {
    Alarms alarms;
    alarms.raise("clock_off", "TST1", noon, {{"difference", both("95 s")}});
    alarms.raise("clock_off", "TST1", noon + std::chrono::minutes(5), {{"difference", both("{terminal}")}});
    REQUIRE(alarms.list().size() == 1);
    CHECK(alarms.list().front().since == noon);
    CHECK(alarms.list().front().what.en == "The clock of TST1 is off by {terminal}.");
    CHECK(alarms.stands("clock_off", "TST1"));
    alarms.clear("clock_off", "TST2");
    CHECK(alarms.stands("clock_off", "TST1"));
    alarms.clear("clock_off", "TST1");
    CHECK(alarms.list().empty());
}

TEST_CASE("however many terminals have one, that of the gateway itself is told") {
    Alarms alarms;
    for (int i = 0; i < 2000; ++i) alarms.raise("terminal_quiet", std::to_string(i), noon, {{"last", both("07:00")}});
    CHECK(alarms.list().size() == 1000);
    alarms.raise("store_unavailable", "", noon, {{"reason", both("gone")}});
    CHECK(alarms.stands("store_unavailable", ""));
    alarms.raise("clock_off", "1999", noon, {{"difference", both("95 s")}});  // an urgent one of a terminal, too
    CHECK(alarms.stands("clock_off", "1999"));
}

TEST_CASE("all alarms of one terminal are cleared, and no other") {
    Alarms alarms;
    for (const char* id : {"clock_off", "pull_failed", "terminal_quiet"}) {
        alarms.raise(id, "TST1", noon);
        alarms.raise(id, "TST2", noon);
    }
    alarms.clear_of("TST1");
    CHECK(alarms.list().size() == 3);
    for (const auto& alarm : alarms.list()) CHECK(alarm.terminal == "TST2");
}

TEST_CASE("the urgent ones come first, and four are urgent") {
    Alarms alarms;
    alarms.raise("access_dialect", "TST1", noon);
    alarms.raise("store_unavailable", "", noon, {{"reason", both("gone")}});
    CHECK(alarms.list().front().id == "store_unavailable");
    std::set<std::string_view> urgent;
    for (const auto& kind : alarm_kinds()) {
        if (kind.urgent) urgent.insert(kind.id);
        for (const auto text : {kind.what_en, kind.what_id, kind.todo_en, kind.todo_id}) {
            CAPTURE(kind.id);
            CHECK(text.ends_with('.') != text.ends_with('}'));
        }
        CHECK(kind.what_en != kind.what_id);
        CHECK(kind.todo_en != kind.todo_id);
    }
    CHECK(urgent ==
          std::set<std::string_view>{"apel_undelivered", "terminal_silent", "store_unavailable", "clock_off"});
    CHECK_THROWS(alarms.raise("nonsense", "", noon));
}
