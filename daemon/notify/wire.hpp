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

struct Patience {
    std::chrono::milliseconds connect = std::chrono::seconds(5);  // with each address of a host
    std::chrono::milliseconds http = std::chrono::seconds(20);    // with all of an exchange, once connected
    // RFC 5321 § 4.5.3.2: five minutes for a command, ten for the answer to the dot behind a mail.
    std::chrono::milliseconds mail_step = std::chrono::minutes(5);
    std::chrono::milliseconds mail_end = std::chrono::minutes(10);
};

struct Reach {
    boost::asio::io_context& io;
    Names& names;
    std::filesystem::path ca_file;  // who signs; empty: whom this system trusts
    Patience patience{};
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
// What became of a message.
struct Outcome {
    Failure failure;          // empty: it is theirs, as far as anybody can know
    bool for_good = false;    // refused, however often it is tried
    bool unanswered = false;  // all of it arrived and nothing was said to it; a second time might be once too often
    // Of those that others got: "alarms.mail.to[1]: 550 5.1.1".
    std::vector<std::string> refused_recipients;
};
// RFC 5321, plain: to a relay of this network.
boost::asio::awaitable<Outcome> send_mail(Reach reach, SmtpAsk ask, std::shared_ptr<Exchange> exchange);

}  // namespace presensi::notify
