#pragma once
// The bytes of one connection, plain or by TLS. OpenSSL works on the socket itself when it is ready: Asio's own
// ssl::stream holds four buffers of 17 KiB for as long as a connection lives, which 16,384 that only wait would not
// have (docs/decisions/0012).

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

struct ssl_st;

namespace presensi::http {

class Identity;

class Stream {
public:
    // `identity` null: plain.
    Stream(boost::asio::ip::tcp::socket socket, const Identity* identity);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    boost::asio::ip::tcp::socket& socket() { return socket_; }

    // What a listener with TLS does before the first byte of HTTP. False: the peer left or speaks something else.
    boost::asio::awaitable<bool> greet();
    // The number of bytes, at least one; 0: the peer ended, or the connection is broken or was closed by us.
    boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer into);
    boost::asio::awaitable<bool> write(std::string_view bytes);
    // Nothing more comes from us. False: it is broken.
    bool end();

private:
    boost::asio::awaitable<bool> wait_for(int result);

    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_;
    bool greeted_ = false;
};

}  // namespace presensi::http
