#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>

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
    void await_arrival() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return arrived_ > 0; });
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
            store.batches.push_back(deliveries.size());
            if (store.fail) throw storage::StoreUnavailable("away");
            std::vector<Receipt> receipts;
            for (const auto* delivery : deliveries) {
                Receipt receipt;
                receipt.delivery_id = delivery->terminal_id;
                receipts.push_back(receipt);
            }
            return receipts;
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

    Gate gate;
    std::vector<std::size_t> batches;
    bool fail = false;
};

struct Outcomes {
    std::vector<std::int64_t> stored;
    int unavailable = 0;
};

boost::asio::awaitable<void> append_one(StoreWorker& worker, std::int64_t id, Outcomes& outcomes) {
    Delivery delivery;
    delivery.terminal_id = id;
    try {
        const Receipt receipt = co_await worker.append(std::move(delivery));
        outcomes.stored.push_back(receipt.delivery_id);
    } catch (const storage::StoreUnavailable&) {
        ++outcomes.unavailable;
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
        store.gate.await_arrival();
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

TEST_CASE("the queue is bounded: beyond it, later") {
    FakeStore store;
    boost::asio::io_context io;
    Outcomes outcomes;
    StoreWorker worker(io, store, {100, 1024, 5});
    boost::asio::co_spawn(io, append_one(worker, 1, outcomes), boost::asio::detached);
    io.poll();
    store.gate.await_arrival();
    for (int id = 2; id <= 20; ++id) boost::asio::co_spawn(io, append_one(worker, id, outcomes), boost::asio::detached);
    io.poll();
    CHECK(outcomes.unavailable == 14);
    CHECK(worker.waiting() == 5);
    store.gate.open();
    io.run();
    CHECK(outcomes.stored.size() == 6);
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
