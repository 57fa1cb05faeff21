#include "tests/storage/feed_contract.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>

#include "storage/store_error.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

struct Desk {
    explicit Desk(FreshStore& store)
        : fresh(store),
          intake(store.store().open_intake()),
          feed(store.store().open_feed()),
          database(store.store().open_database()),
          first(add_terminal(*database, "TST0000000001")),
          second(add_terminal(*database, "TST0000000002")) {}

    FeedPage read(const FeedQuery& query) const {
        fresh.settle();
        return feed->read(query);
    }

    FreshStore& fresh;
    std::unique_ptr<Intake> intake;
    std::unique_ptr<PunchFeed> feed;
    std::unique_ptr<Database> database;
    std::int64_t first;
    std::int64_t second;
};

FeedQuery query(const std::string& after, int limit = 1000) {
    FeedQuery query;
    query.after = after;
    query.limit = limit;
    return query;
}

// Follows `next` until nothing is new.
std::vector<FeedRow> follow(const Desk& desk, FeedQuery query) {
    std::vector<FeedRow> rows;
    for (;;) {
        const FeedPage page = desk.read(query);
        if (page.rows.empty()) {
            CHECK(!page.next.empty());
            if (!query.after.empty()) CHECK(page.next == query.after);
            return rows;
        }
        CHECK(page.rows.size() <= static_cast<std::size_t>(query.limit));
        rows.insert(rows.end(), page.rows.begin(), page.rows.end());
        REQUIRE(rows.size() < 1000);  // a feed that repeats itself would never end
        query.after = page.next;
    }
}

std::vector<Punch> punches_at(int from, int to) {
    std::vector<Punch> punches;
    for (int i = from; i < to; ++i) punches.push_back(make_punch(std::to_string(100 + i % 5), i));
    return punches;
}

void empty_store(FreshStore& fresh) {
    Desk desk(fresh);
    for (const std::string after : {"", "0"}) {
        CAPTURE(after);
        const FeedPage page = desk.read(query(after));
        CHECK(page.rows.empty());
        CHECK(!page.next.empty());
        if (!after.empty()) CHECK(page.next == after);
        // The cursor of an empty store misses nothing that comes.
        CHECK(desk.read(query(page.next)).next == page.next);
    }
    const std::string origin = desk.read(query("")).next;
    append(*desk.intake, make_delivery(desk.first, punches_at(0, 3)));
    CHECK(desk.read(query(origin)).rows.size() == 3);
}

void pages(FreshStore& fresh) {
    Desk desk(fresh);
    append(*desk.intake, make_delivery(desk.first, punches_at(0, 20)));
    append(*desk.intake, {make_delivery(desk.second, punches_at(0, 7)), make_delivery(desk.first, punches_at(10, 25))});
    const std::vector<FeedRow> all = follow(desk, query(""));
    REQUIRE(all.size() == 32);
    for (std::size_t i = 1; i < all.size(); ++i) CHECK(all[i - 1].id < all[i].id);
    for (const int limit : {1, 3, 7, 31, 32, 33}) {
        CAPTURE(limit);
        const std::vector<FeedRow> rows = follow(desk, query("0", limit));
        REQUIRE(rows.size() == all.size());
        for (std::size_t i = 0; i < all.size(); ++i) CHECK(rows[i].id == all[i].id);
    }
}

void rows_come_meanwhile(FreshStore& fresh) {
    Desk desk(fresh);
    std::string after;
    std::vector<std::int64_t> ids;
    for (int round = 0; round < 10; ++round) {
        append(*desk.intake, make_delivery(desk.first, punches_at(5 * round, 5 * round + 5)));
        CHECK_THROWS_AS(append(*desk.intake, {make_delivery(desk.first, punches_at(1000, 1003)),
                                              make_delivery(desk.second + 1000, punches_at(0, 1))}),
                        ContentRefused);
        const FeedPage page = desk.read(query(after, 4));
        for (const FeedRow& row : page.rows) ids.push_back(row.id);
        after = page.next;
    }
    for (const FeedRow& row : follow(desk, query(after, 4))) ids.push_back(row.id);
    REQUIRE(ids.size() == 50);
    for (std::size_t i = 1; i < ids.size(); ++i) CHECK(ids[i - 1] < ids[i]);
}

void reader_beside_writers(FreshStore& fresh) {
    Desk desk(fresh);
    constexpr std::size_t batches = 40;
    std::atomic<int> running = 2;
    std::vector<std::thread> writers;
    for (const std::int64_t terminal : {desk.first, desk.second}) {
        writers.emplace_back([&, terminal] {
            const std::unique_ptr<Intake> intake = fresh.store().open_intake();
            for (std::size_t i = 0; i < batches; ++i) {
                const int from = static_cast<int>(3 * i);
                append(*intake, make_delivery(terminal, punches_at(from, from + 3)));
            }
            --running;
        });
    }
    std::vector<std::int64_t> ids;
    std::string after;
    for (bool finished = false; ids.size() <= batches * 2 * 3;) {
        if (finished) fresh.settle();
        const FeedPage page = desk.feed->read(query(after, 5));
        for (const FeedRow& row : page.rows) ids.push_back(row.id);
        after = page.next;
        if (!page.rows.empty()) continue;
        if (finished) break;
        finished = running == 0;  // one more look after the last commit
        std::this_thread::yield();
    }
    for (std::thread& writer : writers) writer.join();
    REQUIRE(ids.size() == batches * 2 * 3);
    CHECK(std::set<std::int64_t>(ids.begin(), ids.end()).size() == ids.size());
}

void row_is_complete(FreshStore& fresh) {
    Desk desk(fresh);
    Punch full = make_punch("0042", 3483);
    full.state = 1;
    full.verify = 15;
    full.work_code = std::string("7");
    full.grade = Grade::late;
    Punch bare = make_punch("A1", 3484);
    bare.state.reset();
    bare.verify.reset();
    append(*desk.intake, make_delivery(desk.first, {full, bare}));
    const std::vector<FeedRow> rows = desk.read(query("")).rows;
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].serial == "TST0000000001");
    CHECK(rows[0].zone == "Asia/Makassar");
    CHECK(rows[0].pin == "0042");
    CHECK(rows[0].device_time == "2026-11-20T07:58:03");
    CHECK(rows[0].punched_at == "2026-11-19T23:58:03Z");
    CHECK(rows[0].state == 1);
    CHECK(rows[0].verify == 15);
    CHECK(rows[0].work_code == "7");
    CHECK(rows[0].grade == "late");
    CHECK(rows[0].received_at == "2026-11-20T01:00:00.123Z");
    CHECK(rows[0].roads == std::vector<std::string>{"push"});
    CHECK(!rows[1].state);
    CHECK(!rows[1].verify);
    CHECK(!rows[1].work_code);
}

void later_sighting(FreshStore& fresh) {
    Desk desk(fresh);
    append(*desk.intake, make_delivery(desk.first, punches_at(0, 2), Road::pull));
    const std::string after = desk.read(query("")).next;
    append(*desk.intake, make_delivery(desk.first, punches_at(0, 1), Road::upload));
    append(*desk.intake, make_delivery(desk.first, punches_at(0, 1), Road::push));
    Punch otherwise = punches_at(0, 1)[0];
    otherwise.state = 5;
    append(*desk.intake, make_delivery(desk.first, {otherwise}, Road::upload));
    append(*desk.intake, make_delivery(desk.first, {otherwise}, Road::pull));

    const FeedPage page = desk.read(query(after));
    CHECK(page.rows.empty());
    CHECK(page.next == after);
    const std::vector<FeedRow> rows = desk.read(query("")).rows;
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].roads == std::vector<std::string>{"pull", "upload", "push"});
    CHECK(rows[1].roads == std::vector<std::string>{"pull"});
}

void filters(FreshStore& fresh) {
    Desk desk(fresh);
    append(*desk.intake, make_delivery(desk.first, {make_punch("0042", 0), make_punch("7", 10), make_punch("42", 20)}));
    append(*desk.intake, make_delivery(desk.second, {make_punch("42", 0), make_punch("7", 30)}));
    desk.database->execute("UPDATE terminal SET unit = 'camat' WHERE id = $1", {desk.second});
    const auto at = [](int second) { return make_punch("1", second).device_time; };
    struct Case {
        std::string_view name;
        std::optional<std::string> serial;
        std::optional<std::string> unit;
        std::optional<std::string> pin_key;
        std::optional<DeviceTime> from;
        std::optional<DeviceTime> to;
        std::size_t rows;
    };
    const Case cases[] = {
        {"none", {}, {}, {}, {}, {}, 5},
        {"terminal", "TST0000000001", {}, {}, {}, {}, 3},
        {"unknown terminal", "TST9", {}, {}, {}, {}, 0},
        {"unit", {}, "camat", {}, {}, {}, 2},
        {"no unit", {}, "", {}, {}, {}, 3},
        {"unknown unit", {}, "other", {}, {}, {}, 0},
        {"terminal of another unit", "TST0000000001", "camat", {}, {}, {}, 0},
        {"person", {}, {}, "42", {}, {}, 3},
        {"the pin key, not the PIN", {}, {}, "0042", {}, {}, 0},
        {"terminal and person", "TST0000000002", {}, "42", {}, {}, 1},
        {"from is included", {}, {}, {}, at(20), {}, 2},
        {"to is not", {}, {}, {}, {}, at(20), 3},
        {"from and to", {}, {}, {}, at(10), at(30), 2},
        {"nothing between", {}, {}, {}, at(11), at(20), 0},
        {"all of them", "TST0000000002", "camat", "42", at(0), at(20), 1},
    };
    for (const Case& c : cases) {
        for (const int limit : {1, 1000}) {
            CAPTURE(c.name);
            CAPTURE(limit);
            FeedQuery filtered = query("", limit);
            filtered.serial = c.serial;
            filtered.unit = c.unit;
            filtered.pin_key = c.pin_key;
            filtered.from = c.from;
            filtered.to = c.to;
            CHECK(follow(desk, filtered).size() == c.rows);
        }
    }
}

void foreign_cursors(FreshStore& fresh) {
    Desk desk(fresh);
    append(*desk.intake, make_delivery(desk.first, punches_at(0, 2)));
    for (const std::string cursor : {"x", "1", "-1", " ", "00", "zzzzzzzz-1", "null", "%00", "' OR 1=1 --"}) {
        CAPTURE(cursor);
        CHECK_THROWS_AS(desk.read(query(cursor)), BadCursor);
    }
    CHECK_THROWS_AS(desk.read(query(std::string("0\0", 2))), BadCursor);
    CHECK(desk.read(query("")).rows.size() == 2);
}

void cursor_of_another_feed(FreshStore& fresh) {
    Desk desk(fresh);
    append(*desk.intake, make_delivery(desk.first, punches_at(0, 4)));
    const std::string after = desk.read(query("", 3)).next;
    const std::unique_ptr<PunchFeed> other = fresh.store().open_feed();
    fresh.settle();
    CHECK(other->read(query(after)).rows.size() == 1);
}

constexpr Contract contracts[] = {
    {"an empty store has a cursor that misses nothing", empty_store},
    {"pages neither skip nor repeat a row", pages},
    {"rows that come between pages are met once", rows_come_meanwhile},
    {"a reader beside writers meets every row once", reader_beside_writers},
    {"a row tells all of its punch", row_is_complete},
    {"a later sighting adds a road and repeats nothing", later_sighting},
    {"filters narrow the rows", filters},
    {"a cursor that nobody gave out is refused", foreign_cursors},
    {"a cursor serves every feed of its store", cursor_of_another_feed},
};

}  // namespace

std::span<const Contract> feed_contract() { return contracts; }

}  // namespace presensi::storage
