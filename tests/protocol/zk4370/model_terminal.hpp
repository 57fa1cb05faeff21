#pragma once
// A small model of a terminal: tables behind every shape of answer that protocol-4370 § 3 knows, over a network that
// loses and doubles datagrams.

#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "tests/protocol/zk4370/drive.hpp"

namespace presensi::test {

struct ModelShape {
    zk4370::Transport transport = zk4370::Transport::tcp;
    std::string serial = "TST0000000051";
    std::uint32_t comm_key = 0;

    std::string attendance;  // whole buffers, prefix included
    std::string users;
    std::string operations;
    std::optional<std::uint32_t> records;  // counted before the log is read; nothing: a short counter reply
    std::uint32_t grows = 0;               // counted more after it
    std::uint32_t counted_users = 0;

    std::size_t inline_limit = 0;      // a table up to this comes in the answer to 1503
    std::size_t packet_data = 1008;    // data bytes per CMD_DATA
    bool announces_with_1500 = false;  // instead of 2000
    bool data_follow_prepare = false;  // the AK3750 kind: the answer to 1503 is the transfer
    bool small_piece_alone = false;    // a piece of one packet comes without PREPARE_DATA and ACK
    bool trailing_ack = false;         // an ACK behind such a piece, and behind an inline answer
    bool numbers_packets = true;       // in the session field
    bool direct_only = false;          // refuses 1503
    bool direct_inline = false;        // and gives a direct table in the ACK

    // Out of 1000 chances each, per packet or answer.
    unsigned events = 0;
    unsigned late_replies = 0;
    unsigned lost = 0;     // UDP
    unsigned doubled = 0;  // UDP
    unsigned swapped = 0;  // UDP
};

class ModelTerminal : public TestTerminal {
public:
    ModelTerminal(ModelShape shape, std::uint32_t seed);

    Answer answer(const zk4370::Packet& request) override;
    void connected_again() override { session_ = 0; }

    bool authorized() const { return authorized_; }

private:
    void reply_with(std::uint16_t code, std::string_view data);
    void packet(std::uint16_t code, std::uint16_t session_field, std::string_view data);
    void transfer(std::string_view bytes);
    void prepared(std::string_view table);
    void direct(std::string_view table);
    std::string table_of(std::uint16_t inner) const;
    std::string counters();
    std::string option(std::string_view keyword) const;
    void disturb();
    bool chance(unsigned per_thousand) { return per_thousand > 0 && random_() % 1000 < per_thousand; }

    ModelShape shape_;
    std::mt19937 random_;
    std::uint16_t session_ = 0;
    std::uint16_t reply_id_ = 0;
    bool authorized_ = false;
    bool log_read_ = false;
    std::string buffer_;  // what 1503 prepared
    Answer out_;
};

}  // namespace presensi::test
