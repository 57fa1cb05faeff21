#pragma once
// Reads one table: buffered in pieces, or directly on old firmware (protocol-4370 § 3). Says what to ask; the exchange
// asks it. The steps: free, prepare, piece…, free; or free, prepare (refused), direct, free.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "protocol/zk4370/pull_request.hpp"
#include "protocol/zk4370/pull_result.hpp"
#include "protocol/zk4370/request.hpp"
#include "protocol/zk4370/transfer.hpp"

namespace presensi::zk4370 {

class TableReader {
public:
    // Send it under a new reply id, and wait that long for a byte.
    struct Ask {
        Request request;
        std::chrono::milliseconds patience{};
    };
    struct KeepWaiting {
        std::chrono::milliseconds patience{};
    };
    // Close, connect, and begin() again: where the stream is, nobody knows (protocol-4370 § 3.9).
    struct Reconnect {};
    struct Complete {};
    struct Refused {};  // neither way gives the table: also how some firmware says that it is empty
    struct Broken {
        FailureKind kind = FailureKind::protocol_error;
        std::string sentence;
    };
    using Move = std::variant<Ask, KeepWaiting, Reconnect, Complete, Refused, Broken>;

    TableReader(Table table, const PullRequest& request);

    // The first request, in `session`; on a new connection all is read from its beginning.
    Move begin(std::uint16_t session);
    Move answered(Packet packet);
    // `in_packet`: a part of an answer has come.
    Move timed_out(bool in_packet);

    Table table() const { return table_; }
    // What has come so far, with its prefix; all of it after Complete.
    std::size_t bytes_done() const;
    std::size_t bytes_announced() const { return total_; }  // 0: not yet known
    std::string take_buffer();

private:
    enum class Stage : std::uint8_t { freeing_before, preparing, answer, piece, direct, freeing_after };

    Move prepare();
    Move prepare_answered(Packet packet);
    Move pieces_announced(const Packet& packet);
    Move ask_piece();
    Move ask_direct();
    Move transfer_moved(Transfer::State state);
    Move transfer_complete();
    Move try_again();
    Move ask_single_packets();
    Move reconnect();
    Move free_after();
    Move broken(FailureKind kind, std::string what) const;
    Move too_big() const;

    Table table_;
    Transport transport_;
    std::uint32_t piece_size_;
    std::size_t most_bytes_;

    Stage stage_ = Stage::freeing_before;
    std::uint16_t session_ = 0;
    std::string buffer_;
    std::size_t total_ = 0;
    std::optional<Transfer> transfer_;
    bool direct_ = false;  // 1503 was refused
    int prepares_ = 0;     // times that 1503 was asked
    int tries_ = 0;        // failed ones, of the piece at hand or the direct read
    int reconnects_ = 0;
    int bare_ends_ = 0;
    bool halved_ = false;
};

}  // namespace presensi::zk4370
