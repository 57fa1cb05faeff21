#pragma once
// Pulls terminals: by schedule, when somebody asks, and to enable those that a pull left disabled. Lives on the I/O
// thread.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "daemon/alarms.hpp"
#include "daemon/clock.hpp"
#include "daemon/ingest.hpp"
#include "daemon/pull/lease.hpp"
#include "daemon/pull/schedule.hpp"
#include "daemon/pull/visit.hpp"
#include "daemon/store_worker.hpp"
#include "daemon/terminal_registry.hpp"
#include "storage/pull_repository.hpp"

namespace presensi::pull {

// What somebody wants of a pull.
struct Ask {
    std::string by;              // who, for the records
    std::optional<Place> place;  // nothing: where the configuration says, and where the terminal was heard last
    bool disable = false;        // also where terminals[].pull.disable_while_reading does not say so
    bool as_a_try = false;       // that it fails says nothing: neither for the schedule nor for an alarm
};

class Puller {
public:
    struct Parts {
        boost::asio::io_context& io;
        const config::Settings& settings;
        TerminalRegistry& registry;
        Ingest& ingest;
        StoreWorker& worker;
        Alarms& alarms;
        Now now;
        bool shared = false;  // the store: other daemons pull, too
        LeaseTimes lease_times{};
        std::function<bool()> is_tight{};  // memory is wanted elsewhere: what the schedule asks for waits
    };
    // Terminals at work at once, from the connection until their log is stored, so that what terminals send stays
    // within memory: of 100,000 records each some 25 MB.
    static constexpr int most_at_once = 64;

    explicit Puller(Parts parts);
    ~Puller();

    // What is known of earlier pulls. Before run(). Throws storage::StoreUnavailable.
    void load(storage::Database& database);
    // The schedule, until stop().
    boost::asio::awaitable<void> run();

    // Told of every log that was read whole and stored.
    struct Log {
        std::string serial;
        std::string asked_by;
        std::map<std::string, std::int64_t> records;  // by day
        std::int64_t delivery_id = 0;                 // 0: it brought nothing new
        Instant begun{};
        std::optional<Instant> last_success;  // before it
    };
    using OnLog = std::function<void(Log)>;
    void on_log(OnLog told) { on_log_ = std::move(told); }
    // There is an address at which it may be pulled.
    bool has_place(const Terminal& terminal) const;
    // The configuration says how it is pulled.
    bool has_settings(const Terminal& terminal) const { return settings_of(terminal.row.serial) != nullptr; }
    // The name of this run of the daemon, unlike that of any other.
    const std::string& holder() const { return holder_; }

    // Stored as queued when it returns; a second one that wants the same as one that waits is that one. Throws
    // storage::StoreUnavailable.
    boost::asio::awaitable<std::int64_t> request(Terminal& terminal, Ask ask);
    // As it is at this moment, if it is ours and has not ended.
    struct Live {
        storage::PullRow row;       // bytes: of the table that is being read
        std::size_t announced = 0;  // bytes of that table; 0: not known
    };
    std::optional<Live> find(std::int64_t pull) const;
    // When the schedule pulls this terminal next; nothing: it does not.
    std::optional<Instant> due(const std::string& serial) const;

    // The settings are new ones.
    void plan_anew();

    // Asks every pull to end politely.
    void stop();
    bool idle() const { return working_ == 0; }

    struct Counts {  // since the start
        std::int64_t done = 0;
        std::int64_t failed = 0;
    };
    const Counts& counts() const { return counts_; }
    int working() const { return working_; }

private:
    struct Job;   // one pull of one terminal
    struct Desk;  // of one terminal: its jobs and its schedule
    struct Known;
    struct Watch;
    struct Slot;
    struct Watching;

    Desk& desk_of(const std::string& serial);
    const config::TerminalPullSettings* settings_of(const std::string& serial) const;
    void plan(Desk& desk, Terminal& terminal);
    void begin_due();
    void add(Desk& desk, std::unique_ptr<Job> job);

    void take_over(const Known& known, const Desk* ours);
    boost::asio::awaitable<void> refresh(const Desk* ours);
    boost::asio::awaitable<void> work(Desk& desk);
    boost::asio::awaitable<void> work_off(Desk& desk);
    boost::asio::awaitable<void> fail_waiting(Desk& desk);
    boost::asio::awaitable<bool> take_lease(Desk& desk, TerminalLease& lease);
    boost::asio::awaitable<void> keep_lease(Desk& desk, std::shared_ptr<TerminalLease> lease,
                                            std::shared_ptr<Watch> watch);
    boost::asio::awaitable<void> end_those_of_silent_daemons();
    bool is_still_wanted(Desk& desk, const Job& job, Terminal& terminal) const;
    boost::asio::awaitable<void> run_job(Desk& desk, Terminal& terminal, const Watch& watch);
    boost::asio::awaitable<void> refuse_job(Job& job, std::string reason);
    boost::asio::awaitable<bool> begin_row(Job& job, const Terminal& terminal);
    boost::asio::awaitable<void> store_outcome(Desk& desk, Terminal& terminal, Outcome outcome, Instant begun);
    boost::asio::awaitable<void> take_note_of(Desk& desk, Terminal& terminal, Outcome& outcome, Instant begun);
    // failures: in a row, for the schedule; nothing: it leaves that alone.
    boost::asio::awaitable<void> save(storage::PullRow row, std::optional<std::int64_t> failures = std::nullopt);
    static bool says_nothing(const Job& job, const std::optional<zk4370::PullFailure>& failure);
    boost::asio::awaitable<void> pause(std::chrono::milliseconds time);

    Visit::Where where(const Terminal& terminal, const Ask& ask) const;
    zk4370::PullRequest request_of(const Desk& desk, const Job& job) const;
    Session::Hooks hooks_for(Desk& desk, std::int64_t terminal_id);
    void judge(Desk& desk, const Terminal& terminal, const zk4370::PullResult& result);

    Parts parts_;
    const std::string holder_;                            // of our leases, unlike that of any other run
    std::map<std::string, std::unique_ptr<Desk>> desks_;  // by serial
    int working_ = 0;                                     // desks at work
    int open_ = 0;                                        // of them with a lease
    bool recording_ = false;
    Counts counts_;
    // Pulls that other daemons run, and since when the leases on which they do have not been beaten.
    struct Foreign {
        std::int64_t beat = 0;
        std::chrono::steady_clock::time_point since;
    };
    std::map<std::int64_t, Foreign> foreign_;
    bool stopping_ = false;
    OnLog on_log_;
};

}  // namespace presensi::pull
