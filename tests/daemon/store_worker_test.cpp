#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "daemon/store_worker.hpp"
#include "storage/store_error.hpp"

using namespace presensi;

namespace {

// Lets a test hold the writer in the middle of a commit.
class Gate {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void await_arrivals(int count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this, count] { return arrived_ >= count; });
    }
    int arrived() {
        const std::lock_guard lock(mutex_);
        return arrived_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int arrived_ = 0;
};

struct FakeStore : storage::Store {
    struct FakeIntake : storage::Intake {
        explicit FakeIntake(FakeStore& of) : store(of) {}
        std::vector<Receipt> append(std::span<const Delivery* const> deliveries) override {
            store.gate.pass();
            {
                const std::lock_guard lock(store.mutex);
                store.batches.push_back(deliveries.size());
                for (const auto* delivery : deliveries) {
                    store.doubly_held += store.held.contains(delivery->terminal_id);
                }
                for (const auto* delivery : deliveries) {
                    store.held.insert(delivery->terminal_id);
                    store.queries[delivery->terminal_id].push_back(delivery->query);
                }
            }
            std::this_thread::sleep_for(store.commit_time);
            {
                const std::lock_guard lock(store.mutex);
                for (const auto* delivery : deliveries) store.held.erase(delivery->terminal_id);
            }
            if (store.fail) throw storage::StoreUnavailable("away");
            if (store.mistake) throw std::logic_error("no such table");
            std::vector<Receipt> receipts;
            for (const auto* delivery : deliveries) {
                Receipt receipt;
                receipt.delivery_id = delivery->terminal_id;
                receipt.new_punches = static_cast<std::uint32_t>(delivery->punches.size());
                receipts.push_back(receipt);
            }
            return receipts;
        }
        void announce() override {
            const std::lock_guard lock(store.mutex);
            store.announced_after.push_back(store.batches.size());
            // PostgreSQL's word for a full queue of notifications.
            if (store.no_announcing) throw storage::ContentRefused("too many notifications (SQLSTATE 54000)");
        }
        FakeStore& store;
    };
    struct FakeFeed : storage::PunchFeed {
        storage::FeedPage read(const storage::FeedQuery&) override { return {}; }
    };
    struct FakeDatabase : storage::Database {
        std::int64_t execute(std::string_view, const storage::Values&) override { return 0; }
        std::vector<storage::Row> query(std::string_view, const storage::Values&) override { return {}; }
        void transaction(const std::function<void()>& work) override { work(); }
    };
    std::string backend() const override { return "fake"; }
    std::unique_ptr<storage::Intake> open_intake() override { return std::make_unique<FakeIntake>(*this); }
    std::unique_ptr<storage::PunchFeed> open_feed() override { return std::make_unique<FakeFeed>(); }
    std::unique_ptr<storage::Database> open_database() override { return std::make_unique<FakeDatabase>(); }

    int writers() const override { return allowed_writers; }

    Gate gate;
    int allowed_writers = 1;
    std::chrono::milliseconds commit_time{0};
    bool fail = false;
    std::atomic<bool> mistake = false;
    bool no_announcing = false;
    std::mutex mutex;
    std::vector<std::size_t> batches;
    std::vector<std::size_t> announced_after;  // so many batches
    std::set<std::int64_t> held;               // terminals in a commit
    std::size_t doubly_held = 0;
    std::map<std::int64_t, std::vector<std::string>> queries;  // of each terminal's deliveries, as they came
};

struct Outcomes {
    std::vector<std::int64_t> stored;
    int unavailable = 0;
    int mistakes = 0;
};

boost::asio::awaitable<void> append_one(StoreWorker& worker, std::int64_t id, Outcomes& outcomes,
                                        std::size_t punches = 0, std::string query = {}) {
    Delivery delivery;
    delivery.query = std::move(query);
    delivery.terminal_id = id;
    delivery.punches.resize(punches);
    try {
        const Receipt receipt = co_await worker.append(std::move(delivery));
        outcomes.stored.push_back(receipt.delivery_id);
    } catch (const storage::StoreUnavailable&) {
        ++outcomes.unavailable;
    } catch (const std::logic_error&) {
        ++outcomes.mistakes;
    }
}

}  // namespace

TEST_CASE("what waits during a commit goes into the next one together, each with its own receipt") {
    FakeStore store;
    boost::asio::io_context io;
    Outcomes outcomes;
    {
        StoreWorker worker(io, store, {});
        boost::asio::co_spawn(io, append_one(worker, 1, outcomes), boost::asio::detached);
        io.poll();
        store.gate.await_arrivals(1);
        for (int id = 2; id <= 50; ++id)
            boost::asio::co_spawn(io, append_one(worker, id, outcomes), boost::asio::detached);
        io.poll();
        CHECK(worker.waiting() == 49);
        CHECK(outcomes.stored.empty());  // nothing is acknowledged before its commit
        store.gate.open();
        io.run();
    }
    CHECK(store.batches == std::vector<std::size_t>{1, 49});
    std::vector<std::int64_t> expected;
    for (int id = 1; id <= 50; ++id) expected.push_back(id);
    CHECK(outcomes.stored == expected);
}

TEST_CASE("a store that is away fails every delivery of the batch and nothing hangs") {
    FakeStore store;
    store.fail = true;
    store.gate.open();
    boost::asio::io_context io;
    Outcomes outcomes;
    StoreWorker worker(io, store, {});
    for (int id = 0; id < 10; ++id) boost::asio::co_spawn(io, append_one(worker, id, outcomes), boost::asio::detached);
    io.run();
    CHECK(outcomes.unavailable == 10);
    CHECK(outcomes.stored.empty());
}

TEST_CASE("an error that nobody expects fails every delivery of its batch, and the next batch is taken") {
    FakeStore store;
    store.mistake = true;
    boost::asio::io_context io;
    Outcomes outcomes;
    StoreWorker worker(io, store, {});
    boost::asio::co_spawn(io, append_one(worker, 1, outcomes), boost::asio::detached);
    io.poll();
    store.gate.await_arrivals(1);
    for (int id = 2; id <= 5; ++id) boost::asio::co_spawn(io, append_one(worker, id, outcomes), boost::asio::detached);
    io.poll();
    store.gate.open();
    io.run();
    CHECK(outcomes.mistakes == 5);
    CHECK(outcomes.stored.empty());
    CHECK(worker.measures().failed_commits == 2);
    store.mistake = false;
    io.restart();
    boost::asio::co_spawn(io, append_one(worker, 6, outcomes), boost::asio::detached);
    io.run();
    CHECK(outcomes.stored == std::vector<std::int64_t>{6});
}

TEST_CASE("who waited long behind a commit that fails hears it too, who came just now has another try") {
    FakeStore store;
    store.fail = true;
    boost::asio::io_context io;
    Outcomes outcomes;
    StoreWorker worker(io, store, {});
    boost::asio::co_spawn(io, append_one(worker, 1, outcomes), boost::asio::detached);
    io.poll();
    store.gate.await_arrivals(1);
    for (int id = 2; id <= 5; ++id) boost::asio::co_spawn(io, append_one(worker, id, outcomes), boost::asio::detached);
    io.poll();
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    boost::asio::co_spawn(io, append_one(worker, 6, outcomes), boost::asio::detached);
    io.poll();
    store.gate.open();
    io.run();
    CHECK(outcomes.unavailable == 6);
    CHECK(store.batches == std::vector<std::size_t>{1, 1});
}

TEST_CASE("the queue is bounded: beyond it, later") {
    FakeStore store;
    boost::asio::io_context io;
    Outcomes outcomes;
    StoreWorker worker(io, store, {100, 1024, 5});
    boost::asio::co_spawn(io, append_one(worker, 1, outcomes), boost::asio::detached);
    io.poll();
    store.gate.await_arrivals(1);
    for (int id = 2; id <= 20; ++id) boost::asio::co_spawn(io, append_one(worker, id, outcomes), boost::asio::detached);
    io.poll();
    CHECK(outcomes.unavailable == 14);
    CHECK(worker.waiting() == 5);
    store.gate.open();
    io.run();
    CHECK(outcomes.stored.size() == 6);
}

TEST_CASE("T08 the last fifth of the queue for the store is for live punches") {
    FakeStore store;
    boost::asio::io_context io;
    StoreWorker worker(io, store, {100, 1024, 10});
    int refused_history = 0;
    int refused_live = 0;
    const auto add = [&](int id, bool can_wait, int& refused) {
        Delivery delivery;
        delivery.terminal_id = id;
        boost::asio::co_spawn(io, worker.append(std::move(delivery), can_wait),
                              [&refused](const std::exception_ptr& error, const Receipt&) {
                                  if (!error) return;
                                  ++refused;
                                  CHECK_THROWS_AS(std::rethrow_exception(error),
                                                  storage::StoreBusy);  // the store itself is well
                              });
        io.poll();
    };
    add(1, false, refused_live);
    store.gate.await_arrivals(1);
    for (int id = 2; id <= 21; ++id) add(id, true, refused_history);
    CHECK(worker.waiting() == 8);
    CHECK(refused_history == 12);
    for (int id = 22; id <= 25; ++id) add(id, false, refused_live);
    CHECK(worker.waiting() == 10);
    CHECK(refused_live == 2);
    store.gate.open();
    io.run();
}

TEST_CASE("what was accepted is stored even when the worker is closed at once") {
    FakeStore store;
    boost::asio::io_context io;
    Outcomes outcomes;
    {
        StoreWorker worker(io, store, {});
        for (int id = 0; id < 10; ++id)
            boost::asio::co_spawn(io, append_one(worker, id, outcomes), boost::asio::detached);
        io.poll();
        store.gate.open();
    }
    std::size_t stored = 0;
    for (const auto size : store.batches) stored += size;
    CHECK(stored == 10);
    io.run();
    CHECK(outcomes.stored.size() == 10);
}

TEST_CASE("on backlog a second writer joins, and no terminal is in two commits at once") {
    FakeStore store;
    store.allowed_writers = 2;
    boost::asio::io_context io;
    Outcomes outcomes;
    StoreWorker worker(io, store, {.rows_per_commit = 5, .backlog_rows = 10});
    boost::asio::co_spawn(io, append_one(worker, 1, outcomes), boost::asio::detached);
    io.poll();
    store.gate.await_arrivals(1);
    // Below the backlog the first writer does it alone.
    for (int i = 0; i < 5; ++i) boost::asio::co_spawn(io, append_one(worker, 1, outcomes), boost::asio::detached);
    for (int i = 0; i < 4; ++i) boost::asio::co_spawn(io, append_one(worker, 2, outcomes), boost::asio::detached);
    io.poll();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(store.gate.arrived() == 1);
    CHECK(worker.waiting() == 9);
    // One more, and the second takes what is not in the first's hands.
    boost::asio::co_spawn(io, append_one(worker, 3, outcomes), boost::asio::detached);
    io.poll();
    store.gate.await_arrivals(2);
    CHECK(worker.waiting() == 5);
    store.commit_time = std::chrono::milliseconds(2);
    store.gate.open();
    io.run();
    CHECK(outcomes.stored.size() == 11);
    CHECK(store.doubly_held == 0);
}

TEST_CASE("many terminals, two writers: everything is stored once, in each terminal's order, also while stopping") {
    FakeStore store;
    store.allowed_writers = 2;
    store.commit_time = std::chrono::milliseconds(1);
    store.gate.open();
    boost::asio::io_context io;
    Outcomes outcomes;
    {
        StoreWorker worker(io, store, {.rows_per_commit = 20, .backlog_rows = 10});
        for (int i = 0; i < 2'000; ++i)
            boost::asio::co_spawn(io, append_one(worker, i % 7, outcomes, 0, fmt::format("{:04}", i)),
                                  boost::asio::detached);
        io.poll();
    }
    io.run();
    CHECK(outcomes.stored.size() == 2'000);
    CHECK(store.doubly_held == 0);
    CHECK(store.queries.size() == 7);
    for (const auto& [terminal, queries] : store.queries) CHECK(std::is_sorted(queries.begin(), queries.end()));
}

TEST_CASE("new punches are announced: at once when nothing else waits, never for what was known") {
    FakeStore store;
    store.gate.open();
    boost::asio::io_context io;
    Outcomes outcomes;
    {
        StoreWorker worker(io, store, {});
        boost::asio::co_spawn(io, append_one(worker, 1, outcomes, 0), boost::asio::detached);
        io.run();
        io.restart();
        boost::asio::co_spawn(io, append_one(worker, 1, outcomes, 3), boost::asio::detached);
        io.run();
    }
    CHECK(store.announced_after == std::vector<std::size_t>{2});
}

TEST_CASE("punches that cannot be announced are stored and acknowledged all the same, and so is what follows") {
    FakeStore store;
    store.no_announcing = true;
    store.gate.open();
    boost::asio::io_context io;
    Outcomes outcomes;
    {
        StoreWorker worker(io, store, {});
        for (int id = 1; id <= 3; ++id) {
            boost::asio::co_spawn(io, append_one(worker, id, outcomes, 1), boost::asio::detached);
            io.run();
            io.restart();
        }
    }
    CHECK(outcomes.stored == std::vector<std::int64_t>{1, 2, 3});
    CHECK_FALSE(store.announced_after.empty());
}

namespace {

template <typename Condition>
bool comes_true(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

boost::asio::awaitable<void> work_for_long(StoreWorker& worker, std::atomic<int>& wanted, bool& done) {
    auto job = [&wanted](storage::Database& database) {
        for (int made = 0; wanted >= 0;) {
            if (made >= wanted) continue;
            database.query("SELECT 1");
            ++made;
        }
        return true;
    };
    done = co_await worker.write(job);
}

}  // namespace

TEST_CASE("signs of life: an idle worker gets on, one in a commit that does not end does not, until it does") {
    FakeStore store;
    store.allowed_writers = 2;
    boost::asio::io_context io;
    Outcomes outcomes;
    StoreWorker worker(io, store, {});
    for (int i = 0; i < 3; ++i) CHECK(comes_true([&] { return worker.has_got_on(); }));
    boost::asio::co_spawn(io, append_one(worker, 1, outcomes), boost::asio::detached);
    io.poll();
    store.gate.await_arrivals(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));  // the idle ones come round
    worker.has_got_on();                                          // all got on until just now
    for (int i = 0; i < 5; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        CHECK_FALSE(worker.has_got_on());
    }
    store.gate.open();
    CHECK(comes_true([&] { return worker.has_got_on(); }));
    io.run();
    CHECK(outcomes.stored.size() == 1);
}

TEST_CASE("signs of life: a long job gives one with each statement that ends") {
    FakeStore store;
    boost::asio::io_context io;
    std::atomic<int> wanted{1};
    bool done = false;
    StoreWorker worker(io, store, {});
    boost::asio::co_spawn(io, work_for_long(worker, wanted, done), boost::asio::detached);
    io.poll();
    CHECK(comes_true([&] { return worker.has_got_on(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    worker.has_got_on();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK_FALSE(worker.has_got_on());
    wanted = 2;
    CHECK(comes_true([&] { return worker.has_got_on(); }));
    wanted = -1;
    io.run();
    CHECK(done);
}
