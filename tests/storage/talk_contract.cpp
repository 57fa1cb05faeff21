#include "tests/storage/talk_contract.hpp"

#include <doctest/doctest.h>

#include "storage/command_repository.hpp"
#include "storage/completeness_repository.hpp"
#include "storage/contact_repository.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

constexpr const char* first = "2026-11-20T01:00:00.123Z";
constexpr const char* later = "2026-11-20T01:05:00.123Z";

CommandRow wanted(std::int64_t terminal, const std::string& text) {
    CommandRow row;
    row.terminal_id = terminal;
    row.verb = text.substr(0, text.find('='));
    row.text = text;
    row.asked_by = "somebody";
    row.reason = "because";
    row.queued_at = first;
    row.expires_at = "2026-11-21T01:00:00.123Z";
    return row;
}

void commands_wait_and_are_answered(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto terminal = add_terminal(*database, "TST1");
    const auto other = add_terminal(*database, "TST2");
    CommandRepository commands(*database);
    const CommandRow info = commands.add(wanted(terminal, "INFO"));
    CHECK(info.state == "queued");
    CHECK(info.queued_at == first);
    CHECK(commands.add(wanted(terminal, "INFO")).id == info.id);
    CHECK(commands.add(wanted(other, "INFO")).id != info.id);
    const CommandRow reboot = commands.add(wanted(terminal, "REBOOT"));
    CHECK(commands.list_open().size() == 3);

    CHECK_FALSE(commands.note_answer(terminal, info.id, later, 0, std::nullopt));  // never offered
    CHECK(commands.note_offer(info, first));
    CHECK_FALSE(commands.note_offer(info, first));  // as it was, it is no more
    const auto offered = commands.find(info.id);
    REQUIRE(offered);
    CHECK(offered->state == "offered");
    CHECK(offered->offers == 1);
    CHECK(offered->offered_at == first);
    CHECK(commands.add(wanted(terminal, "INFO")).id == info.id);
    CHECK(commands.note_offer(*offered, later));

    CHECK_FALSE(commands.note_answer(other, info.id, later, 0, std::nullopt));
    const auto answered = commands.note_answer(terminal, info.id, later, -1002, 17);
    REQUIRE(answered);
    CHECK(answered->state == "answered");
    CHECK(answered->answered_at == later);
    CHECK(answered->return_code == -1002);
    CHECK(answered->records == 17);
    CHECK_FALSE(commands.note_answer(terminal, info.id, later, 0, std::nullopt));
    CHECK_FALSE(commands.expire(*answered));

    CHECK(commands.note_offer(reboot, first));
    CHECK_FALSE(commands.expire(reboot));
    CHECK(commands.expire(*commands.find(reboot.id)));
    CHECK(commands.find(reboot.id)->state == "expired");
    CHECK(commands.note_answer(terminal, reboot.id, later, std::nullopt, std::nullopt));  // late
    CHECK_FALSE(commands.find(reboot.id)->return_code);
    CHECK(commands.list_open().size() == 1);
    CHECK(commands.list(terminal, 10).size() == 2);
    CHECK(commands.list(terminal, 1).at(0).id == reboot.id);
    // It ended, so this is another.
    CHECK(commands.add(wanted(terminal, "REBOOT")).id > reboot.id);
    CHECK_FALSE(commands.find(999'999));
}

CompletenessRow open_day(std::int64_t terminal, const std::string& day, const std::string& until) {
    CompletenessRow row;
    row.terminal_id = terminal;
    row.day = day;
    row.until = day + "T" + until;
    row.cause = "gap";
    row.asked_at = first;
    row.result = "open";
    return row;
}

void days_are_compared(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto terminal = add_terminal(*database, "TST1");
    CompletenessRepository days(*database);
    const auto open_one = [&](const std::string& day, const std::string& until) {
        days.open(std::vector<CompletenessRow>{open_day(terminal, day, until)});
    };
    open_one("2026-11-20", "09:00:00");
    open_one("2026-11-20", "08:00:00");
    CHECK(days.list_open().at(0).until == "2026-11-20T09:00:00");
    // The same day twice in one call, too.
    days.open(std::vector<CompletenessRow>{open_day(terminal, "2026-11-20", "23:59:59"),
                                           open_day(terminal, "2026-11-21", "10:00:00"),
                                           open_day(terminal, "2026-11-20", "12:00:00")});
    auto open = days.list_open();
    REQUIRE(open.size() == 2);
    CHECK(open[0].day == "2026-11-20");
    CHECK(open[0].until == "2026-11-20T23:59:59");

    CompletenessRow& row = open[0];
    row.result = "mended";
    row.means = "query";
    row.difference = 400;
    row.terminal_count = 500;
    row.stored_count = 500;
    row.compared_at = later;
    row.note = "fetched";
    CHECK(days.close(row));
    CHECK_FALSE(days.close(row));
    CHECK(days.list_open().size() == 1);
    open_one("2026-11-20", "23:59:59");  // a day may be compared again
    CompletenessRow pulled = open_day(terminal, "2026-11-19", "23:59:59");
    pulled.result = "complete";
    pulled.means = "pull";
    pulled.compared_at = later;
    days.add(pulled);
    const auto all = days.list(terminal, "2026-11-19", "2026-11-20");
    REQUIRE(all.size() == 3);
    CHECK(all[0].means == "pull");
    CHECK_FALSE(all[0].terminal_count);
    CHECK(all[1].result == "mended");
    CHECK(all[1].difference == 400);
    CHECK(all[1].terminal_count == 500);
    CHECK(all[1].compared_at == later);
    CHECK(all[1].note == "fetched");
    CHECK(all[2].result == "open");
    CHECK(all[2].compared_at.empty());
    CHECK(days.list_compared_since("2026-11-20", first).size() == 2);
    CHECK(days.list_compared_since("2026-11-20", later).empty());
}

void open_days_have_one_worker(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto terminal = add_terminal(*database, "TST1");
    CompletenessRepository days(*database);
    const std::string day = "2026-11-20";
    days.open(std::vector<CompletenessRow>{open_day(terminal, day, "09:00:00")});
    CHECK_FALSE(days.find_open(terminal, "2026-11-21"));
    const CompletenessRow seen = *days.find_open(terminal, day);
    CHECK(seen.worker.empty());
    CHECK(days.claim(seen, "one"));
    CHECK_FALSE(days.claim(seen, "two"));
    const CompletenessRow of_one = *days.find_open(terminal, day);
    CHECK(of_one.worker == "one");
    days.beat("two");
    CHECK(days.find_open(terminal, day)->beat == of_one.beat);
    days.beat("one");
    CHECK(days.find_open(terminal, day)->beat > of_one.beat);
    CHECK_FALSE(days.claim(of_one, "two"));  // it beats
    CHECK(days.claim(*days.find_open(terminal, day), "two"));
    days.release("one");
    CHECK(days.find_open(terminal, day)->worker == "two");
    days.note_before(seen, 17);
    CompletenessRow closed = of_one;
    closed.result = "complete";
    closed.compared_at = later;
    CHECK_FALSE(days.close(closed));  // it is another's
    closed.worker = "two";
    closed.until = day + "T08:00:00";
    CHECK_FALSE(days.close(closed));  // it reaches further
    days.release_all();
    const CompletenessRow released = *days.find_open(terminal, day);
    CHECK(released.worker.empty());
    CHECK(released.stored_count == 17);
    closed = released;
    closed.result = "complete";
    closed.compared_at = later;
    CHECK(days.close(closed));
    CHECK_FALSE(days.find_open(terminal, day));

    // A month of silence of many terminals.
    std::vector<CompletenessRow> many;
    for (int i = 0; i < 250; ++i)
        many.push_back(open_day(add_terminal(*database, "M" + std::to_string(i)), day, "10:00:00"));
    days.open(many);
    CHECK(days.list_open().size() == 250);
}

void numbers_of_a_certificate(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto intake = fresh.store().open_intake();
    const auto terminal = add_terminal(*database, "TST1");
    append(*intake, make_delivery(terminal, {make_punch("1", 0, 1), make_punch("2", 1, 2)}));
    append(*intake, make_delivery(terminal, {make_punch("2", 1, 1), make_punch("3", 2, 2)}, Road::pull));
    append(*intake, make_delivery(add_terminal(*database, "TST2"), {make_punch("9", 0)}));
    CompletenessRepository days(*database);
    CHECK(days.count(terminal, "2026-11-20T00:00:00", "2026-11-20T23:59:59") == 3);
    CHECK(days.count(terminal, "2026-11-20T07:00:01", "2026-11-20T07:00:02") == 2);
    CHECK(days.count(terminal, "2026-11-21T00:00:00", "2026-11-21T23:59:59") == 0);
    CHECK(days.newest(terminal, "2026-11-01T00:00:00", "2026-11-21T00:00:00") == "2026-11-20T07:00:02");
    CHECK_FALSE(days.newest(terminal, "2026-11-01T00:00:00", "2026-11-20T07:00:00"));
    const auto punched = days.list_punched(terminal, "2026-11-20T00:00:00", "2026-11-20T07:00:02");
    REQUIRE(punched.size() == 2);
    CHECK(punched[0].device_time == "2026-11-20T07:00:00");
    CHECK(punched[0].road == "push");
    const auto seen = days.count_sightings(terminal, "2026-11-20T00:00:00", "2026-11-21T00:00:00");
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].road == "pull");
    CHECK(seen[0].punches == 1);
    const auto deliveries = rows_of(*database, "SELECT delivery_id FROM punch WHERE pin = '3'");
    const auto brought = days.count_of_delivery(terminal, std::stoll(deliveries.at(0)), "2026-11-01T00:00:00");
    REQUIRE(brought.size() == 1);
    CHECK(brought[0].day == "2026-11-20");
    CHECK(brought[0].punches == 1);

    ContactRepository contacts(*database);
    contacts.add_online({terminal, "push", first, later});
    contacts.add_online({terminal, "pull", first, "2026-11-20T03:00:00.123Z"});
    const auto pushes = contacts.load_last_pushes();
    REQUIRE(pushes.size() == 1);
    CHECK(pushes[0].at == later);
    contacts.add_clock(terminal, {first, -5, "push"});
    contacts.add_clock(terminal, {later, 7});
    const auto clock = contacts.list_clock(terminal, first, later);
    REQUIRE(clock.size() == 1);
    CHECK(clock[0].road == "push");
    CHECK(contacts.list_clock(terminal, 1).at(0).road == "pull");
}

constexpr Contract contracts[] = {
    {"commands wait and are answered once", commands_wait_and_are_answered},
    {"days are compared", days_are_compared},
    {"open days have one worker", open_days_have_one_worker},
    {"the numbers of a certificate", numbers_of_a_certificate},
};

}  // namespace

std::span<const Contract> talk_contract() { return contracts; }

}  // namespace presensi::storage
