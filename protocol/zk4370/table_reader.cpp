#include "protocol/zk4370/table_reader.hpp"

#include <algorithm>
#include <utility>

#include "protocol/zk4370/little_endian.hpp"

namespace presensi::zk4370 {

namespace {

using namespace std::chrono_literals;

// protocol-4370 § 3.9
constexpr auto prepare_patience = 60s;
constexpr auto free_patience = 5s;
constexpr int most_prepares = 2;
constexpr int most_retries = 3;  // of a piece, before it is halved, and again after

std::uint32_t piece_size(const PullRequest& request) {
    const std::uint32_t largest = request.transport == Transport::tcp ? largest_piece_tcp : largest_piece_udp;
    return request.piece == 0 ? largest : std::min(request.piece, largest);
}

// Slots are 16 bits wide, and the operations are a side matter: what is longer is no table of a terminal.
std::size_t most_bytes(Table table, const PullRequest& request) {
    constexpr std::size_t most_users = 65'536 * 72 + 4;
    constexpr std::size_t most_operations = 131'072 * 16 + 4;
    switch (table) {
        case Table::users:
            return std::min(request.most_bytes, most_users);
        case Table::operations:
            return std::min(request.most_bytes, most_operations);
        case Table::attendance:
            break;
    }
    return request.most_bytes;
}

}  // namespace

TableReader::TableReader(Table table, const PullRequest& request)
    : table_(table),
      transport_(request.transport),
      piece_size_(piece_size(request)),
      most_bytes_(most_bytes(table, request)) {}

TableReader::Move TableReader::begin(std::uint16_t session) {
    session_ = session;
    buffer_.clear();
    total_ = 0;
    transfer_.reset();
    // A buffer that an earlier session left behind is in the way (protocol-4370 § 3.7).
    stage_ = Stage::freeing_before;
    return Ask{Request::free_data(), free_patience};
}

TableReader::Move TableReader::prepare() {
    if (direct_) return ask_direct();
    stage_ = Stage::preparing;
    ++prepares_;
    return Ask{Request::prepare(table_), prepare_patience};
}

TableReader::Move TableReader::answered(Packet packet) {
    if (packet.code == reply::unauthorized) return broken(FailureKind::unauthorized, "asks for the comm key again");
    switch (stage_) {
        case Stage::freeing_before:
            return prepare();  // its failure is no error (protocol-4370 § 3.7)
        case Stage::preparing:
            if (packet.code != reply::retry && packet.code != reply::repeat) prepares_ = 0;
            return prepare_answered(std::move(packet));
        case Stage::freeing_after:
            return Complete{};
        case Stage::answer:
        case Stage::piece:
        case Stage::direct:
            break;
    }
    const auto state = transfer_->take(std::move(packet));
    return transfer_moved(state);
}

// protocol-4370 § 3.3
TableReader::Move TableReader::prepare_answered(Packet packet) {
    constexpr std::size_t announcement = 13;
    switch (packet.code) {
        case reply::data:
        case reply::ok_data:
            stage_ = Stage::answer;
            transfer_.emplace(transport_, session_, std::nullopt, most_bytes_);
            return transfer_moved(transfer_->take(std::move(packet)));
        case reply::prepare_data:
            if (packet.data.size() >= announcement) return pieces_announced(packet);
            // The AK3750 kind: the data follow at once (protocol-4370 § 1.1, § 4.3).
            stage_ = Stage::answer;
            transfer_.emplace(transport_, session_, std::nullopt, most_bytes_);
            return transfer_moved(transfer_->take(std::move(packet)));
        case reply::ok:
            if (!packet.data.empty()) return pieces_announced(packet);
            // One of the forms of an empty table (protocol-4370 § 3.7); over UDP also the end of an answer that was
            // lost.
            stage_ = Stage::answer;
            transfer_.emplace(transport_, session_, std::nullopt, most_bytes_);
            return transfer_moved(transfer_->take(std::move(packet)));
        case reply::retry:
        case reply::repeat:
            if (prepares_ < most_prepares) return begin(session_);
            return broken(FailureKind::refused, "keeps asking to be asked later");
        case reply::error:
        case reply::unknown:
        case reply::error_command:
        case reply::error_init:
        case reply::error_data:
            direct_ = true;
            return ask_direct();
        default:
            return broken(FailureKind::protocol_error,
                          "answers the request for it with a " + std::string(code_name(packet.code)) + " packet");
    }
}

TableReader::Move TableReader::pieces_announced(const Packet& packet) {
    if (packet.data.size() < 5) return broken(FailureKind::protocol_error, "announces it without a size");
    total_ = u32_at(packet.data, 1);
    if (total_ > most_bytes_) return too_big();
    return total_ == 0 ? free_after() : ask_piece();
}

TableReader::Move TableReader::ask_piece() {
    stage_ = Stage::piece;
    const std::size_t size = std::min<std::size_t>(piece_size_, total_ - buffer_.size());
    transfer_.emplace(transport_, session_, size, size);
    return Ask{Request::piece(static_cast<std::uint32_t>(buffer_.size()), static_cast<std::uint32_t>(size)),
               transfer_->patience()};
}

TableReader::Move TableReader::ask_direct() {
    if (table_ == Table::operations) return Refused{};
    stage_ = Stage::direct;
    total_ = 0;
    transfer_.emplace(transport_, session_, std::nullopt, most_bytes_);
    return Ask{table_ == Table::users ? Request::direct_users() : Request::direct_attendance(), prepare_patience};
}

TableReader::Move TableReader::transfer_moved(Transfer::State state) {
    if (stage_ != Stage::piece && transfer_->announced()) total_ = *transfer_->announced();
    switch (state) {
        case Transfer::State::going_on:
            return KeepWaiting{transfer_->patience()};
        case Transfer::State::complete:
            return transfer_complete();
        case Transfer::State::failed:
            return try_again();
        case Transfer::State::refused:
            if (stage_ == Stage::direct) return Refused{};
            return try_again();
        case Transfer::State::unauthorized:
            return broken(FailureKind::unauthorized, "asks for the comm key again");
        case Transfer::State::too_big:
            return too_big();
        case Transfer::State::unnumbered:
            return ask_single_packets();
        case Transfer::State::broken:
            break;
    }
    return broken(FailureKind::protocol_error, "sends packets that do not belong into the transfer");
}

TableReader::Move TableReader::transfer_complete() {
    buffer_ += transfer_->take_bytes();
    transfer_.reset();
    tries_ = 0;
    if (stage_ == Stage::piece && buffer_.size() < total_) return ask_piece();
    return free_after();
}

// Pieces of one packet each: then nothing can come in another order.
TableReader::Move TableReader::ask_single_packets() {
    const auto packet = static_cast<std::uint32_t>(transfer_->bytes().size());
    if (stage_ != Stage::piece || packet >= piece_size_) {
        return broken(FailureKind::protocol_error,
                      "sends packets without numbers, whose order nobody can check over UDP");
    }
    piece_size_ = packet;
    return ask_piece();
}

// The same once more; a piece that fails often is halved once (protocol-4370 § 3.9).
TableReader::Move TableReader::try_again() {
    if (++tries_ > most_retries) {
        if (stage_ != Stage::piece || halved_)
            return broken(FailureKind::truncated, "does not give all of what it announces, however often it is asked");
        halved_ = true;
        tries_ = 0;
        piece_size_ = std::max<std::uint32_t>(piece_size_ / 2, 1);
    }
    if (stage_ == Stage::piece) return ask_piece();
    transfer_.reset();
    return stage_ == Stage::direct ? ask_direct() : begin(session_);
}

TableReader::Move TableReader::timed_out(bool in_packet) {
    switch (stage_) {
        case Stage::freeing_after:
            return Complete{};
        case Stage::freeing_before:
            return in_packet ? reconnect() : prepare();
        case Stage::preparing:
            if (prepares_ >= most_prepares) return broken(FailureKind::timed_out, "stopped answering");
            // Still preparing, perhaps: one more time, after throwing away what it made (protocol-4370 § 3.9).
            return in_packet ? reconnect() : begin(session_);
        case Stage::answer:
        case Stage::piece:
        case Stage::direct:
            break;
    }
    const auto state = transfer_->silent();
    if (state == Transfer::State::complete) return transfer_complete();
    // Said twice, the table is empty.
    if (transfer_->is_bare_end() && ++bare_ends_ > 1) return transfer_complete();
    return transport_ == Transport::tcp ? reconnect() : try_again();
}

TableReader::Move TableReader::reconnect() {
    if (++reconnects_ > most_retries) {
        if (halved_) return broken(FailureKind::timed_out, "stopped answering");
        halved_ = true;
        piece_size_ = std::max<std::uint32_t>(piece_size_ / 2, 1);
    }
    return Reconnect{};
}

TableReader::Move TableReader::free_after() {
    total_ = std::max(total_, buffer_.size());
    stage_ = Stage::freeing_after;
    return Ask{Request::free_data(), free_patience};
}

TableReader::Move TableReader::broken(FailureKind kind, std::string what) const {
    return Broken{
        kind, "While the " + std::string(to_string(table_)) + " table was read, the terminal " + std::move(what) + "."};
}

TableReader::Move TableReader::too_big() const {
    return broken(FailureKind::too_big, "announced more than the limit of " + std::to_string(most_bytes_) + " bytes");
}

std::size_t TableReader::bytes_done() const { return buffer_.size() + (transfer_ ? transfer_->bytes().size() : 0); }

std::string TableReader::take_buffer() {
    if (transfer_) buffer_ += transfer_->take_bytes();
    transfer_.reset();
    return std::move(buffer_);
}

}  // namespace presensi::zk4370
