// Promise of the feed (architecture 5.3) under writers whose transactions overlap, and readers that crash.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <optional>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/notification>
#include <pqxx/result>
#include <random>
#include <set>
#include <thread>

#include "tests/storage/postgres_fixture.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

unsigned from_environment(const char* name, unsigned otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

// Inserts `rows` punches of its own terminal in transactions of all lengths, some of which are rolled back.
void write_rows(const std::string& url, std::int64_t terminal, unsigned rows, unsigned seed) {
    std::mt19937 random(seed);
    const auto any = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
    pqxx::connection connection(url);
    pqxx::nontransaction session(connection);
    unsigned second = 0;
    const auto insert = [&](unsigned count) {
        session.exec(fmt::format(
            "INSERT INTO presensi.punch (terminal_id, device_time, pin, pin_key, road, punched_at, received_at, grade,"
            " delivery_id, line) SELECT {}, timestamp '2026-01-01' + n * interval '1 s', '7', '7', 'push', now(),"
            " now(), 'live', 1, 1 FROM generate_series({}, {}) n",
            terminal, second, second + count - 1));
    };
    for (unsigned left = rows; left > 0;) {
        const bool is_long = any(4) == 0;
        const bool is_undone = any(10) == 0;
        const unsigned parts = is_long ? 1 + any(5) : 1;
        session.exec("BEGIN");
        unsigned written = 0;
        for (unsigned part = 0; part < parts && written < left; ++part) {
            const unsigned count = std::min(left - written, 1 + any(400));
            insert(count);
            written += count;
            second += count;
            if (is_long) std::this_thread::sleep_for(std::chrono::milliseconds(any(20)));
        }
        session.exec(is_undone ? "ROLLBACK" : "COMMIT");
        if (!is_undone) left -= written;
    }
}

// What a consumer has kept on its own side: rows and cursor, always together.
struct Kept {
    std::set<std::int64_t> ids;
    std::size_t twice = 0;
    std::string cursor = "0";
    unsigned crashes = 0;

    void take(const std::vector<std::int64_t>& page, const std::string& next) {
        for (const std::int64_t id : page) twice += !ids.insert(id).second;
        cursor = next;
    }
};

using Page = std::pair<std::vector<std::int64_t>, std::string>;
using ReadPage = std::function<Page(const std::string& cursor, int limit)>;

// Follows the feed until the writers are done and it has `rows`; a crash forgets the page in hand and the connection.
void consume(const std::function<ReadPage()>& connect, Kept& kept, unsigned seed, const std::atomic<bool>& over,
             std::size_t rows) {
    std::mt19937 random(seed);
    constexpr auto patience = std::chrono::seconds(60);  // after the last writer; then what is missing was skipped
    ReadPage read = connect();
    std::optional<std::chrono::steady_clock::time_point> over_since;
    while (!over || kept.ids.size() < rows) {
        const auto now = std::chrono::steady_clock::now();
        if (over && !over_since) over_since = now;
        if (over_since && now > *over_since + patience) break;
        const auto [page, next] = read(kept.cursor, 1 + static_cast<int>(random() % 3000));
        if (random() % 20 == 0) {
            ++kept.crashes;
            read = connect();
            continue;
        }
        kept.take(page, next);
        if (page.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    // Nothing comes behind the end.
    for (int i = 0; i < 3; ++i) {
        const auto [page, next] = read(kept.cursor, 1000);
        kept.take(page, next);
    }
}

}  // namespace

TEST_CASE("feed on postgres: four writers, long and short transactions, readers that crash: nothing skipped or twice") {
    const unsigned rows = from_environment("PRESENSI_FEED_ROWS", 100'000) / 4 * 4;  // the same for every writer
    const unsigned seed = from_environment("PRESENSI_SEED", 20261123);
    MESSAGE("seed " << seed << ", " << rows << " rows");
    const PostgresCluster cluster(
        {"fsync = off"});  // of its own: what it holds open would hold back every feed beside it
    FreshPostgres fresh(cluster.url());
    const auto database = fresh.store().open_database();
    constexpr unsigned writers = 4;
    std::vector<std::int64_t> terminals;
    for (unsigned i = 0; i < writers; ++i) terminals.push_back(add_terminal(*database, fmt::format("TST{:010}", i)));

    const auto by_feed = [&]() -> ReadPage {
        auto feed = std::shared_ptr<PunchFeed>(fresh.store().open_feed());
        return [feed](const std::string& cursor, int limit) {
            FeedQuery query;
            query.after = cursor;
            query.limit = limit;
            const FeedPage page = feed->read(query);
            Page out{{}, page.next};
            for (const auto& row : page.rows) out.first.push_back(row.id);
            return out;
        };
    };
    const auto by_function = [&]() -> ReadPage {
        auto connection = std::make_shared<pqxx::connection>(fresh.database().superuser_url());
        return [connection](const std::string& cursor, int limit) {
            pqxx::nontransaction session(*connection);
            Page out{{}, cursor};
            for (const pqxx::row& row : session.exec(
                     fmt::format("SELECT id, next_cursor FROM sikep_v1.punches_after('{}', {})", cursor, limit))) {
                out.first.push_back(row[0].as<std::int64_t>());
                out.second = row[1].c_str();
            }
            return out;
        };
    };

    std::atomic<bool> over{false};
    std::vector<std::thread> writing;
    for (unsigned i = 0; i < writers; ++i) {
        writing.emplace_back(
            [&, i] { write_rows(fresh.database().superuser_url(), terminals[i], rows / writers, seed + i); });
    }
    Kept kept[3];
    const std::function<ReadPage()> roads[] = {by_feed, by_function, by_feed};
    std::vector<std::thread> reading;
    for (unsigned i = 0; i < std::size(kept); ++i) {
        reading.emplace_back([&, i] { consume(roads[i], kept[i], seed + 100 + i, over, rows); });
    }
    for (auto& thread : writing) thread.join();
    over = true;
    for (auto& thread : reading) thread.join();

    std::set<std::int64_t> stored;
    for (const Row& row : database->query("SELECT id FROM punch")) stored.insert(row.integer(0));
    CHECK(stored.size() == rows);
    for (const Kept& reader : kept) {
        CHECK(reader.ids == stored);
        CHECK(reader.twice == 0);
        CHECK(reader.crashes > 0);
    }
}

TEST_CASE("feed on postgres: whoever listens to presensi_punch is woken") {
    struct Receiver final : pqxx::notification_receiver {
        using notification_receiver::notification_receiver;
        void operator()(const std::string&, int) override { ++heard; }
        int heard = 0;
    };
    FreshPostgres fresh;
    const auto database = fresh.store().open_database();
    const auto terminal = add_terminal(*database, "TST7240100001");
    pqxx::connection connection(fresh.database().superuser_url());
    Receiver receiver(connection, "presensi_punch");
    const auto intake = fresh.store().open_intake();
    intake->announce();  // not connected yet: nobody has anything to hear
    append(*intake, make_delivery(terminal, {make_punch("1", 1)}));
    CHECK(connection.await_notification(0, 200'000) == 0);
    intake->announce();
    CHECK(connection.await_notification(10, 0) == 1);
    CHECK(receiver.heard == 1);
}

}  // namespace presensi::storage
