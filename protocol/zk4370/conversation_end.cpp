// How a conversation fails, says goodbye, and goes on over another connection.
#include <utility>

#include "protocol/zk4370/conversation.hpp"

namespace presensi::zk4370 {

// Only while something is still to be had: what happens at the goodbye takes nothing back.
void PullConversation::fail(FailureKind kind, std::string sentence) {
    if (only_to_enable_) return enter(Stage::exiting);
    PullFailure failure{kind, std::move(sentence), std::nullopt, {}};
    if (attendance_read_) {
        failure.table = Table::attendance;
        failure.raw = std::move(attendance_raw_);
    } else if (reader_) {
        failure.table = reader_->table();
        // Of users nothing is kept that was not redacted (protocol-4370 § 4.5).
        if (reader_->table() != Table::users) failure.raw = reader_->take_buffer();
    }
    result_.failure = std::move(failure);
    close_after_freeing();
}

// Also after a failed read: what the terminal prepared is in its way (protocol-4370 § 3.7).
void PullConversation::close_after_freeing() {
    const bool reading = std::exchange(reader_, std::nullopt).has_value();
    if (reading) return enter(Stage::freeing);
    close();
}

void PullConversation::close() { enter(result_.may_be_disabled ? Stage::enabling : Stage::exiting); }

// No more words on this connection. A terminal that may be disabled gets one more, only for that (protocol-4370 § 2.5).
void PullConversation::lose_connection() {
    reader_.reset();
    exchange_.reset();
    if (!result_.may_be_disabled || enable_tried_anew_) return enter(Stage::finished);
    only_to_enable_ = true;
    enable_tried_anew_ = true;
    ++exchange_.statistics().reconnects;
    enter(Stage::reconnecting);
}

// To try again. The goodbye frees the terminal's only session slot (protocol-4370 § 2.3); nobody waits for its answer.
void PullConversation::reconnect() {
    exchange_.ask(Request::exit());
    ++exchange_.statistics().reconnects;
    enter(Stage::reconnecting);
}

void PullConversation::connected() {
    if (stage_ != Stage::reconnecting) return;
    exchange_.reset();
    enter(Stage::connecting);
}

void PullConversation::closed() {
    if (stage_ == Stage::finished || stage_ == Stage::exiting) return enter(Stage::finished);
    if (reads_lesser_table()) {
        // Some may hang up at a table that they do not know; the log is still to be had.
        fail_or_lose_table(
            FailureKind::disconnected,
            "The terminal hung up while its " + std::string(to_string(reader_->table())) + " table was read.");
        exchange_.reset();  // no goodbye to nobody
        return;
    }
    if (!is_closing()) {
        fail(FailureKind::disconnected,
             exchange_.in_packet() ? "The connection ended in the middle of an answer." : "The connection ended.");
    } else if (stage_ == Stage::reconnecting && !only_to_enable_) {
        fail(FailureKind::disconnected, "The terminal stopped answering and could not be connected to again.");
    }
    lose_connection();
    result_.statistics = exchange_.statistics();
}

void PullConversation::noted() {
    if (stage_ != Stage::noting) return;
    noted_ = true;
    enter(Stage::disabling);
}

void PullConversation::stop(std::string sentence) {
    if (only_to_enable_ || (is_closing() && stage_ != Stage::reconnecting)) return;
    const bool connected = stage_ != Stage::reconnecting && stage_ != Stage::connecting;
    fail(FailureKind::stopped, std::move(sentence));
    if (!connected) lose_connection();
}

PullProgress PullConversation::progress() const {
    using Phase = PullProgress::Phase;
    if (stage_ == Stage::connecting || stage_ == Stage::authenticating) return {Phase::connecting, {}, 0, 0};
    if (reader_) return {Phase::reading, reader_->table(), reader_->bytes_done(), reader_->bytes_announced()};
    return {is_closing() ? Phase::closing : Phase::asking, {}, 0, 0};
}

std::chrono::seconds PullConversation::time_limit() const {
    using namespace std::chrono_literals;
    constexpr std::size_t slowest = 2048;  // bytes per second (protocol-4370 § 3.9)
    // The session itself, and each table's preparation.
    const auto tables = static_cast<int>(request_.attendance) + request_.users + request_.operations;
    const std::size_t bytes = announced_ + largest_announced_;
    return 60s + 60s * tables + std::chrono::seconds(bytes / slowest);
}

}  // namespace presensi::zk4370
