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
    static constexpr auto asked_by = "completeness";  // in the records of commands and pulls
    // A terminal that comes back sends by itself what it kept, most of them; it is asked when it has been quiet this
    // long.
    static constexpr std::chrono::seconds quiet{60};
    // Records may come after the result of the query that asked for them (protocol-adms § 4.1).
    static constexpr std::chrono::seconds aftermath{20};
    // At most so many days of one silence; nobody has waited longer for what is older.
    static constexpr int most_days = 31;
    // Days of one terminal at work at once.
    static constexpr int most_at_once = 4;

    // The store, with other daemons or without.
    struct Sharing {
        bool shared = false;
        pull::LeaseTimes times{};
    };

    Completeness(const config::Settings& settings, TerminalRegistry& registry, StoreWorker& worker,
                 CommandQueue& commands, pull::Puller& puller, Now now, Sharing sharing);

    // What a restart left open begins anew. Throws storage::StoreUnavailable.
    void load(storage::Database& database);

    // The days that silences touched, to be stored with open().
    std::vector<storage::CompletenessRow> days_of(const std::vector<TerminalRegistry::Gap>& gaps) const;
    // Days from … to of one terminal, up to now.
    std::vector<storage::CompletenessRow> days_of(const Terminal& terminal, std::chrono::local_days from,
                                                  std::chrono::local_days to, const std::string& cause) const;
    // Somebody stored open ones.
    void look_again() { stale_ = true; }

    // A pull took the whole log.
    void log_was_pulled(pull::Puller::Log log);

    // Goes on with whatever can go on; every second or so.
    boost::asio::awaitable<void> go_on();

    // At the end: another daemon need not wait until we count as gone.
    boost::asio::awaitable<void> release();

    std::size_t open() const { return inquiries_.size(); }

private:
    enum class Step { wait_until_quiet, count, fetch, settle, pull };

    // The evidence of one is in the memory of the daemon that works on it.
    struct Inquiry {
        storage::CompletenessRow row;
        pull::Steady::time_point beat_since{};  // how long the row's beat has stood still
        std::string serial;
        Step step = Step::wait_until_quiet;
        Instant since{};           // of the step
        std::int64_t command = 0;  // under way
        std::int64_t pull = 0;     // under way
        std::optional<std::int64_t> terminal_count;
        std::int64_t before = 0;               // stored, when the fetching began
        std::optional<DeviceTime> asked_from;  // the query's, where earlier than the day
        std::int64_t said = 0;                 // records that the terminal says it sent again
        std::string note;
    };

    void take_over(std::vector<storage::CompletenessRow> rows);
    boost::asio::awaitable<void> read_open();
    boost::asio::awaitable<void> beat();
    bool is_ours(const Inquiry& inquiry) const { return inquiry.row.worker == puller_.holder(); }
    bool is_free(const Inquiry& inquiry) const;
    boost::asio::awaitable<bool> claim(Inquiry& inquiry);
    boost::asio::awaitable<void> plan_night();
    boost::asio::awaitable<void> go_on_with(std::int64_t id);
    boost::asio::awaitable<void> advance(Inquiry& inquiry);
    boost::asio::awaitable<void> begin_count(Inquiry& inquiry, Terminal& terminal);
    boost::asio::awaitable<void> end_count(Inquiry& inquiry, Terminal& terminal);
    boost::asio::awaitable<void> begin_fetch(Inquiry& inquiry, Terminal& terminal);
    boost::asio::awaitable<void> end_fetch(Inquiry& inquiry, Terminal& terminal);
    boost::asio::awaitable<void> begin_pull(Inquiry& inquiry, Terminal& terminal, std::string why_not);
    boost::asio::awaitable<void> end_pull(Inquiry& inquiry, Terminal& terminal);
    bool has_sent_all(const Inquiry& inquiry, const Terminal& terminal, std::int64_t stored) const;
    boost::asio::awaitable<void> note_before(Inquiry& inquiry, std::int64_t stored);
    boost::asio::awaitable<void> judge(Inquiry& inquiry, const Terminal& terminal, std::string means, bool has_all);
    boost::asio::awaitable<void> close(Inquiry& inquiry, std::string result, std::string means, std::int64_t difference,
                                       std::optional<std::int64_t> stored);
    boost::asio::awaitable<std::int64_t> count_stored(const Inquiry& inquiry);
    boost::asio::awaitable<std::optional<storage::CommandRow>> answer_of(const Inquiry& inquiry);
    boost::asio::awaitable<void> ask(Inquiry& inquiry, Terminal& terminal, adms::CommandVerb verb, Step next);
    boost::asio::awaitable<void> store_pulled();
    boost::asio::awaitable<void> store(pull::Puller::Log log);
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
    const Sharing sharing_;
    std::map<std::int64_t, Inquiry> inquiries_;  // by the id of their row
    std::map<std::int64_t, int> at_work_;        // of them, by terminal
    pull::Steady::time_point beaten_at_{};
    std::vector<pull::Puller::Log> pulled_;
    std::map<std::string, std::string> first_days_;  // serial: of its log that was pulled last; empty: it had none
    std::map<std::string, Instant> nights_;          // serial: the last night that was planned for it
    std::optional<Instant> night_looked_at_;
    bool stale_ = false;
};

}  // namespace presensi::talk
