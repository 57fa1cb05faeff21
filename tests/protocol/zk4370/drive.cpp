#include "tests/protocol/zk4370/drive.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>

#include "tests/protocol/zk4370/terminal_packets.hpp"

namespace presensi::test {

using namespace zk4370;

namespace {

// A pull that needs more steps than this does not end.
constexpr std::size_t most_steps = 2'000'000;

class Driver {
public:
    Driver(const PullRequest& request, TestTerminal& terminal, Driving driving)
        : transport_(request.transport), terminal_(terminal), driving_(std::move(driving)), pull_(request) {}

    Driven run() {
        for (std::size_t steps = 0;; ++steps) {
            if (steps > most_steps) FAIL("the pull does not end");
            const Step step = pull_.next();
            if (std::holds_alternative<Finished>(step)) break;
            if (const auto* send = std::get_if<Send>(&step)) take(*send);
            if (const auto* wait = std::get_if<Wait>(&step)) this->wait(*wait);
            if (std::holds_alternative<NoteDisabling>(step)) {
                ++out_.notings;
                pull_.noted();
            }
            if (std::holds_alternative<zk4370::Reconnect>(step)) reconnect();
        }
        out_.on_air = !closed_ && !garbage_;
        out_.result = pull_.take_result();
        return std::move(out_);
    }

private:
    void take(const Send& send) {
        std::optional<Packet> packet;
        if (transport_ == Transport::tcp) {
            PacketStream stream;
            stream.append(send.bytes);
            packet = stream.next();
            CHECK_FALSE(stream.in_packet());
        } else {
            packet = decode_packet(send.bytes);
        }
        REQUIRE(packet);
        CHECK(packet->intact);
        CHECK(packet->code == static_cast<std::uint16_t>(send.command));
        out_.commands.push_back(packet->code);
        if (closed_ && cuts_++ % 2 == 0) return pull_.closed();  // the write may fail, or seem not to
        if (closed_ || packet->code == reply::ok) return;
        if (!waiting_.empty()) ++out_.asked_early;
        const Fault fault = out_.requests++ == driving_.fault_at ? driving_.fault : Fault::none;
        answer(*packet, fault);
    }

    void answer(const Packet& request, Fault fault) {
        if (fault == Fault::silence) return;
        if (fault == Fault::close) {
            closed_ = true;
            return;
        }
        if (request.code == 1003) out_.disabled = true;
        if (request.code == 1002) out_.disabled = false;
        if (fault == Fault::error) {
            push(framed(transport_, reply::error, request.session_field, request.reply_id, ""));
            return;
        }
        if (fault == Fault::garbage) {
            garbage_ = transport_ == Transport::tcp;
            push("HTTP/1.1 400 Bad Request\r\n\r\n");
            return;
        }
        auto answer = terminal_.answer(request);
        if (!answer.packets.empty()) out_.greeted = true;
        if (!answer.packets.empty() && fault == Fault::wrong_checksum) answer.packets.front()[fault_byte()] ^= 1;
        if (!answer.packets.empty() && fault == Fault::cut_answer) {
            answer.packets.back().pop_back();
            answer.closes = answer.closes || (cuts_++ % 2 == 0 && transport_ == Transport::tcp);
        }
        for (auto& packet : answer.packets) push(std::move(packet));
        if (answer.closes) closed_ = true;
    }

    // Inside the checksum.
    std::size_t fault_byte() const { return transport_ == Transport::tcp ? 10 : 2; }

    void push(std::string packet) { waiting_.push_back(std::move(packet)); }

    void wait(const Wait& wait) {
        CHECK(wait.patience.count() > 0);
        if (waiting_.empty()) {
            if (closed_) {
                pull_.closed();
            } else {
                out_.waited += wait.patience;
                pull_.timed_out();
            }
            return;
        }
        if (transport_ == Transport::udp) {
            const std::string datagram = std::move(waiting_.front());
            waiting_.pop_front();
            pull_.received(datagram);
            return;
        }
        std::string bytes;
        std::size_t all = 0;
        for (const auto& packet : waiting_) all += packet.size();
        const std::size_t most = driving_.cut ? driving_.cut(all) : all;
        while (!waiting_.empty() && bytes.size() < most) {
            auto& front = waiting_.front();
            const auto taken = std::min(front.size(), most - bytes.size());
            bytes += front.substr(0, taken);
            front.erase(0, taken);
            if (front.empty()) waiting_.pop_front();
        }
        pull_.received(bytes);
    }

    void reconnect() {
        ++out_.reconnects;
        waiting_.clear();
        closed_ = false;
        garbage_ = false;
        if (terminal_.accepts_connections()) {
            terminal_.connected_again();
            pull_.connected();
        } else {
            closed_ = true;
            pull_.closed();
        }
    }

    Transport transport_;
    TestTerminal& terminal_;
    Driving driving_;
    PullConversation pull_;
    std::deque<std::string> waiting_;
    bool closed_ = false;
    bool garbage_ = false;
    std::size_t cuts_ = 0;
    Driven out_;
};

}  // namespace

std::string to_string(Fault fault) {
    switch (fault) {
        case Fault::none:
            return "none";
        case Fault::silence:
            return "silence";
        case Fault::close:
            return "close";
        case Fault::error:
            return "error";
        case Fault::garbage:
            return "garbage";
        case Fault::wrong_checksum:
            return "wrong checksum";
        case Fault::cut_answer:
            return "cut answer";
    }
    return "";
}

std::size_t Driven::sent(Command command) const {
    return static_cast<std::size_t>(std::count(commands.begin(), commands.end(), static_cast<std::uint16_t>(command)));
}

Driven drive(PullRequest request, TestTerminal& terminal, Driving driving) {
    return Driver(request, terminal, std::move(driving)).run();
}

}  // namespace presensi::test
