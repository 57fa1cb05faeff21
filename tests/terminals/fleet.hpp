#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/terminals/http_client.hpp"
#include "tests/terminals/ledger.hpp"
#include "tests/terminals/profile.hpp"

namespace presensi::terminals {

// In percent of the uploads; clock in percent of the terminals.
struct Faults {
    int cut = 0;        // the connection ends in the middle of a body
    int lost = 0;       // the answer is not read, and the batch is sent again
    int duplicate = 0;  // an acknowledged batch is sent again
    int clock = 0;      // years ahead, 2000-01-01, or half an hour behind
    // In percent of the polls, and of the bodies with results of commands.
    int poll = 0;         // the answer to a poll is not read
    int late_result = 0;  // the results of commands go out with a later poll
    int lost_result = 0;  // the answer to them is not read, so they are sent again
};

enum class Scenario {
    morning,   // everybody punches between 07:00 and 08:05, most around 07:50
    catch_up,  // `records` are there already: what an outage leaves
    trickle,   // without end, until stop_creating()
    portable   // carried to an apel at 07:05 where no network is, and plugged in again at `delivers_at`
};

struct FleetOptions {
    Url server;
    std::optional<Url> other_server;  // terminals hop between the two
    int terminals = 60;
    int employees = 4000;
    std::vector<Profile> profiles{Profile::x100c};  // by turns
    std::string serial_prefix = "TSTSIM";
    std::uint64_t seed = 1;
    double speed = 60;  // simulated seconds per second; 0: as fast as it goes
    std::chrono::local_days date{};
    std::chrono::minutes zone{480};  // east of UTC
    Scenario scenario = Scenario::morning;
    std::chrono::seconds outage{0};               // simulated, from 07:40 on, for every third terminal
    int outage_every = 3;                         // … or another n-th
    bool forgets_outage = false;                  // what it records without contact is sent only when it is asked for
    std::vector<std::string> unknown_commands{};  // verbs that these terminals do not know, "VERIFY SUM ATTLOG"
    std::chrono::seconds delivers_at{10 * 3600};  // since midnight, of portable
    int absent = 0;                               // the last so many stay away, of portable
    int moved = 0;                                // the first so many come back with another address, of portable
    std::chrono::seconds begins{7 * 3600};        // time of day at the start
    std::chrono::seconds trickle_every{1};        // simulated, from one record of a terminal to its next, of trickle
    bool stay = false;                            // go on polling when there is nothing left to deliver, until stop()
    int records = 1000;                           // per terminal, of catch_up
    int batch = 0;                                // lines per POST at most; 0: as the family does
    Faults faults;
    std::chrono::milliseconds error_delay{200};  // pause after anything but an acknowledgement
    std::chrono::milliseconds idle{5};           // pause while there is nothing to do
    int sources = 1;                             // loopback addresses to come from
    bool keep_alive = false;
};

struct Totals {
    std::uint64_t posts = 0;
    std::uint64_t acknowledged = 0;  // POSTs
    std::uint64_t refused = 0;       // an answer that was no acknowledgement
    std::uint64_t no_answer = 0;
    std::uint64_t polls = 0;
    std::uint64_t cut = 0;
    std::uint64_t lost = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t wrong_count = 0;     // OK: n with another n
    std::uint64_t bad_options = 0;     // an option block that a terminal would misread
    std::uint64_t bad_polls = 0;       // an answer to a poll that is neither OK nor a command
    std::uint64_t commands = 0;        // executed
    std::uint64_t commands_twice = 0;  // … again, though that does harm
    std::uint64_t results = 0;         // of commands, taken by the server
    std::uint64_t sent_again = 0;      // records, because they were asked for
    std::string first_complaint;
    std::vector<float> milliseconds;  // of acknowledged POSTs
};

std::string serial_of(const FleetOptions& options, int terminal);

// Terminals that behave like real ones, each with its memory: a record stays until it is acknowledged.
class Fleet {
public:
    Fleet(boost::asio::io_context& io, FleetOptions options);
    ~Fleet();

    void start();
    // These may be called from another thread.
    void stop_creating() { creating_ = false; }
    bool settled() const;  // nothing more is created, and all that was is acknowledged
    void stop() { running_ = false; }
    void set_clock(int terminal, std::chrono::seconds ahead);  // of what it records from now on
    Totals totals() const;
    const Ledger& ledger() const { return ledger_; }
    int active() const { return active_; }  // coroutines that still run

private:
    class Terminal;
    friend class Terminal;

    void one_is_through();
    void count(std::uint64_t Totals::*counter);
    void complain(std::uint64_t Totals::*counter, const std::string& what);
    bool happens(int percent);

    boost::asio::io_context& io_;
    FleetOptions options_;
    Ledger ledger_;
    std::uint64_t random_;
    std::chrono::steady_clock::time_point started_;
    std::atomic<bool> creating_{true};
    std::atomic<bool> running_{true};
    std::atomic<int> creators_{0};  // terminals that will still create records
    std::atomic<int> active_{0};
    int delivering_ = 0;  // terminals whose run() goes on; of the I/O thread
    mutable std::mutex mutex_;
    Totals totals_;
    std::vector<std::unique_ptr<Terminal>> terminals_;
};

}  // namespace presensi::terminals
