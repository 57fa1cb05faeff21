#include "tests/storage/period_contract.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "storage/month_repository.hpp"
#include "storage/period_repository.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

PeriodStep step(const std::string& name, const std::string& at) {
    PeriodStep made;
    made.at = at;
    made.actor = "account:uji";
    made.step = name;
    made.moment = "in_time";
    made.reason = "because";
    made.detail = R"({"missing":[]})";
    return made;
}

void a_month_goes_through_its_states(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    PeriodRepository periods(*database);
    PeriodRow row = periods.find("2026-10", "dinsos");
    CHECK(row.id == 0);
    CHECK(row.state == "open");
    const PeriodRow stale = row;
    database->transaction([&] { CHECK(periods.move(row, "submitted", step("submit", "2026-11-02T01:00:00.123Z"))); });
    CHECK(row.id > 0);
    CHECK(row.state == "submitted");
    // Who looked before that comes too late, and leaves no step.
    PeriodRow late = stale;
    database->transaction(
        [&] { CHECK_FALSE(periods.move(late, "submitted", step("submit", "2026-11-02T01:00:01.123Z"))); });
    database->transaction([&] { CHECK(periods.move(row, "returned", step("return", "2026-11-02T02:00:00.123Z"))); });
    database->transaction([&] { CHECK(periods.move(row, "submitted", step("submit", "2026-11-02T03:00:00.123Z"))); });
    const auto steps = periods.list_steps(row.id);
    REQUIRE(steps.size() == 3);
    CHECK(steps[0].step == "submit");
    CHECK(steps[1].step == "return");
    CHECK(steps[1].at == "2026-11-02T02:00:00.123Z");
    CHECK(steps[2].actor == "account:uji");
    CHECK(steps[2].detail == R"({"missing":[]})");
    CHECK(periods.list("2026-10").size() == 1);
    CHECK(periods.list("2026-09").empty());
    CHECK(periods.find_moment(row.id) == "in_time");
    CHECK(periods.find_moment(row.id + 1).empty());
    // Submitted, but not as it was submitted then: returned and submitted again in between.
    PeriodRow first_reading = row;
    first_reading.changed_at = "2026-11-02T01:00:00.123Z";
    database->transaction(
        [&] { CHECK_FALSE(periods.move(first_reading, "frozen", step("freeze", "2026-11-06T01:00:00.123Z"))); });
    CHECK(periods.find("2026-10", "dinsos").state == "submitted");
    CHECK(periods.list_steps(row.id).size() == 3);
    CHECK(periods.find("2026-10", "setda").id == 0);
}

void a_frozen_month_never_changes(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto intake = fresh.store().open_intake();
    const auto terminal = add_terminal(*database, "TST1");
    append(*intake, make_delivery(terminal, {make_punch("42", 1, 1), make_punch("42", 2, 2), make_punch("77", 3, 3)}));
    PeriodRepository periods(*database);
    MonthRepository months(*database);
    const auto punches = months.list(terminal, "2026-11-01T00:00:00", "2026-12-01T00:00:00");
    REQUIRE(punches.size() == 3);
    database->execute(
        "INSERT INTO person (uuid, name, kind, created_at) VALUES ('u-1', 'Uji', 'none', '2026-11-20T00:00:00.000Z')");
    const auto person = database->query("SELECT id FROM person").at(0).integer(0);

    PeriodRow row = periods.find("2026-11", "dinsos");
    std::vector<FrozenPunch> frozen;
    for (const auto& punch : punches) frozen.push_back({punch.row.id, punch.pin_key == "42" ? person : 0});
    database->transaction([&] { REQUIRE(periods.move(row, "submitted", step("submit", "2026-12-02T01:00:00.123Z"))); });
    row.digest = std::string(64, 'a');
    row.punches = 3;
    database->transaction([&] {
        REQUIRE(periods.move(row, "frozen", step("freeze", "2026-12-06T01:00:00.123Z")));
        periods.add_frozen(row.id, frozen);
    });
    CHECK(periods.find("2026-11", "dinsos").digest == std::string(64, 'a'));
    CHECK(periods.list_frozen(row.id).size() == 3);
    CHECK(months.list_frozen(row.id).size() == 3);
    auto groups = periods.list_frozen_groups("2026-11");
    std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.pin_key < b.pin_key; });
    REQUIRE(groups.size() == 2);
    CHECK(groups[0].pin_key == "42");
    CHECK(groups[0].punches == 2);
    CHECK(groups[0].person_id == person);
    CHECK(groups[1].person_id == 0);
    CHECK(periods.list_frozen_times(groups[0]).size() == 2);
    CHECK(periods.list_frozen_times(groups[1]) == std::vector<std::string>{"2026-11-20T07:00:03"});

    CHECK_THROWS(
        database->transaction([&] { periods.move(row, "returned", step("return", "2026-12-07T01:00:00.123Z")); }));
    CHECK_THROWS(database->execute("UPDATE period SET digest = ''"));
    CHECK_THROWS(database->execute("DELETE FROM period"));
    CHECK_THROWS(database->execute("DELETE FROM frozen_punch"));
    CHECK_THROWS(database->execute("UPDATE frozen_punch SET person_id = NULL"));
    CHECK_THROWS(database->execute("DELETE FROM period_step"));
    CHECK(periods.find("2026-11", "dinsos").state == "frozen");
}

void many_punches_freeze_at_once(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto intake = fresh.store().open_intake();
    const auto terminal = add_terminal(*database, "TST1");
    std::vector<Punch> made;
    for (int i = 0; i < 1203; ++i) made.push_back(make_punch("42", i, static_cast<std::uint32_t>(i + 1)));
    append(*intake, make_delivery(terminal, made));
    PeriodRepository periods(*database);
    PeriodRow row = periods.find("2026-11", "dinsos");
    std::vector<FrozenPunch> frozen;
    for (const auto& punch : MonthRepository(*database).list(terminal, "2026-11-01T00:00:00", "2026-12-01T00:00:00")) {
        frozen.push_back({punch.row.id, 0});
    }
    database->transaction([&] {
        REQUIRE(periods.move(row, "frozen", step("freeze", "2026-12-06T01:00:00.123Z")));
        periods.add_frozen(row.id, frozen);
    });
    CHECK(periods.list_frozen(row.id).size() == 1203);
}

void longer_windows_are_words_not_changes(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    PeriodRepository periods(*database);
    periods.add_extension(
        {"2025-03", "", true, "2025-04-10", "Idulfitri", "SE 1/2025", "account:uji", "2025-04-01T00:00:00.123Z"});
    periods.add_extension(
        {"2025-03", "dinsos", false, "", "is early enough", "", "account:uji", "2025-04-02T00:00:00.123Z"});
    const auto list = periods.list_extensions("2025-03");
    REQUIRE(list.size() == 2);
    CHECK(list[0].granted);
    CHECK(list[0].until == "2025-04-10");
    CHECK_FALSE(list[1].granted);
    CHECK(list[1].until.empty());
    CHECK(periods.list_extensions("2025-04").empty());
    CHECK_THROWS(database->execute("UPDATE period_extension SET granted = 1"));
    CHECK_THROWS(database->execute("DELETE FROM period_extension"));
}

void a_month_is_counted(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto intake = fresh.store().open_intake();
    const auto terminal = add_terminal(*database, "TST1");
    const auto other = add_terminal(*database, "TST2");
    Punch doubtful = make_punch("9", 50, 4);
    doubtful.grade = Grade::suspect;
    append(*intake, make_delivery(terminal, {make_punch("42", 1, 1), make_punch("0042", 70, 2), make_punch("77", 3, 3),
                                             doubtful}));
    append(*intake, make_delivery(other, {make_punch("42", 1, 1)}));
    MonthRepository months(*database);
    auto groups = months.count_by_pin(terminal, "2026-11-01T00:00:00", "2026-12-01T00:00:00");
    std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.pin_key < b.pin_key; });
    REQUIRE(groups.size() == 3);
    CHECK(groups[0].pin_key == "42");
    CHECK(groups[0].punches == 2);
    CHECK(groups[0].first == "2026-11-20T07:00:01");
    CHECK(groups[0].last == "2026-11-20T07:01:10");
    CHECK(months.count_by_pin(terminal, "2026-10-01T00:00:00", "2026-11-01T00:00:00").empty());
    CHECK(months.list_times(terminal, "42", "2026-11-01T00:00:00", "2026-12-01T00:00:00") ==
          std::vector<std::string>{"2026-11-20T07:00:01", "2026-11-20T07:01:10"});
    const auto exceptions = months.list_exceptions("2026-11-01T00:00:00", "2026-12-01T00:00:00");
    REQUIRE(exceptions.size() == 1);
    CHECK(exceptions[0].pin_key == "9");
    CHECK(exceptions[0].grade == "suspect");
    CHECK(months.list_exceptions("2026-12-01T00:00:00", "2027-01-01T00:00:00").empty());
    Delivery rejected = make_delivery(terminal, {});
    rejected.rejects = {make_reject("what?")};
    append(*intake, rejected);
    const auto rejects = months.list_rejects("2000-01-01T00:00:00.123Z", "2100-01-01T00:00:00.123Z");
    REQUIRE(rejects.size() == 1);
    CHECK(rejects[0].terminal_id == terminal);
    CHECK(rejects[0].bytes == "what?");
    CHECK(rejects[0].last_of_file.empty());
    CHECK(months.list_rejects("2000-01-01T00:00:00.123Z", "2000-01-02T00:00:00.123Z").empty());
}

constexpr Contract contracts[] = {
    {"a month goes through its states, and who comes too late changes nothing", a_month_goes_through_its_states},
    {"a frozen month never changes", a_frozen_month_never_changes},
    {"many punches freeze at once", many_punches_freeze_at_once},
    {"longer windows are words, not changes", longer_windows_are_words_not_changes},
    {"a month is counted", a_month_is_counted},
};

}  // namespace

std::span<const Contract> period_contract() { return contracts; }

}  // namespace presensi::storage
