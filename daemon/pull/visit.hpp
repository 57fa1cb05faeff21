#pragma once
// Finds a terminal where it may be, and pulls it there.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/network.hpp"
#include "daemon/pull/session.hpp"

namespace presensi::pull {

struct Place {
    std::string host;  // an address or a name
    std::uint16_t port = 4370;
    bool operator==(const Place&) const = default;
};

// The address, as its digits say it, is in one of the networks.
bool is_inside(const std::string& address, const std::vector<config::Network>& networks);

// What a visit brought.
struct Outcome {
    zk4370::PullResult result;
    Endpoint endpoint;                      // where it was, or where it was looked for last
    std::optional<Instant> clock_asked_at;  // see Session
};

class Visit {
public:
    // networks: only addresses in these are connected to; nothing: any (a person at a laptop says where).
    struct Where {
        std::vector<Place> places;  // tried in this order, each by TCP and then UDP, until the terminal is there
        std::optional<std::vector<config::Network>> networks;
        std::optional<zk4370::Transport> only{};  // by no other
    };

    // The request's transport does not matter.
    Visit(boost::asio::io_context& io, Where where, zk4370::PullRequest request, Session::Hooks hooks);

    boost::asio::awaitable<Outcome> run();
    void stop(std::string sentence);
    zk4370::PullProgress progress() const;

private:
    boost::asio::awaitable<std::vector<boost::asio::ip::address>> resolve(const Place& place);
    // True: it was there, or we are to stop.
    boost::asio::awaitable<bool> try_at(const Endpoint& endpoint);
    boost::asio::awaitable<bool> try_both(Endpoint endpoint);
    void refuse(zk4370::FailureKind kind, std::string sentence);

    boost::asio::io_context& io_;
    Where where_;
    zk4370::PullRequest request_;
    Session::Hooks hooks_;
    std::unique_ptr<Session> session_;
    Outcome outcome_;
    std::string stopped_;  // the sentence, if we are to stop
};

}  // namespace presensi::pull
