#pragma once
// Plays a pull against a terminal that is a function, with whatever cuts of the stream and faults a test wants.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "protocol/zk4370/conversation.hpp"

namespace presensi::test {

// The other side: it is asked packet by packet.
class TestTerminal {
public:
    virtual ~TestTerminal() = default;

    struct Answer {
        std::vector<std::string> packets;  // framed; each is a datagram on UDP
        bool closes = false;               // behind them
    };
    virtual Answer answer(const zk4370::Packet& request) = 0;
    virtual void connected_again() {}
    virtual bool accepts_connections() const { return true; }
};

// What goes wrong at one request of a pull, counted from 0.
enum class Fault { none, silence, close, error, garbage, wrong_checksum, cut_answer };
inline constexpr Fault all_faults[] = {Fault::silence, Fault::close,          Fault::error,
                                       Fault::garbage, Fault::wrong_checksum, Fault::cut_answer};
std::string to_string(Fault fault);

struct Driving {
    // How many bytes the next read brings, of those that wait; none: all of them.
    std::function<std::size_t(std::size_t waiting)> cut;
    std::size_t fault_at = 0;
    Fault fault = Fault::none;
};

// What the pull did.
struct Driven {
    zk4370::PullResult result;
    std::vector<std::uint16_t> commands;  // in the order in which they were sent
    std::size_t requests = 0;             // of these, all but answers to events
    std::size_t asked_early = 0;          // requests while something was still coming
    std::size_t notings = 0;
    std::size_t reconnects = 0;
    bool disabled = false;               // the last of 1002 and 1003 that reached the terminal was 1003
    bool on_air = true;                  // the last connection was still good when it ended
    bool greeted = false;                // and had got an answer
    std::chrono::milliseconds waited{};  // patience that ran out

    std::size_t sent(zk4370::Command command) const;
};

Driven drive(zk4370::PullRequest request, TestTerminal& terminal, Driving driving = {});

}  // namespace presensi::test
