#include "tests/storage/pull_contract.hpp"

#include <doctest/doctest.h>

#include "storage/contact_repository.hpp"
#include "storage/lease_repository.hpp"
#include "storage/pull_repository.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

void one_holds_a_lease(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto terminal = add_terminal(*database, "TST1");
    LeaseRepository leases(*database);
    CHECK_FALSE(leases.find(terminal));
    CHECK(leases.take(terminal, "one", std::nullopt));
    CHECK_FALSE(leases.take(terminal, "two", std::nullopt));
    const auto seen = leases.find(terminal);
    REQUIRE(seen);
    CHECK(*seen == Lease{"one", 0});

    // Its holder lives: what was seen stands no more.
    CHECK(leases.beat(terminal, "one"));
    CHECK_FALSE(leases.take(terminal, "two", seen));
    CHECK_FALSE(leases.beat(terminal, "two"));

    const auto silent = leases.find(terminal);
    CHECK(leases.take(terminal, "two", silent));
    CHECK_FALSE(leases.take(terminal, "three", silent));
    CHECK_FALSE(leases.beat(terminal, "one"));
    leases.release(terminal, "one");
    CHECK(leases.find(terminal)->holder == "two");
    leases.release(terminal, "two");
    CHECK_FALSE(leases.find(terminal));
    CHECK_FALSE(leases.take(terminal, "three", silent));
    CHECK(leases.take(terminal, "three", std::nullopt));
    CHECK_FALSE(leases.take(terminal, "four", std::nullopt));
}

void pulls_are_remembered(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto terminal = add_terminal(*database, "TST1");
    const auto other = add_terminal(*database, "TST2");
    PullRepository pulls(*database);
    CHECK(pulls.load_latest().empty());

    PullRow row;
    row.id = pulls.add(terminal, "one", "schedule", "2026-11-20T01:00:00.123Z");
    CHECK(pulls.find(row.id)->state == "queued");
    row = *pulls.find(row.id);
    row.state = "done";
    row.started_at = "2026-11-20T01:00:01.123Z";
    row.ended_at = "2026-11-20T01:00:02.123Z";
    row.bytes = 4004;
    row.records = 100;
    row.new_punches = 60;
    row.known_punches = 39;
    row.rejects = 1;
    row.delivery_id = 7;
    pulls.update(row);
    pulls.note_end(terminal, row.ended_at, 0);
    const auto stored = pulls.find(row.id);
    REQUIRE(stored);
    CHECK(stored->daemon == "one");
    CHECK(stored->asked_by == "schedule");
    CHECK(stored->queued_at == "2026-11-20T01:00:00.123Z");
    CHECK(stored->ended_at == "2026-11-20T01:00:02.123Z");
    CHECK(stored->records == 100);
    CHECK(stored->new_punches == 60);
    CHECK(stored->known_punches == 39);
    CHECK(stored->rejects == 1);
    CHECK(stored->bytes == 4004);
    CHECK(stored->delivery_id == 7);

    for (int hour = 2; hour <= 4; ++hour) {
        const auto at = "2026-11-20T0" + std::to_string(hour) + ":00:00.123Z";
        PullRow failed = *pulls.find(pulls.add(terminal, "one", "admin", at));
        failed.state = "failed";
        failed.reason = "silent";
        failed.ended_at = at;
        pulls.update(failed);
        pulls.note_end(terminal, at, hour - 1);
    }
    const auto running = pulls.add(terminal, "two", "admin", "2026-11-20T05:00:00.123Z");
    const auto latest = pulls.load_latest();
    REQUIRE(latest.size() == 1);
    CHECK(latest[0].terminal_id == terminal);
    CHECK(latest[0].ended_at == "2026-11-20T04:00:00.123Z");
    CHECK(latest[0].last_success == "2026-11-20T01:00:02.123Z");
    CHECK(latest[0].failures_since == 3);
    CHECK(pulls.list(terminal, 2).size() == 2);
    CHECK(pulls.list(terminal, 2)[0].id == running);
    CHECK(pulls.list(other, 2).empty());

    CHECK(pulls.list_running_of_others("one").empty());
    PullRow under_way = *pulls.find(running);
    under_way.state = "running";
    pulls.update(under_way);
    CHECK(pulls.list_running_of_others("two").empty());
    CHECK(pulls.list_running_of_others("one").at(0).beat == -1);
    storage::LeaseRepository(*database).take(terminal, "two", std::nullopt);
    CHECK(pulls.list_running_of_others("one").at(0).beat == 0);
    CHECK(pulls.list_running_of_others("one").at(0).daemon == "two");
    const auto elsewhere = pulls.add(other, "two", "admin", "2026-11-20T05:00:00.123Z");
    pulls.fail_those_of("one", std::nullopt, "2026-11-20T06:00:00.123Z");
    CHECK(pulls.find(running)->state == "running");
    pulls.fail_those_of("two", terminal, "2026-11-20T06:00:00.123Z");
    CHECK(pulls.find(running)->state == "failed");
    CHECK(pulls.find(elsewhere)->state == "queued");
    pulls.fail_those_of("two", std::nullopt, "2026-11-20T06:00:00.123Z");
    CHECK(pulls.find(elsewhere)->state == "failed");
    const auto queued = pulls.add(other, "three", "admin", "2026-11-20T06:00:00.123Z");
    pulls.fail_all("2026-11-20T06:00:00.123Z");
    CHECK(pulls.find(queued)->state == "failed");
    CHECK(pulls.find(row.id)->state == "done");
    CHECK_FALSE(pulls.find(queued + 1));
}

void disabled_terminals_are_remembered(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto terminal = add_terminal(*database, "TST1");
    PullRepository pulls(*database);
    for (int i = 0; i < 2; ++i) pulls.note_disabled({terminal, "10.20.0.14", 4371}, "2026-11-20T01:00:00.123Z");
    REQUIRE(pulls.list_disabled().size() == 1);
    CHECK(pulls.list_disabled()[0].terminal_id == terminal);
    CHECK(pulls.list_disabled()[0].host == "10.20.0.14");
    CHECK(pulls.list_disabled()[0].port == 4371);
    for (int i = 0; i < 2; ++i) pulls.note_enabled(terminal, "2026-11-20T01:02:00.123Z");
    CHECK(pulls.list_disabled().empty());
    pulls.note_disabled({terminal, "", 0}, "2026-11-21T01:00:00.123Z");
    REQUIRE(pulls.list_disabled().size() == 1);
    CHECK(pulls.list_disabled()[0].host.empty());
}

void contact_is_kept_as_intervals(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto terminal = add_terminal(*database, "TST1");
    const auto at = [](const char* time) { return std::string("2026-11-20T") + time + ".123Z"; };
    ContactRepository contacts(*database);
    contacts.save_online(std::vector<OnlineRow>{{terminal, "push", at("01:00:00"), at("01:10:00")},
                                                {terminal, "push", at("02:00:00"), at("02:10:00")},
                                                {terminal, "pull", at("01:05:00"), at("01:06:00")}});
    contacts.save_online(std::vector<OnlineRow>{{terminal, "push", at("02:00:00"), at("03:00:00")},
                                                {terminal, "push", at("01:00:00"), at("01:05:00")}});
    const auto all = contacts.list_online(terminal, at("00:00:00"), at("04:00:00"));
    REQUIRE(all.size() == 3);
    CHECK(all[0].road == "pull");
    CHECK(all[1].until == at("01:10:00"));
    CHECK(all[2].since == at("02:00:00"));
    CHECK(all[2].until == at("03:00:00"));
    CHECK(contacts.list_online(terminal, at("01:20:00"), at("01:40:00")).empty());
    CHECK(contacts.list_online(terminal, at("02:59:00"), at("04:00:00")).size() == 1);
    CHECK(contacts.list_online(terminal + 1, at("00:00:00"), at("04:00:00")).empty());
}

void clocks_have_a_history(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto terminal = add_terminal(*database, "TST1");
    ContactRepository contacts(*database);
    contacts.add_clock(terminal, {"2026-11-20T01:00:00.123Z", -1500});
    contacts.add_clock(terminal, {"2026-11-21T01:00:00.123Z", 61'000});
    contacts.add_clock(terminal, {"2026-11-21T01:00:00.123Z", 61'000});
    const auto clock = contacts.list_clock(terminal, 10);
    REQUIRE(clock.size() == 2);
    CHECK(clock[0].at == "2026-11-21T01:00:00.123Z");
    CHECK(clock[0].difference_ms == 61'000);
    CHECK(clock[1].difference_ms == -1500);
    CHECK(contacts.list_clock(terminal, 1).size() == 1);
}

constexpr Contract contracts[] = {
    {"one daemon holds the lease of a terminal", one_holds_a_lease},
    {"pulls are remembered", pulls_are_remembered},
    {"a disabled terminal is remembered", disabled_terminals_are_remembered},
    {"contact is kept as intervals", contact_is_kept_as_intervals},
    {"clocks of terminals have a history", clocks_have_a_history},
};

}  // namespace

std::span<const Contract> pull_contract() { return contracts; }

}  // namespace presensi::storage
