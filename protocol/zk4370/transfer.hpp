#pragma once
// The packets of one bulk answer: PREPARE_DATA, DATA…, ACK_OK, or all of it in one packet (protocol-4370 § 3.5–3.8).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "protocol/zk4370/packet.hpp"

namespace presensi::zk4370 {

class Transfer {
public:
    enum class State : std::uint8_t {
        going_on,
        complete,      // bytes() is what was announced
        failed,        // may be asked for again: short, a gap, an answer of "error" or "later"
        refused,       // "error" or "unknown" before anything came
        unauthorized,  // the comm key was changed meanwhile
        too_big,
        unnumbered,  // UDP: several data packets that carry no numbers, so that nobody could tell their order
        broken,      // packets that make no sense here
    };

    // `asked` is the size of the piece that was asked for; nothing: whatever is announced. More than `most_bytes` is
    // too_big. `session` tells numbered data packets from others (protocol-4370 § 1.4).
    Transfer(Transport transport, std::uint16_t session, std::optional<std::size_t> asked, std::size_t most_bytes);

    State take(Packet packet);

    // No byte came for patience(). complete: only the final ACK is missing, and over UDP the bytes decide.
    State silent() const;

    // UDP: nothing came but an end. It is an empty table's whole answer, or what is left of one that was lost.
    bool is_bare_end() const { return end_seen_ && !announced_ && !gap_; }

    // For the next packet.
    std::chrono::milliseconds patience() const;

    const std::string& bytes() const { return bytes_; }
    std::string take_bytes() { return std::move(bytes_); }
    // Nothing: not yet told.
    std::optional<std::size_t> announced() const { return announced_; }

private:
    State take_useless();
    State take_announcement(const std::string& data);
    State take_data(Packet packet);
    State take_alone(std::string data, std::uint16_t number);
    State take_end(Packet packet);
    bool in_sequence(std::uint16_t number);
    bool all_here() const { return announced_ && bytes_.size() == *announced_; }

    Transport transport_;
    std::uint16_t session_;
    std::optional<std::size_t> asked_;
    std::size_t most_bytes_;
    std::optional<std::size_t> announced_;
    std::string bytes_;
    std::optional<std::uint16_t> last_number_;
    std::size_t useless_ = 0;  // doubled announcements, data out of sequence
    bool any_data_ = false;
    bool numbered_ = false;
    bool gap_ = false;       // UDP: a packet is missing, doubled or out of order
    bool end_seen_ = false;  // UDP: the final ACK overtook data
};

}  // namespace presensi::zk4370
