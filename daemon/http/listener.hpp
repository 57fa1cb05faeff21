#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

#include "daemon/http/connections.hpp"
#include "daemon/http/session.hpp"

namespace presensi::http {

// One port: accepts, limits, and closes what is overdue.
class Listener {
public:
    // All references outlive it. `handed`: a listening socket of the service manager to use instead, which stays its;
    // it has to be at this address. -1: none.
    Listener(boost::asio::io_context& io, const std::string& name, const std::string& address, std::uint16_t port,
             Connections::Limits limits, BodyBudget& budget, Service& service, SessionPolicy policy, int handed = -1);

    // Binds and listens; throws std::runtime_error with a sentence when the address cannot be had.
    void open();
    void start();           // after open()
    void stop_accepting();  // closes the acceptor and every connection that has no request under way
    void close_all();
    // For what comes from now on: the limits of a configuration that was read anew.
    void set_limits(Connections::Limits connections, std::size_t header, std::size_t body);

    std::uint16_t port() const { return port_; }  // after open() the one that it really is
    const Connections& connections() const { return connections_; }
    bool idle() const { return connections_.size() == 0; }
    void close_overdue() { connections_.close_overdue(Steady::now()); }

private:
    void bind(const boost::asio::ip::tcp::endpoint& endpoint);
    void adopt(int handed, const boost::asio::ip::tcp::endpoint& wanted);
    boost::asio::awaitable<void> run();
    bool begin_session(boost::asio::ip::tcp::socket socket);
    boost::asio::awaitable<void> wait_for_descriptors();

    boost::asio::io_context& io_;
    std::string name_;
    std::string address_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::uint16_t port_;
    int handed_;
    Steady::time_point last_short_{};
    Connections connections_;
    BodyBudget& budget_;
    Service& service_;
    SessionPolicy policy_;
};

}  // namespace presensi::http
