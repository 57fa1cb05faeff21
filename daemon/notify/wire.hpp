#pragma once
// A connection that we open, with or without TLS, and what is said over it. Everything ends by its deadline.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/url.hpp"
#include "daemon/notify/names.hpp"

namespace presensi::notify {

// Empty: it worked; else why not, in a few words.
using Failure = std::string;

struct Reach {
    boost::asio::io_context& io;
    Names& names;
    std::filesystem::path ca_file;                                  // who signs; empty: whom this system trusts
    std::chrono::milliseconds patience = std::chrono::seconds(20);  // for all of one exchange
};

// Cuts an exchange from elsewhere, when we stop.
class Exchange {
public:
    void cut();

private:
    friend class Wire;
    std::weak_ptr<class Socket> socket_;
    bool cut_ = false;
};

struct HttpAsk {
    std::string method;
    std::vector<std::pair<std::string, std::string>> headers;  // values without control characters
    std::string body;
};
// Any answer of 2xx is success; redirections are not followed.
boost::asio::awaitable<Failure> ask_http(Reach reach, config::Url url, HttpAsk ask, std::shared_ptr<Exchange> exchange);

struct SmtpAsk {
    std::string relay;
    std::uint16_t port = 25;
    std::string our_name;
    std::string from;
    std::vector<std::string> to;
    std::string mail;  // with CRLF line ends
};
// RFC 5321, plain: to a relay of this network.
boost::asio::awaitable<Failure> send_mail(Reach reach, SmtpAsk ask, std::shared_ptr<Exchange> exchange);

}  // namespace presensi::notify
