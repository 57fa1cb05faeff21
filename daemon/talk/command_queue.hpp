#pragma once
// The gateway's voice: commands wait in the store and go out with polls (protocol-adms § 4). Lives on the I/O thread.

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/clock.hpp"
#include "daemon/store_worker.hpp"
#include "daemon/terminal_registry.hpp"
#include "protocol/adms/command.hpp"
#include "protocol/adms/command_result.hpp"
#include "storage/command_repository.hpp"

namespace presensi::talk {

class CommandQueue {
public:
    // protocol-adms § 4.1: without an answer after this long it is offered again, at most this often.
    static constexpr std::chrono::minutes answer_expected{5};
    static constexpr std::int64_t most_offers = 3;

    struct Ask {
        std::string by;                                       // who, for the records
        std::string reason;                                   // why
        std::chrono::seconds valid = std::chrono::hours(24);  // not offered any more after that
    };

    CommandQueue(StoreWorker& worker, Now now) : worker_(worker), now_(std::move(now)) {}

    // What waits. Throws storage::StoreUnavailable.
    void load(storage::Database& database);
    // Other daemons on the same database queue, offer and end commands, too.
    boost::asio::awaitable<void> refresh();

    // `text` comes from adms::encode_command. Stored when it returns, with a line in the audit if a person asked; one
    // that waits with the same text is that one. Throws storage::StoreUnavailable.
    boost::asio::awaitable<storage::CommandRow> add(const Terminal& terminal, adms::CommandVerb verb, std::string text,
                                                    Ask ask, bool by_a_person);

    // The answer to a poll. An offer is durable before it goes out, so that what may happen only once is never offered
    // twice; while the store is away nothing is offered.
    boost::asio::awaitable<std::string> answer_poll(const Terminal& terminal);

    // Each counts if it is the first answer to a command of this very terminal. Throws storage::StoreUnavailable: the
    // terminal keeps its results and sends them again.
    boost::asio::awaitable<void> take_results(const Terminal& terminal, std::vector<adms::CommandResult> results);

    // Gives up what ran out of time or of offers.
    boost::asio::awaitable<void> expire_overdue();

    bool is_open(std::int64_t terminal_id, std::int64_t id) const;
    std::size_t open() const;

private:
    using Rows = std::map<std::int64_t, storage::CommandRow>;  // by id, so in the order of asking

    bool may_be_offered(const storage::CommandRow& row, Instant now) const;
    void forget(std::int64_t terminal_id, std::int64_t id);

    StoreWorker& worker_;
    Now now_;
    std::unordered_map<std::int64_t, Rows> open_;  // by terminal
};

}  // namespace presensi::talk
