#include "daemon/notify/outbox.hpp"

#include <algorithm>
#include <utility>

namespace presensi::notify {

void Outbox::drop_front() {
    waiting_.pop_front();
    ++dropped_;
}

void Outbox::add(Message message, Steady::time_point now) {
    while (waiting_.size() >= limits_.messages) drop_front();
    waiting_.push_back({std::move(message), now});
}

const Message* Outbox::due(Steady::time_point now) {
    while (!waiting_.empty() && now - waiting_.front().since > limits_.age) drop_front();
    return waiting_.empty() || now < not_before_ ? nullptr : &waiting_.front().message;
}

void Outbox::sent(const std::string& id) {
    if (!waiting_.empty() && waiting_.front().message.id == id) waiting_.pop_front();
    failures_ = 0;
    not_before_ = {};
}

void Outbox::refused(const std::string& id) {
    if (!waiting_.empty() && waiting_.front().message.id == id) drop_front();
    failures_ = 0;
    not_before_ = {};
}

void Outbox::failed(Steady::time_point now, double share) {
    constexpr unsigned most_doublings = 16;
    const auto doubled = limits_.first_retry * (1U << std::min(failures_++, most_doublings));
    const auto pause = std::min<std::chrono::milliseconds>(doubled, limits_.longest_retry);
    not_before_ = now + pause - std::chrono::duration_cast<Steady::duration>(pause * (share / 5));
}

}  // namespace presensi::notify
