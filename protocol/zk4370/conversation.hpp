#pragma once
// A pull as an object that says what it wants next; the caller has the socket and the clock.
//
//     PullConversation pull(request);                   // a connection is there (TCP), or a connected socket (UDP)
//     for (;;) {
//         Step step = pull.next();
//         Send           write its bytes, all of them; on UDP they are one datagram
//         Wait           read; then received(bytes) with what one call returned (UDP: one datagram), or timed_out()
//                        after `patience`, or closed()
//         NoteDisabling  write down durably that the terminal may be disabled, then noted()
//         Reconnect      close, connect anew, then connected(); or closed() if that fails
//         Finished       close; result() is complete
//     }
//
// It ends with CMD_EXIT wherever a connection is left to say it on, and with CMD_ENABLEDEVICE before if it disabled the
// terminal, on a new connection if need be (protocol-4370 § 2.3, § 2.5). Writing that fails is closed(). It never
// throws for what a terminal does. It holds at most PullRequest::most_bytes of a table (twice that for a moment), one
// packet, and what is decoded of PullRequest::most_records.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/zk4370/exchange.hpp"
#include "protocol/zk4370/pull_request.hpp"
#include "protocol/zk4370/pull_result.hpp"
#include "protocol/zk4370/table_reader.hpp"

namespace presensi::zk4370 {

struct Wait {
    std::chrono::milliseconds patience{};
    // The time begins now. If not, it goes on from the Wait before: events and late replies win nobody any time. While
    // a table is read over TCP every byte does, for on a slow line one packet takes long; time_limit() ends that.
    bool restart = false;
};
struct NoteDisabling {};
struct Reconnect {
    bool only_to_enable = false;  // the pull itself has failed; log and count it as such
};
struct Finished {};

// Send is that of exchange.hpp: bytes, and the command for the log line.
using Step = std::variant<Send, Wait, NoteDisabling, Reconnect, Finished>;

// For people who watch.
struct PullProgress {
    enum class Phase : std::uint8_t { connecting, asking, reading, closing };
    Phase phase = Phase::connecting;
    std::optional<Table> table;       // while reading
    std::size_t bytes_done = 0;       // of that table
    std::size_t bytes_announced = 0;  // 0: not yet known
};

class PullConversation {
public:
    explicit PullConversation(PullRequest request);

    // What to do now. Call it after every other call, until Wait, NoteDisabling, Reconnect or Finished.
    Step next();

    void received(std::string_view bytes);
    void timed_out();
    void closed();
    void noted();
    void connected();

    // Gives up, for the reason in the sentence (a shutdown, the whole pull's deadline), still enabling and saying
    // goodbye: go on with next(). Does nothing when it is already closing.
    void stop(std::string sentence);

    PullProgress progress() const;

    // How long the whole pull may take, from the beginning: the limits of protocol-4370 § 3.9 for what was asked and
    // announced so far. It grows when a table is announced. Past it, stop(): single steps have their own patience, but
    // a terminal that sends a byte now and then outlasts all of them.
    std::chrono::seconds time_limit() const;

    // The facts are there as soon as they were told; the tables and the failure when Finished.
    const PullResult& result() const { return result_; }
    PullResult take_result() { return std::move(result_); }

private:
    enum class Stage : std::uint8_t {
        connecting,
        authenticating,
        enabling_first,
        serial,
        platform,
        model,
        mac,
        firmware,
        clock,
        counters_before,
        noting,
        disabling,
        reading,
        counters_after,
        freeing,  // from here on it is closing
        enabling,
        exiting,
        reconnecting,
        finished,
    };

    // conversation.cpp: the session
    void enter(Stage stage);
    void ask(const Request& request, std::chrono::milliseconds patience);
    void answered(Packet packet);
    void connect_answered(const Packet& packet);
    void serial_answered(const Packet& packet);
    void simple_answered(const Packet& packet);
    void enable_answered(const Packet& packet);
    void simple_timed_out();
    void session_open();
    bool is_closing() const { return only_to_enable_ || stage_ >= Stage::freeing; }

    // conversation_end.cpp: failures, goodbyes, other connections
    void fail(FailureKind kind, std::string sentence);
    void lose_connection();
    void reconnect();
    void close();
    void close_after_freeing();

    // conversation_tables.cpp: which table next, and what became of it
    void begin_tables();
    void next_table();
    void begin_table(Table table);
    void move(TableReader::Move move);
    void table_complete();
    void table_refused();
    bool reads_lesser_table() const;  // one that the pull can do without
    void fail_or_lose_table(FailureKind kind, std::string sentence);
    void table_failed(Table table, FailureKind kind, std::string sentence, std::string raw);
    void take_users_table(std::string buffer);
    void take_operations_table(std::string buffer);
    void finish_attendance();
    const UserIds& user_ids() const;

    PullRequest request_;
    PullResult result_;
    Exchange exchange_;
    Stage stage_ = Stage::connecting;
    std::chrono::milliseconds patience_{};
    bool fresh_ = true;      // the next Wait begins its time
    bool repeated_ = false;  // the request under way has been sent twice

    std::vector<Table> plan_;            // still to be read
    std::optional<TableReader> reader_;  // of the table being read
    std::string attendance_raw_;         // read, not yet checked: the counters come first
    std::size_t announced_ = 0;          // bytes of the tables that were read, for time_limit()
    std::size_t largest_announced_ = 0;  // of the one being read, also before it was begun again
    bool attendance_read_ = false;
    bool tables_begun_ = false;

    bool noted_ = false;           // the caller has written down that it may be disabled
    bool only_to_enable_ = false;  // this connection has no other purpose
    bool enable_tried_anew_ = false;
};

}  // namespace presensi::zk4370
