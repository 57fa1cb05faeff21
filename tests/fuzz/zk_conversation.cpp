// A whole pull against a terminal that answers with whatever the input says.

#include "protocol/zk4370/conversation.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::zk4370;
using presensi::fuzz::require;

namespace {

// The input as a list of choices.
class Script {
public:
    explicit Script(std::string_view bytes) : bytes_(bytes) {}
    bool over() const { return at_ >= bytes_.size(); }
    unsigned byte() { return over() ? 0 : static_cast<unsigned char>(bytes_[at_++]); }
    std::string_view take(std::size_t count) {
        const auto piece = bytes_.substr(std::min(at_, bytes_.size()), count);
        at_ += count;
        return piece;
    }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

std::string two_bytes(std::uint16_t value) { return {static_cast<char>(value), static_cast<char>(value >> 8)}; }

std::string four_bytes(std::size_t value) {
    return two_bytes(static_cast<std::uint16_t>(value)) + two_bytes(static_cast<std::uint16_t>(value >> 16));
}

// A packet that gets past the checks of framing, so that what is behind them is reached.
std::string packet(std::uint16_t code, std::uint16_t session, std::uint16_t reply_id, std::string_view data,
                   Transport transport) {
    std::string body = two_bytes(code) + two_bytes(0) + two_bytes(session) + two_bytes(reply_id) + std::string(data);
    body.replace(2, 2, two_bytes(checksum(body)));
    if (transport == Transport::udp) return body;
    return std::string("\x50\x50\x82\x7d", 4) + four_bytes(body.size()) + body;
}

PullRequest request_of(unsigned choice) {
    PullRequest request;
    request.this_year = 2026;
    request.transport = (choice & 1) != 0 ? Transport::udp : Transport::tcp;
    request.attendance = (choice & 2) == 0;
    request.users = (choice & 4) != 0;
    request.operations = (choice & 8) != 0;
    request.lock = (choice & 16) != 0;
    request.enable_first = (choice & 32) != 0;
    request.comm_key = (choice & 64) != 0 ? 4711 : 0;
    if ((choice & 128) != 0) request.expected_serial = "TST1";
    request.most_bytes = 64 * 1024;
    request.most_records = 2000;
    return request;
}

constexpr std::uint16_t codes[] = {2000, 2001, 2005, 1500, 1501, 500, 2002, 2003, 65535, 9};

void play(PullConversation& pull, Script& script, const PullRequest& request) {
    std::uint16_t reply_id = 0;
    std::size_t steps = 0;
    bool disabled = request.enable_first;
    for (;; ++steps) {
        require(steps < 200'000, "a pull ends");
        const Step step = pull.next();
        if (std::holds_alternative<Finished>(step)) break;
        if (const auto* send = std::get_if<Send>(&step)) {
            const auto head = request.transport == Transport::tcp ? top_header_size : 0;
            require(send->bytes.size() >= head + header_size, "what is sent is a packet");
            reply_id = static_cast<std::uint16_t>(static_cast<unsigned char>(send->bytes[head + 6]) |
                                                  static_cast<unsigned char>(send->bytes[head + 7]) << 8);
            if (send->command == Command::disable) {
                require(request.lock, "nothing is disabled unasked");
                disabled = true;
            }
        } else if (std::holds_alternative<NoteDisabling>(step)) {
            require(!disabled || request.enable_first, "it is noted before");
            pull.noted();
        } else if (std::holds_alternative<Reconnect>(step)) {
            script.byte() % 4 == 0 ? pull.closed() : pull.connected();
        } else if (script.over()) {
            steps % 3 == 0 ? pull.closed() : pull.timed_out();
        } else {
            const auto how = script.byte();
            if (how == 255) {
                pull.closed();
            } else if (how == 254) {
                pull.timed_out();
            } else if (how == 253) {
                pull.stop("enough");
            } else if (how >= 240) {
                pull.received(script.take(script.byte()));
            } else {
                const auto code = codes[how % std::size(codes)];
                const auto low = script.byte();
                const auto session = static_cast<std::uint16_t>(low | script.byte() << 8);
                const auto off = how >= 200 ? script.byte() : 0;
                const auto size = script.byte() * (how >= 100 ? 16 : 1);
                pull.received(packet(code, session, static_cast<std::uint16_t>(reply_id + off), script.take(size),
                                     request.transport));
            }
        }
    }
    const PullResult& result = pull.result();
    require(!(result.failure && result.attendance), "a pull that failed brings no log");
    require(result.failure || result.attendance || !request.attendance, "a pull without a log has failed");
    require(disabled || !result.may_be_disabled, "what was not disabled need not be enabled");
    if (result.attendance) {
        const auto& batch = result.attendance->batch;
        if (!batch.punches.empty()) fuzz::reached("a pulled log");
        if (!batch.punches.empty() && request.users && result.users) fuzz::reached("a pulled log with users");
        if (!batch.punches.empty() && request.transport == Transport::udp) fuzz::reached("a pulled log over UDP");
        require(batch.punches.size() + batch.rejects.size() <= request.most_records, "no more than allowed");
    }
    if (result.failure) {
        require(!result.failure->sentence.empty(), "a failure is said");
        require(result.failure->raw.size() <= request.most_bytes + 70'000, "what is kept is bounded");
        require(result.failure->table != Table::users || result.failure->raw.empty(), "of users nothing raw is kept");
    }
}

void check(std::string_view bytes) {
    Script script(bytes);
    const PullRequest request = request_of(script.byte());
    PullConversation pull(request);
    play(pull, script, request);
}

const fuzz::Property property("zk_conversation", check);

}  // namespace
