#pragma once
// The one thread hop (house style 3.7): coroutines on the I/O thread hand work to the storage threads here and come
// back. No other file says thread, mutex or atomic.

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "daemon/metrics/histogram.hpp"
#include "protocol/records.hpp"
#include "storage/store.hpp"

namespace presensi {

class StoreWorker {
public:
    struct Limits {
        std::size_t rows_per_commit = 20'000;
        std::size_t bytes_per_commit = 16 * 1024 * 1024;
        std::size_t waiting_deliveries = 16'384;  // beyond: StoreUnavailable at once; the last fifth for live punches
        std::size_t backlog_rows = 1'000;         // so many wait behind a commit: another writer joins
    };

    // What a reading job gets.
    struct Reader {
        storage::PunchFeed& feed;
        storage::Database& database;
    };

    // Starts the store's writers and one reader thread. `store` and `io` outlive it. Throws what opening the
    // connections throws.
    StoreWorker(boost::asio::io_context& io, storage::Store& store, Limits limits);
    ~StoreWorker();  // finishes what was accepted, then joins

    // Group commit without a timer (architecture 3.4): the writer takes everything that waits, commits once and answers
    // every delivery in it; the next batch is what came meanwhile, so a lone delivery waits for nothing. On backlog a
    // second writer joins where the store has one; no terminal is ever in two commits at once, so its deliveries stay
    // in their order and the writers out of each other's way. Returns after the commit; throws
    // storage::StoreUnavailable.
    // `can_wait`: it is none of live punches.
    boost::asio::awaitable<Receipt> append(Delivery delivery, bool can_wait = false);

    // Runs `work(storage::Database&)` on the first writer's thread between two of its commits.
    template <typename Work>
    auto write(Work work) {
        return hop<std::invoke_result_t<Work, storage::Database&>>(
            writer_jobs_, [work = std::move(work)](Tools& tools) mutable { return work(*tools.database); });
    }

    // Runs `work(Reader)` on the reader thread, beside the writer.
    template <typename Work>
    auto read(Work work) {
        return hop<std::invoke_result_t<Work, Reader>>(reader_jobs_, [work = std::move(work)](Tools& tools) mutable {
            return work(Reader{*tools.feed, *tools.database});
        });
    }

    std::size_t waiting() const;

    // Whether every storage thread has got on since this was asked the last time: it finished a statement or a commit,
    // or came round with nothing to do. One that waits for the store has not, until its patience ends. For the service
    // manager's watchdog.
    bool has_got_on();

    struct Measures {
        std::size_t waiting_deliveries = 0;
        std::size_t waiting_rows = 0;
        std::uint64_t failed_commits = 0;
        metrics::Histogram commit_seconds{metrics::seconds_bounds};
        metrics::Histogram commit_deliveries{metrics::size_bounds};
    };
    Measures measures() const;

private:
    struct Tools {
        std::unique_ptr<storage::Intake> intake;
        std::unique_ptr<storage::PunchFeed> feed;
        std::unique_ptr<storage::Database> database;
    };
    using Job = std::function<void(Tools&)>;
    using Jobs = std::deque<Job>;
    using Done = std::function<void(std::exception_ptr, Receipt)>;  // called on the I/O thread
    struct Waiting {
        Delivery delivery;
        Done done;
        std::chrono::steady_clock::time_point since;
    };
    using Batch = std::vector<Waiting>;
    // How one storage thread shows that it lives.
    struct Pulse {
        std::atomic<std::uint64_t> beats{0};
        std::uint64_t seen = 0;  // of them, on the I/O thread
        bool asked = true;       // to come round; under the lock
        // Under the lock.
        void come_round() {
            asked = false;
            ++beats;
        }
    };
    class BeatingDatabase;

    // Result must be default-constructible; it is made on the storage thread and moved to the I/O thread.
    template <typename Result, typename Work>
    boost::asio::awaitable<Result> hop(Jobs& jobs, Work work) {
        auto initiate = [this, &jobs](auto handler, Work started) {
            auto state = std::make_shared<std::pair<decltype(handler), Work>>(std::move(handler), std::move(started));
            auto guard = boost::asio::make_work_guard(io_);
            push(jobs, [this, state, guard](Tools& tools) {
                auto result = std::make_shared<Result>();
                std::exception_ptr error;
                try {
                    *result = state->second(tools);
                } catch (...) {
                    error = std::current_exception();
                }
                boost::asio::post(io_, [state, guard, result, error] { state->first(error, std::move(*result)); });
            });
        };
        return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(std::exception_ptr, Result)>(
            std::move(initiate), boost::asio::use_awaitable, std::move(work));
    }

    boost::asio::awaitable<Receipt> enqueue(Delivery delivery);
    void push(Jobs& jobs, Job job);
    static void announce(storage::Intake& intake);
    void run_writer(Tools tools, Pulse& pulse, bool is_first);
    void run_reader(Tools tools, Pulse& pulse);
    // The five below under the lock.
    bool may_leave(bool is_first) const { return stopping_ && (deliveries_.empty() || !is_first); }
    bool is_due(bool is_first) const;  // true if this writer should take a batch now
    Batch take_batch();
    void give_back(const std::vector<std::int64_t>& terminals);
    Batch take_those_who_waited();
    // Hands the outcome to the I/O thread.
    void answer(Batch batch, std::vector<Receipt> receipts, const std::exception_ptr& error);
    void note_commit(std::size_t deliveries, std::chrono::steady_clock::time_point began, bool failed);
    // Returns the number of new punches.
    std::size_t commit(Tools& tools, Batch batch);

    boost::asio::io_context& io_;
    Limits limits_;
    mutable std::mutex mutex_;
    std::condition_variable wake_writer_;  // the first
    std::condition_variable wake_helper_;  // the others, on backlog
    std::condition_variable wake_reader_;
    std::deque<Waiting> deliveries_;
    std::size_t waiting_rows_ = 0;
    std::unordered_set<std::int64_t> terminals_in_commit_;
    Measures measures_;
    Jobs writer_jobs_;
    Jobs reader_jobs_;
    bool stopping_ = false;
    std::deque<Pulse> pulses_;  // of the writers, then of the reader
    std::vector<std::thread> writers_;
    std::thread reader_;
};

}  // namespace presensi
