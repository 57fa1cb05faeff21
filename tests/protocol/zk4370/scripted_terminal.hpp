#pragma once
// A terminal that plays a recorded conversation of conversations.json (see INDEX.md there). Our client asks more, and
// in another order: recorded answers go to the next request of their command, with session and reply id adapted.

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "tests/protocol/zk4370/drive.hpp"
#include "tests/protocol/zk4370/vectors.hpp"

namespace presensi::test {

class ScriptedTerminal : public TestTerminal {
public:
    // `serial` is what it says to be, which no recording holds; empty: it does not know the option.
    explicit ScriptedTerminal(const boost::json::object& conversation, std::string serial = {});

    Answer answer(const zk4370::Packet& request) override;

    // Requests that were recorded and came otherwise: "command: recorded data, data".
    const std::vector<std::string>& differences() const { return differences_; }

private:
    struct Exchange {
        zk4370::Packet request;
        std::vector<zk4370::Packet> answers;
        bool closes = false;
    };

    Answer unrecorded(const zk4370::Packet& request) const;

    zk4370::Transport transport_;
    std::string serial_;
    std::uint16_t session_ = 0x2f51;
    std::map<std::uint16_t, std::deque<Exchange>> recorded_;  // by command, in their order
    std::vector<std::string> differences_;
};

}  // namespace presensi::test
