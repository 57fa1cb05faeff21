#include "daemon/store_worker.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "storage/store_error.hpp"

namespace presensi {

namespace asio = boost::asio;

namespace {

using Steady = std::chrono::steady_clock;

// Under load announcements are this far apart; the last commit before a pause is announced at once.
constexpr auto announce_every = std::chrono::milliseconds(100);

// Who waits longer than this for a commit that then fails is told so too, before the terminal's own patience of 10 s
// ends (protocol-adms § 1.1).
constexpr auto waited_long = std::chrono::seconds(1);

std::size_t rows_of(const Delivery& delivery) { return delivery.punches.size() + delivery.rejects.size() + 1; }

}  // namespace

// Each statement that ends is a sign of life: a long job is none that hangs.
class StoreWorker::BeatingDatabase final : public storage::Database {
public:
    BeatingDatabase(std::unique_ptr<storage::Database> database, Pulse& pulse)
        : database_(std::move(database)), pulse_(pulse) {}

    std::int64_t execute(std::string_view sql, const storage::Values& parameters) override {
        const std::int64_t changed = database_->execute(sql, parameters);
        ++pulse_.beats;
        return changed;
    }
    std::vector<storage::Row> query(std::string_view sql, const storage::Values& parameters) override {
        std::vector<storage::Row> rows = database_->query(sql, parameters);
        ++pulse_.beats;
        return rows;
    }
    void transaction(const std::function<void()>& work) override {
        database_->transaction(work);
        ++pulse_.beats;
    }

private:
    std::unique_ptr<storage::Database> database_;
    Pulse& pulse_;
};

StoreWorker::StoreWorker(asio::io_context& io, storage::Store& store, Limits limits) : io_(io), limits_(limits) {
    const auto writers = static_cast<std::size_t>(store.writers());
    for (std::size_t i = 0; i < writers + 1; ++i) pulses_.emplace_back();
    const auto open_database = [&](Pulse& pulse) {
        return std::make_unique<BeatingDatabase>(store.open_database(), pulse);
    };
    std::vector<Tools> for_writers;
    for_writers.reserve(writers);
    for (std::size_t i = 0; i < writers; ++i) for_writers.push_back({store.open_intake(), nullptr, nullptr});
    for_writers.front().database = open_database(pulses_.front());
    Tools for_reader{nullptr, store.open_feed(), open_database(pulses_.back())};
    for (std::size_t i = 0; i < writers; ++i) {
        writers_.emplace_back([this, i, tools = std::move(for_writers[i])]() mutable {
            run_writer(std::move(tools), pulses_[i], i == 0);
        });
    }
    reader_ =
        std::thread([this, tools = std::move(for_reader)]() mutable { run_reader(std::move(tools), pulses_.back()); });
}

StoreWorker::~StoreWorker() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_writer_.notify_one();
    wake_helper_.notify_all();
    wake_reader_.notify_one();
    for (std::thread& writer : writers_) writer.join();
    reader_.join();
}

std::size_t StoreWorker::waiting() const {
    const std::lock_guard lock(mutex_);
    return deliveries_.size();
}

bool StoreWorker::has_got_on() {
    bool all = true;
    {
        const std::lock_guard lock(mutex_);
        for (Pulse& pulse : pulses_) {
            const std::uint64_t beats = pulse.beats;
            all = all && beats != pulse.seen;
        }
        if (!all) return false;
        for (Pulse& pulse : pulses_) {
            pulse.seen = pulse.beats;
            pulse.asked = true;
        }
    }
    wake_writer_.notify_one();
    wake_helper_.notify_all();
    wake_reader_.notify_one();
    return true;
}

StoreWorker::Measures StoreWorker::measures() const {
    const std::lock_guard lock(mutex_);
    Measures measures = measures_;
    measures.waiting_deliveries = deliveries_.size();
    measures.waiting_rows = waiting_rows_;
    return measures;
}

void StoreWorker::note_commit(std::size_t deliveries, Steady::time_point began, bool failed) {
    const auto took = Steady::now() - began;
    const std::lock_guard lock(mutex_);
    if (failed) {
        ++measures_.failed_commits;
        return;
    }
    measures_.commit_seconds.observe(took);
    measures_.commit_deliveries.observe(static_cast<double>(deliveries));
}

asio::awaitable<Receipt> StoreWorker::append(Delivery delivery, bool can_wait) {
    if (waiting() >= limits_.waiting_deliveries - (can_wait ? limits_.waiting_deliveries / 5 : 0))
        throw storage::StoreBusy("too many deliveries wait for the store");
    const Receipt receipt = co_await enqueue(std::move(delivery));
    co_return receipt;
}

asio::awaitable<Receipt> StoreWorker::enqueue(Delivery delivery) {
    auto initiate = [this](auto handler, Delivery accepted) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto guard = asio::make_work_guard(io_);
        bool has_backlog = false;
        {
            const std::lock_guard lock(mutex_);
            waiting_rows_ += rows_of(accepted);
            deliveries_.push_back(
                {std::move(accepted),
                 [shared, guard](std::exception_ptr error, Receipt receipt) { (*shared)(error, receipt); },
                 Steady::now()});
            has_backlog = waiting_rows_ >= limits_.backlog_rows;
        }
        wake_writer_.notify_one();
        if (has_backlog) wake_helper_.notify_one();
    };
    return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Receipt)>(
        std::move(initiate), asio::use_awaitable, std::move(delivery));
}

void StoreWorker::push(Jobs& jobs, Job job) {
    {
        const std::lock_guard lock(mutex_);
        jobs.push_back(std::move(job));
    }
    (&jobs == &writer_jobs_ ? wake_writer_ : wake_reader_).notify_one();
}

bool StoreWorker::is_due(bool is_first) const {
    if (!is_first && waiting_rows_ < limits_.backlog_rows) return false;
    return std::any_of(deliveries_.begin(), deliveries_.end(), [this](const Waiting& waiting) {
        return !terminals_in_commit_.contains(waiting.delivery.terminal_id);
    });
}

StoreWorker::Batch StoreWorker::take_batch() {
    Batch batch;
    std::deque<Waiting> rest;  // of terminals that another writer has in hand
    std::unordered_set<std::int64_t> taken;
    std::size_t rows = 0;
    std::size_t bytes = 0;
    while (!deliveries_.empty() &&
           (batch.empty() || (rows < limits_.rows_per_commit && bytes < limits_.bytes_per_commit))) {
        Waiting& next = deliveries_.front();
        if (terminals_in_commit_.contains(next.delivery.terminal_id)) {
            rest.push_back(std::move(next));
        } else {
            taken.insert(next.delivery.terminal_id);
            rows += rows_of(next.delivery);
            bytes += next.delivery.body.size();
            batch.push_back(std::move(next));
        }
        deliveries_.pop_front();
    }
    deliveries_.insert(deliveries_.begin(), std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
    terminals_in_commit_.merge(taken);
    waiting_rows_ -= rows;
    return batch;
}

void StoreWorker::give_back(const std::vector<std::int64_t>& terminals) {
    for (const std::int64_t terminal : terminals) terminals_in_commit_.erase(terminal);
    if (deliveries_.empty()) return;
    wake_writer_.notify_one();
    if (waiting_rows_ >= limits_.backlog_rows) wake_helper_.notify_one();
}

StoreWorker::Batch StoreWorker::take_those_who_waited() {
    Batch batch;
    while (!deliveries_.empty() && Steady::now() - deliveries_.front().since >= waited_long) {
        waiting_rows_ -= rows_of(deliveries_.front().delivery);
        batch.push_back(std::move(deliveries_.front()));
        deliveries_.pop_front();
    }
    return batch;
}

void StoreWorker::announce(storage::Intake& intake) {
    try {
        intake.announce();
    } catch (const std::exception&) {
        // What is stored is stored; the next commit finds out what is wrong.
    }
}

void StoreWorker::run_writer(Tools tools, Pulse& pulse, bool is_first) {
    bool unannounced = false;
    auto announced = Steady::now();
    std::vector<std::int64_t> terminals;  // of the batch before
    for (;;) {
        Batch batch;
        Job job;
        {
            std::unique_lock lock(mutex_);
            give_back(terminals);
            terminals.clear();
            if (unannounced && (!is_due(is_first) || Steady::now() - announced >= announce_every)) {
                lock.unlock();
                announce(*tools.intake);
                unannounced = false;
                announced = Steady::now();
                lock.lock();
            }
            (is_first ? wake_writer_ : wake_helper_).wait(lock, [&] {
                return pulse.asked || is_due(is_first) || (is_first && !writer_jobs_.empty()) || may_leave(is_first);
            });
            pulse.come_round();
            if (is_due(is_first)) batch = take_batch();
            if (is_first && !writer_jobs_.empty()) {
                job = std::move(writer_jobs_.front());
                writer_jobs_.pop_front();
            }
            if (batch.empty() && !job) {
                if (may_leave(is_first)) return;
                continue;
            }
        }
        for (const Waiting& waiting : batch) terminals.push_back(waiting.delivery.terminal_id);
        if (!batch.empty()) unannounced = commit(tools, std::move(batch)) > 0 || unannounced;
        ++pulse.beats;
        if (job) job(tools);
    }
}

std::size_t StoreWorker::commit(Tools& tools, Batch batch) {
    std::vector<const Delivery*> deliveries;
    deliveries.reserve(batch.size());
    for (const auto& waiting : batch) deliveries.push_back(&waiting.delivery);

    std::vector<Receipt> receipts(batch.size());
    std::exception_ptr error;
    const auto began = Steady::now();
    try {
        receipts = storage::append_splitting(*tools.intake, deliveries);
    } catch (...) {
        error = std::current_exception();
        Batch waited;
        {
            const std::lock_guard lock(mutex_);
            waited = take_those_who_waited();
        }
        answer(std::move(waited), {}, error);
    }
    note_commit(batch.size(), began, error != nullptr);
    std::size_t new_punches = 0;
    for (const Receipt& receipt : receipts) new_punches += receipt.new_punches;
    answer(std::move(batch), std::move(receipts), error);
    return new_punches;
}

void StoreWorker::answer(Batch batch, std::vector<Receipt> receipts, const std::exception_ptr& error) {
    receipts.resize(batch.size());
    auto answered = std::make_shared<Batch>(std::move(batch));
    asio::post(io_, [answered, receipts = std::move(receipts), error] {
        for (std::size_t i = 0; i < answered->size(); ++i) (*answered)[i].done(error, receipts[i]);
    });
}

void StoreWorker::run_reader(Tools tools, Pulse& pulse) {
    for (;;) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            wake_reader_.wait(lock, [&] { return stopping_ || pulse.asked || !reader_jobs_.empty(); });
            pulse.come_round();
            if (reader_jobs_.empty()) {
                if (stopping_) return;
                continue;
            }
            job = std::move(reader_jobs_.front());
            reader_jobs_.pop_front();
        }
        job(tools);
    }
}

}  // namespace presensi
