#include "daemon/pull/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace presensi::pull {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto connect_patience = 5s;  // protocol-4370 § 3.9
constexpr auto write_patience = 10s;
// For enabling and goodbyes after a stop, on a new connection if need be; then the line is cut.
constexpr auto closing_patience = 30s;

}  // namespace

Session::Session(asio::io_context& io, const Endpoint& endpoint, zk4370::PullRequest request, Hooks hooks)
    : endpoint_(endpoint), hooks_(std::move(hooks)), link_(io, endpoint), conversation_(std::move(request)) {}

asio::awaitable<bool> Session::connect() {
    const auto outcome = co_await link_.connect(Steady::now() + connect_patience);
    if (outcome == Link::Outcome::timed_out) why_unreachable_ = "it does not answer";
    if (outcome == Link::Outcome::closed) why_unreachable_ = link_.error().message();
    co_return outcome == Link::Outcome::done;
}

asio::awaitable<void> Session::run() {
    const bool is_connected = co_await connect();
    if (!is_connected) {
        unreachable_ = true;
        conversation_.closed();
    }
    for (;;) {
        keep_to_time();
        zk4370::Step step = conversation_.next();
        if (std::holds_alternative<zk4370::Finished>(step)) break;
        if (auto* bytes = std::get_if<zk4370::Send>(&step)) {
            co_await send(std::move(*bytes));
        } else if (const auto* patience = std::get_if<zk4370::Wait>(&step)) {
            co_await wait(*patience);
        } else if (std::holds_alternative<zk4370::NoteDisabling>(step)) {
            co_await note_disabling();
        } else {
            link_.close();
            const bool again = co_await connect();
            again ? conversation_.connected() : conversation_.closed();
        }
    }
    link_.close();
    const auto& failure = conversation_.result().failure;
    // By UDP nothing tells before the first question.
    if (endpoint_.transport == zk4370::Transport::udp && failure &&
        conversation_.result().statistics.bytes_received == 0 && failure->kind != zk4370::FailureKind::stopped) {
        unreachable_ = true;
        why_unreachable_ = "it does not answer";
    }
}

zk4370::PullResult Session::take_result() {
    zk4370::PullResult result = conversation_.take_result();
    if (unreachable_ && result.failure) {
        result.failure->sentence = fmt::format("Nobody is at {}: {}.", describe(endpoint_), why_unreachable_);
    }
    return result;
}

asio::awaitable<void> Session::send(zk4370::Send send) {
    if (send.command == zk4370::Command::clock) clock_sent_ = hooks_.now();
    const auto outcome = co_await link_.write(send.bytes, Steady::now() + write_patience);
    if (outcome != Link::Outcome::done) conversation_.closed();
}

asio::awaitable<void> Session::wait(zk4370::Wait wait) {
    if (wait.restart) patience_until_ = Steady::now() + wait.patience;
    const auto over = stopped_at_ ? *stopped_at_ + closing_patience : begun_ + conversation_.time_limit();
    const Link::Received received = co_await link_.read(std::min(patience_until_, over));
    switch (received.outcome) {
        case Link::Outcome::done:
            conversation_.received(received.bytes);
            break;
        case Link::Outcome::closed:
            conversation_.closed();
            break;
        case Link::Outcome::timed_out:
            if (Steady::now() >= patience_until_) conversation_.timed_out();
            break;
    }
    if (!clock_asked_at_ && clock_sent_ && conversation_.result().clock_raw) {
        clock_asked_at_ = *clock_sent_ + (hooks_.now() - *clock_sent_) / 2;
    }
}

asio::awaitable<void> Session::note_disabling() {
    bool written = false;
    try {
        co_await hooks_.note_disabling();
        written = true;
    } catch (const std::exception&) {
        // Below: no await in a handler.
    }
    if (written) {
        conversation_.noted();
    } else {
        stop("It could not be written down that the terminal is about to be disabled, so it was not.");
    }
}

void Session::stop(std::string sentence) {
    if (!stopped_at_) stopped_at_ = Steady::now();
    conversation_.stop(std::move(sentence));
    link_.interrupt();
}

// A terminal that sends a byte now and then outlasts the patience of every single step.
void Session::keep_to_time() {
    const auto now = Steady::now();
    const auto limit = conversation_.time_limit();
    if (!stopped_at_ && now >= begun_ + limit) {
        stop(fmt::format("The pull took longer than the {} s that it may.", limit.count()));
    }
    if (stopped_at_ && now >= *stopped_at_ + closing_patience) {
        link_.close();
        conversation_.closed();
    }
}

}  // namespace presensi::pull
