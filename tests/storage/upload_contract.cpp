#include "tests/storage/upload_contract.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "protocol/sha256.hpp"
#include "storage/upload_repository.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

UploadRow make_upload(std::int64_t terminal, const std::string& bytes) {
    UploadRow row;
    row.terminal_id = terminal;
    row.uploaded_at = "2026-11-20T01:00:00Z";
    row.uploaded_by = "account:ana";
    row.sha256 = sha256(bytes);
    row.bytes = 100;
    row.kind = "attlog";
    row.terminal_number = "7";
    row.lines = 3;
    row.new_punches = 2;
    row.known_punches = 1;
    row.first = "2026-11-02T07:00:00";
    row.last = "2026-11-20T07:00:00";
    row.remarks = R"(["a remark"])";
    return row;
}

void uploads_are_listed(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto one = add_terminal(*database, "TST1");
    const auto two = add_terminal(*database, "TST2");
    UploadRepository uploads(*database);
    const auto first = uploads.add(make_upload(one, "a"));
    const auto second = uploads.add(make_upload(two, "a"));
    const auto third = uploads.add(make_upload(one, "b"));
    const auto list = [&](std::optional<std::vector<std::int64_t>> terminals, const char* state, std::int64_t before,
                          int limit) {
        return uploads.list({std::move(terminals), state, before, limit});
    };
    const auto all = list(std::nullopt, "", 0, 10);
    REQUIRE(all.size() == 3);
    CHECK(all[0].id == third);
    CHECK(all[0].serial == "TST1");
    CHECK(all[0].uploaded_by == "account:ana");
    CHECK(all[0].sha256 == sha256(std::string_view("b")));
    CHECK(all[0].first == "2026-11-02T07:00:00");
    CHECK(all[0].remarks == R"(["a remark"])");
    CHECK(all[0].state == "taken");
    CHECK(all[0].delivery_id == 0);
    CHECK(all[0].decided_at.empty());
    CHECK(list({{one}}, "", 0, 10).size() == 2);
    CHECK(list({{one}}, "", third, 10).at(0).id == first);
    CHECK(list({{one, two}}, "taken", third, 10).at(0).id == second);
    CHECK(list(std::vector<std::int64_t>{}, "", 0, 10).empty());
    CHECK(list(std::nullopt, "waiting", 0, 10).empty());
    CHECK(list(std::nullopt, "", 0, 1).size() == 1);
    // More ids than an engine takes parameters.
    std::vector<std::int64_t> many(70'000);
    std::iota(many.begin(), many.end(), one);
    const auto of_many = list(many, "", 0, 2);
    REQUIRE(of_many.size() == 2);
    CHECK(of_many[0].id == third);
    CHECK(of_many[1].id == second);
    CHECK(uploads.was_taken(two, sha256(std::string_view("a"))));
    CHECK_FALSE(uploads.was_taken(two, sha256(std::string_view("b"))));
}

void a_file_waits_once_and_is_decided_once(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto terminal = add_terminal(*database, "TST1");
    UploadRepository uploads(*database);
    const std::string content("with a NUL \0 in it", 18);
    UploadRow row = make_upload(terminal, "a");
    row.waits_for = "always";
    const auto id = uploads.add_waiting(row, content, R"({"x":1})");
    CHECK(uploads.add_waiting(row, "another", "{}") == id);
    UploadRow otherwise = row;
    otherwise.said = R"({"pin":"B"})";
    const auto read_otherwise = uploads.add_waiting(otherwise, "another", "{}");
    CHECK(read_otherwise != id);
    CHECK(uploads.refuse_waiting(read_otherwise, "2026-11-20T02:00:00Z", "account:budi", "no"));
    CHECK(uploads.list({{{terminal}}, "waiting", 0, 10}).size() == 1);
    CHECK_FALSE(uploads.was_taken(terminal, row.sha256));
    CHECK_FALSE(uploads.latest_terminal_number(terminal, "attlog"));
    const auto waiting = uploads.find_kept(id);
    REQUIRE(waiting);
    CHECK(waiting->content == content);
    CHECK(waiting->said == R"({"x":1})");
    CHECK(waiting->row.waits_for == "always");
    CHECK(waiting->row.serial == "TST1");

    UploadRow decided = waiting->row;
    decided.new_punches = 3;
    decided.known_punches = 0;
    decided.decided_at = "2026-11-20T02:00:00Z";
    decided.decided_by = "account:budi";
    CHECK(uploads.list_unfinished().empty());
    CHECK(uploads.begin_waiting(decided));
    CHECK_FALSE(uploads.begin_waiting(decided));
    CHECK_FALSE(uploads.refuse_waiting(id, decided.decided_at, "account:budi", "no"));
    // Not to its end yet.
    CHECK(uploads.find(id)->state == "taking");
    CHECK(uploads.find(id)->decided_by == "account:budi");
    CHECK_FALSE(uploads.was_taken(terminal, row.sha256));
    REQUIRE(uploads.find_kept(id));
    CHECK(uploads.find_kept(id)->content == content);
    CHECK(uploads.list_unfinished() == std::vector{id});
    decided.remarks = R"(["taken"])";
    uploads.finish(decided);
    CHECK(uploads.list_unfinished().empty());
    CHECK_FALSE(uploads.find_kept(id));
    decided.new_punches = 7;
    uploads.finish(decided);  // once
    const auto taken = uploads.find(id);
    CHECK(taken->state == "taken");
    CHECK(taken->new_punches == 3);
    CHECK(taken->remarks == R"(["taken"])");
    CHECK(taken->decided_by == "account:budi");
    CHECK(taken->decided_at == "2026-11-20T02:00:00Z");
    CHECK(uploads.latest_terminal_number(terminal, "attlog") == "7");
    CHECK(count(*database, "waiting_upload WHERE content IS NOT NULL") == 0);

    // A number that came with nothing new says nothing.
    UploadRow nothing_new = make_upload(terminal, "b");
    nothing_new.new_punches = 0;
    nothing_new.terminal_number = "1";
    uploads.add(nothing_new);
    CHECK(uploads.latest_terminal_number(terminal, "attlog") == "7");

    // Once more the same file, and this time it is refused.
    const auto other = uploads.add_waiting(row, content, "{}");
    CHECK(other != id);
    CHECK(uploads.refuse_waiting(other, "2026-11-20T03:00:00Z", "account:cici", "forged"));
    CHECK_FALSE(uploads.refuse_waiting(other, "2026-11-20T03:00:00Z", "account:cici", "forged"));
    CHECK(uploads.find(other)->reason == "forged");
    CHECK(uploads.find(other)->state == "refused");
    CHECK(count(*database, "waiting_upload WHERE content IS NOT NULL") == 0);
    CHECK_FALSE(uploads.find(other + 100));
    CHECK_FALSE(uploads.find_kept(other + 100));
}

std::vector<Punch> punches(int from, int to) {
    std::vector<Punch> all;
    for (int i = from; i < to; ++i) all.push_back(make_punch(std::to_string(i), i));
    return all;
}

void punches_are_found_at_other_terminals(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto mine = add_terminal(*database, "TST1");
    const auto two = add_terminal(*database, "TST2");
    const auto three = add_terminal(*database, "TST3");
    const auto intake = fresh.store().open_intake();
    append(*intake, make_delivery(mine, punches(0, 100)));
    append(*intake, make_delivery(two, punches(100, 150)));
    append(*intake, make_delivery(three, punches(140, 190)));
    UploadRepository uploads(*database);

    const auto nothing = uploads.find_spread(mine, {});
    CHECK(nothing.punches == 0);
    CHECK(nothing.others.empty());

    auto twice = punches(0, 100);
    twice.push_back(twice.front());
    const auto own = uploads.find_spread(mine, twice);
    CHECK(own.punches == 100);
    CHECK(own.known == 100);
    CHECK(own.others.empty());

    // Half of it known, the rest of two other terminals and ten of nobody.
    const auto joined = uploads.find_spread(mine, punches(0, 200));
    CHECK(joined.punches == 200);
    CHECK(joined.known == 100);
    REQUIRE(joined.new_days.size() == 1);
    CHECK(joined.new_days[0] == std::chrono::floor<std::chrono::days>(make_punch("x", 100).device_time));
    CHECK(own.new_days.empty());
    CHECK(joined.unknown_elsewhere == 90);
    REQUIRE(joined.others.size() == 2);
    CHECK(joined.others[0].serial == "TST2");
    CHECK(joined.others[0].punches == 50);
    CHECK(joined.others[0].unknown == 50);
    CHECK(joined.others[1].serial == "TST3");

    const auto few = uploads.find_spread(mine, punches(180, 1000));
    CHECK(few.known == 0);
    CHECK(few.others.empty());
}

constexpr Contract contracts[] = {
    {"uploads are listed", uploads_are_listed},
    {"a file waits once and is decided once", a_file_waits_once_and_is_decided_once},
    {"punches are found at other terminals", punches_are_found_at_other_terminals},
};

}  // namespace

std::span<const Contract> upload_contract() { return contracts; }

}  // namespace presensi::storage
