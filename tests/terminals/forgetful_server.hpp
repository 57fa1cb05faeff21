#pragma once
// A small ADMS server with faults of its own, to see that the ledger and the comparison notice them.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tests/terminals/ledger.hpp"

namespace presensi::terminals {

class ForgetfulServer {
public:
    struct Manners {
        int forget_every = 0;           // acknowledges this and stores nothing
        int double_every = 0;           // shows this one twice in its feed
        int refuse_every = 0;           // 503
        int hang_up_every = 0;          // stores, and ends the connection without an answer
        int miscount_every = 0;         // OK: n + 1
        bool cut_options = false;       // an option block without its last line end
        int forget_terminal_after = 0;  // so many uploads, then 403 until the next handshake
        bool no_length = false;         // answers end with the connection
        bool circular_feed = false;     // the last page leads back to the first
        int late_feed = 0;              // its feed shows nothing the first so many times
        bool wrong_zone = false;        // tells terminals TimeZone=7
        bool forget_states = false;     // its feed shows every state as 0
        bool chatty = false;            // answers polls with something that is no command
    };

    ForgetfulServer(boost::asio::io_context& io, Manners manners);
    void stop();
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    std::size_t stored() const { return stored_.size(); }

private:
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
    std::string answer(const std::string& head, const std::string& body);  // empty: hang up
    std::string take_upload(const std::string& serial, const std::string& body);
    std::string feed(const std::string& after);
    bool every(int& counter, int period) { return period > 0 && ++counter % period == 0; }

    boost::asio::io_context& io_;
    boost::asio::ip::tcp::acceptor acceptor_;
    Manners manners_;
    std::set<Key> stored_;
    std::vector<Key> order_;
    Details details_;
    int forgot_ = 0;
    int doubled_ = 0;
    int refused_ = 0;
    int hung_up_ = 0;
    int miscounted_ = 0;
    int uploads_ = 0;
    int feeds_ = 0;
    bool forgotten_ = false;
};

}  // namespace presensi::terminals
