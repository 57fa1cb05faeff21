#include "daemon/store_worker.hpp"

#include "storage/store_error.hpp"

namespace presensi {

namespace asio = boost::asio;

StoreWorker::StoreWorker(asio::io_context& io, storage::Store& store, Limits limits) : io_(io), limits_(limits) {
    Tools for_writer{store.open_intake(), nullptr, store.open_database()};
    Tools for_reader{nullptr, store.open_feed(), store.open_database()};
    writer_ = std::thread([this, tools = std::move(for_writer)]() mutable { run_writer(std::move(tools)); });
    reader_ = std::thread([this, tools = std::move(for_reader)]() mutable { run_reader(std::move(tools)); });
}

StoreWorker::~StoreWorker() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_writer_.notify_one();
    wake_reader_.notify_one();
    writer_.join();
    reader_.join();
}

std::size_t StoreWorker::waiting() const {
    const std::lock_guard lock(mutex_);
    return deliveries_.size();
}

asio::awaitable<Receipt> StoreWorker::append(Delivery delivery) {
    if (waiting() >= limits_.waiting_deliveries)
        throw storage::StoreUnavailable("too many deliveries wait for the store");
    return enqueue(std::move(delivery));
}

asio::awaitable<Receipt> StoreWorker::enqueue(Delivery delivery) {
    auto initiate = [this](auto handler, Delivery accepted) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto guard = asio::make_work_guard(io_);
        {
            const std::lock_guard lock(mutex_);
            deliveries_.push_back({std::move(accepted), [shared, guard](std::exception_ptr error, Receipt receipt) {
                                       (*shared)(error, receipt);
                                   }});
        }
        wake_writer_.notify_one();
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

void StoreWorker::run_writer(Tools tools) {
    for (;;) {
        std::vector<Waiting> batch;
        Job job;
        {
            std::unique_lock lock(mutex_);
            wake_writer_.wait(lock, [this] { return stopping_ || !deliveries_.empty() || !writer_jobs_.empty(); });
            if (deliveries_.empty() && writer_jobs_.empty()) return;
            std::size_t rows = 0;
            std::size_t bytes = 0;
            while (!deliveries_.empty() &&
                   (batch.empty() || (rows < limits_.rows_per_commit && bytes < limits_.bytes_per_commit))) {
                const Delivery& next = deliveries_.front().delivery;
                rows += next.punches.size() + next.rejects.size() + 1;
                bytes += next.body.size();
                batch.push_back(std::move(deliveries_.front()));
                deliveries_.pop_front();
            }
            if (!writer_jobs_.empty()) {
                job = std::move(writer_jobs_.front());
                writer_jobs_.pop_front();
            }
        }
        if (!batch.empty()) commit(tools, std::move(batch));
        if (job) job(tools);
    }
}

void StoreWorker::commit(Tools& tools, std::vector<Waiting> batch) {
    std::vector<const Delivery*> deliveries;
    deliveries.reserve(batch.size());
    for (const auto& waiting : batch) deliveries.push_back(&waiting.delivery);

    std::vector<Receipt> receipts(batch.size());
    std::exception_ptr error;
    try {
        receipts = storage::append_splitting(*tools.intake, deliveries);
    } catch (...) {
        error = std::current_exception();
    }
    auto answered = std::make_shared<std::vector<Waiting>>(std::move(batch));
    asio::post(io_, [answered, receipts = std::move(receipts), error] {
        for (std::size_t i = 0; i < answered->size(); ++i) (*answered)[i].done(error, receipts[i]);
    });
}

void StoreWorker::run_reader(Tools tools) {
    for (;;) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            wake_reader_.wait(lock, [this] { return stopping_ || !reader_jobs_.empty(); });
            if (reader_jobs_.empty()) return;
            job = std::move(reader_jobs_.front());
            reader_jobs_.pop_front();
        }
        job(tools);
    }
}

}  // namespace presensi
