#pragma once
// Proves of every terminal and day that all of it is here, and fetches what is not (protocol-adms § 2.4, 4.2): asks how
// many records the terminal has of a day, compares, and where that differs asks for the records, or pulls its log.
// Lives on the I/O thread.

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "daemon/clock.hpp"
#include "daemon/pull/puller.hpp"
#include "daemon/store_worker.hpp"
#include "daemon/talk/command_queue.hpp"
#include "daemon/terminal_registry.hpp"
#include "storage/completeness_repository.hpp"

namespace presensi::talk {

class Completeness {
public:
    // A terminal that comes back sends by itself what it kept, most of them; it is asked when it has been quiet this
    // long.
    static constexpr std::chrono::seconds quiet{60};
    // Records may come after the result of the query that asked for them (protocol-adms § 4.1).
    static constexpr std::chrono::seconds aftermath{20};
    // At most so many days of one silence; nobody has waited longer for what is older.
    static constexpr int most_days = 31;

    Completeness(const config::Settings& settings, TerminalRegistry& registry, StoreWorker& worker,
                 CommandQueue& commands, pull::Puller& puller, Now now);

    // What a restart left open. Throws storage::StoreUnavailable.
    void load(storage::Database& database);

    // The days that silences touched, to be stored with open().
    std::vector<storage::CompletenessRow> days_of(const std::vector<TerminalRegistry::Gap>& gaps) const;
    // Days from … to of one terminal, up to now.
    std::vector<storage::CompletenessRow> days_of(const Terminal& terminal, std::chrono::local_days from,
                                                  std::chrono::local_days to, const std::string& cause) const;
    // Somebody stored open ones.
    void look_again() { stale_ = true; }

    // A pull took the whole log: `records` of it by day.
    void log_was_pulled(Terminal& terminal, std::map<std::string, std::int64_t> records, std::int64_t delivery_id,
                        Instant begun, std::optional<Instant> last_success);

    // Goes on with whatever can go on; every second or so.
    boost::asio::awaitable<void> go_on();

    std::size_t open() const { return inquiries_.size(); }

private:
    enum class Step { wait_until_quiet, count, fetch, settle, pull };

    struct Inquiry {
        storage::CompletenessRow row;
        std::string serial;
        Step step = Step::wait_until_quiet;
        Instant since{};           // of the step
        std::int64_t command = 0;  // under way
        std::int64_t pull = 0;     // under way
        std::optional<std::int64_t> terminal_count;
        std::int64_t before = 0;  // stored, when the fetching began
        std::int64_t said = 0;    // records that the terminal says it sent again
        std::string note;
    };
    struct Pulled {
        std::string serial;
        std::map<std::string, std::int64_t> records;
        std::int64_t delivery_id = 0;
        Instant begun{};
        std::chrono::local_days from{};
    };

    boost::asio::awaitable<void> read_open();
    boost::asio::awaitable<void> plan_night();
    boost::asio::awaitable<void> advance(Inquiry& inquiry);
    boost::asio::awaitable<void> begin_count(Inquiry& inquiry, Terminal& terminal);
    boost::asio::awaitable<void> end_count(Inquiry& inquiry, Terminal& terminal);
    boost::asio::awaitable<void> begin_fetch(Inquiry& inquiry, Terminal& terminal);
    boost::asio::awaitable<void> end_fetch(Inquiry& inquiry, Terminal& terminal);
    boost::asio::awaitable<void> begin_pull(Inquiry& inquiry, Terminal& terminal, std::string why_not);
    boost::asio::awaitable<void> end_pull(Inquiry& inquiry, Terminal& terminal);
    bool has_sent_all(const Inquiry& inquiry, const Terminal& terminal, std::int64_t stored) const;
    boost::asio::awaitable<void> judge(Inquiry& inquiry, std::string means, bool has_all);
    boost::asio::awaitable<void> close(Inquiry& inquiry, std::string result, std::string means, std::int64_t difference,
                                       std::optional<std::int64_t> stored);
    boost::asio::awaitable<std::int64_t> count_stored(const Inquiry& inquiry);
    boost::asio::awaitable<std::optional<storage::CommandRow>> answer_of(const Inquiry& inquiry);
    boost::asio::awaitable<void> ask(Inquiry& inquiry, Terminal& terminal, adms::CommandVerb verb, Step next);
    boost::asio::awaitable<void> store_pulled();
    void enter(Inquiry& inquiry, Step step);
    bool is_in_contact(const Terminal& terminal) const;
    bool is_quiet(const Terminal& terminal, std::chrono::seconds time) const;
    bool can_be_pulled(const Terminal& terminal) const;

    const config::Settings& settings_;
    TerminalRegistry& registry_;
    StoreWorker& worker_;
    CommandQueue& commands_;
    pull::Puller& puller_;
    Now now_;
    std::map<std::int64_t, Inquiry> inquiries_;  // by the id of their row
    std::vector<Pulled> pulled_;
    std::map<std::string, Instant> nights_;  // serial: the last night that was planned for it
    std::optional<Instant> night_looked_at_;
    bool stale_ = false;
};

// "2026-11-20"
std::string format_day(std::chrono::local_days day);
std::optional<std::chrono::local_days> decode_day(std::string_view text);

}  // namespace presensi::talk
