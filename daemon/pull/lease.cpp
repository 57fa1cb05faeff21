#include "daemon/pull/lease.hpp"

#include <utility>

#include "daemon/log.hpp"
#include "storage/pull_repository.hpp"

namespace presensi::pull {

namespace asio = boost::asio;

namespace {

struct Looked {
    bool taken = false;
    std::optional<storage::Lease> other;
};

}  // namespace

TerminalLease::TerminalLease(StoreWorker& worker, std::int64_t terminal_id, std::string holder, bool shared,
                             LeaseTimes times)
    : worker_(worker), terminal_id_(terminal_id), holder_(std::move(holder)), shared_(shared), times_(times) {}

asio::awaitable<bool> TerminalLease::take(std::string now) {
    const bool silent = seen_ && Steady::now() - seen_at_ >= times_.silence;
    auto attempt = [id = terminal_id_, holder = holder_, seen = seen_, may_replace = silent || !shared_,
                    now = std::move(now)](storage::Database& database) {
        Looked looked;
        database.transaction([&] {
            looked = {};
            storage::LeaseRepository leases(database);
            looked.other = leases.find(id);
            const bool as_seen = looked.other == seen;
            if (looked.other && !(may_replace && (as_seen || !seen))) return;
            looked.taken = leases.take(id, holder, looked.other);
            if (looked.taken && looked.other)
                storage::PullRepository(database).fail_those_of(looked.other->holder, id, now);
        });
        return looked;
    };
    const Looked looked = co_await worker_.write(std::move(attempt));
    if (looked.taken) {
        last_beat_ = Steady::now();
        if (looked.other) {
            log::warn("pull.taken_over", "the daemon that pulled this terminal ended in the middle of it; taken over",
                      {{"terminal_id", terminal_id_}, {"holder", looked.other->holder}});
        }
        seen_.reset();
    } else if (looked.other != seen_) {
        seen_ = looked.other;
        seen_at_ = Steady::now();
    }
    co_return looked.taken;
}

asio::awaitable<bool> TerminalLease::beat() {
    const auto begun = Steady::now();
    auto count_up = [id = terminal_id_, holder = holder_](storage::Database& database) {
        return storage::LeaseRepository(database).beat(id, holder);
    };
    const bool ours = co_await worker_.write(std::move(count_up));
    if (ours) last_beat_ = begun;
    co_return ours;
}

asio::awaitable<void> TerminalLease::release() {
    auto give_back = [id = terminal_id_, holder = holder_](storage::Database& database) {
        storage::LeaseRepository(database).release(id, holder);
        return true;
    };
    co_await worker_.write(std::move(give_back));
}

}  // namespace presensi::pull
