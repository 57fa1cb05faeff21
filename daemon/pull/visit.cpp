#include "daemon/pull/visit.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace presensi::pull {

namespace asio = boost::asio;
using zk4370::FailureKind;
using zk4370::Transport;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

}  // namespace

bool is_inside(const std::string& address, const std::vector<config::Network>& networks) {
    return std::any_of(networks.begin(), networks.end(),
                       [&](const auto& network) { return network.contains(address); });
}

Visit::Visit(asio::io_context& io, Where where, zk4370::PullRequest request, Session::Hooks hooks)
    : io_(io), where_(std::move(where)), request_(std::move(request)), hooks_(std::move(hooks)) {}

void Visit::refuse(FailureKind kind, std::string sentence) {
    outcome_.result = {};
    outcome_.result.may_be_disabled = request_.enable_first;
    outcome_.result.failure = zk4370::PullFailure{kind, std::move(sentence), std::nullopt, {}};
}

// Resolved once; what was checked is what is connected to.
asio::awaitable<std::vector<asio::ip::address>> Visit::resolve(const Place& place) {
    std::vector<asio::ip::address> found;
    boost::system::error_code not_an_address;
    const auto address = asio::ip::make_address(place.host, not_an_address);
    if (!not_an_address) {
        found.push_back(address);
    } else {
        asio::ip::tcp::resolver resolver(io_);
        const auto [error, entries] = co_await resolver.async_resolve(place.host, std::string(), no_throw);
        for (const auto& entry : entries) {
            const auto each = entry.endpoint().address();
            if (std::find(found.begin(), found.end(), each) == found.end()) found.push_back(each);
        }
        if (error || found.empty()) {
            refuse(FailureKind::no_answer, fmt::format("No address is known for {}.", place.host));
            co_return found;
        }
    }
    if (!where_.networks) co_return found;
    const auto all = found.size();
    std::erase_if(found, [this](const auto& each) { return !is_inside(each.to_string(), *where_.networks); });
    if (found.empty() && all > 0) {
        refuse(
            FailureKind::refused,
            fmt::format("{} is not in pull.networks of the configuration, so it is never connected to.", place.host));
    }
    co_return found;
}

asio::awaitable<bool> Visit::try_at(const Endpoint& endpoint) {
    request_.transport = endpoint.transport;
    session_ = std::make_unique<Session>(io_, endpoint, request_, hooks_);
    co_await session_->run();
    const bool unreachable = session_->unreachable();
    // Its note of being disabled goes with the result that has it.
    outcome_ = {session_->take_result(), endpoint, session_->clock_asked_at()};
    const auto& failure = outcome_.result.failure;
    // An address that now is somebody else's: the terminal may be at the next.
    const bool somebody_else = failure && failure->kind == FailureKind::wrong_terminal;
    co_return !stopped_.empty() || !(unreachable || somebody_else);
}

asio::awaitable<bool> Visit::try_both(Endpoint endpoint) {
    if (where_.only) endpoint.transport = *where_.only;
    bool there = co_await try_at(endpoint);
    // Where somebody else is by TCP, he is by UDP.
    if (there || where_.only || !session_->unreachable()) co_return there;
    auto by_tcp = std::exchange(outcome_, {});
    endpoint.transport = Transport::udp;
    there = co_await try_at(endpoint);
    if (!there && session_->unreachable()) outcome_ = std::move(by_tcp);  // the plainer sentence
    co_return there;
}

asio::awaitable<Outcome> Visit::run() {
    refuse(FailureKind::no_answer, "No address of this terminal is known.");
    for (const Place& place : where_.places) {
        const auto addresses = co_await resolve(place);
        for (const auto& address : addresses) {
            if (!stopped_.empty()) refuse(FailureKind::stopped, stopped_);
            if (!stopped_.empty()) co_return std::move(outcome_);
            const Endpoint endpoint{address, place.port, Transport::tcp};
            const bool there = co_await try_both(endpoint);
            if (there) co_return std::move(outcome_);
        }
    }
    co_return std::move(outcome_);
}

void Visit::stop(std::string sentence) {
    stopped_ = sentence;
    if (session_) session_->stop(std::move(sentence));
}

zk4370::PullProgress Visit::progress() const { return session_ ? session_->progress() : zk4370::PullProgress{}; }

}  // namespace presensi::pull
