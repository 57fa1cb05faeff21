#include "daemon/http/stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>

#include "daemon/http/identity.hpp"

namespace presensi::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

// OpenSSL's own socket BIO keeps the number of a descriptor, which another connection has after ours was closed, and
// knows nothing of MSG_NOSIGNAL. This one asks the socket each time.
int descriptor_of(BIO* bio) { return static_cast<tcp::socket*>(BIO_get_data(bio))->native_handle(); }

bool may_come_again() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int write_to_socket(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const auto count = ::send(descriptor_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (count < 0 && may_come_again()) BIO_set_retry_write(bio);
    return static_cast<int>(count);
}

int read_from_socket(BIO* bio, char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const auto count = ::recv(descriptor_of(bio), bytes, static_cast<std::size_t>(size), 0);
    if (count < 0 && may_come_again()) BIO_set_retry_read(bio);
    return static_cast<int>(count);
}

long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* socket_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "asio socket");
        BIO_meth_set_write(made, write_to_socket);
        BIO_meth_set_read(made, read_from_socket);
        BIO_meth_set_ctrl(made, control);
        return made;
    }();
    return method;
}

void free_tls(SSL* tls) { SSL_free(tls); }

}  // namespace

Stream::Stream(tcp::socket socket, const Identity* identity) : socket_(std::move(socket)), tls_(nullptr, free_tls) {
    if (identity == nullptr) return;
    error_code ignored;
    socket_.native_non_blocking(true, ignored);
    tls_.reset(SSL_new(identity->context().get()));
    BIO* bio = BIO_new(socket_method());
    if (!tls_ || bio == nullptr) {
        BIO_free(bio);
        throw std::bad_alloc();
    }
    BIO_set_data(bio, &socket_);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls_.get(), bio, bio);
    SSL_set_accept_state(tls_.get());
}

Stream::~Stream() { ERR_clear_error(); }

// After a call that returned `result`: false where trying again is of no use.
asio::awaitable<bool> Stream::wait_for(int result) {
    const int what = SSL_get_error(tls_.get(), result);
    if (what != SSL_ERROR_WANT_READ && what != SSL_ERROR_WANT_WRITE) co_return false;
    const auto side = what == SSL_ERROR_WANT_READ ? tcp::socket::wait_read : tcp::socket::wait_write;
    const auto [error] = co_await socket_.async_wait(side, no_throw);
    co_return !error;
}

asio::awaitable<bool> Stream::greet() {
    if (!tls_) co_return true;
    for (;;) {
        ERR_clear_error();
        const int result = SSL_do_handshake(tls_.get());
        greeted_ = result == 1;
        if (greeted_) co_return true;
        const bool again = co_await wait_for(result);
        if (!again) co_return false;
    }
}

asio::awaitable<std::size_t> Stream::read_some(asio::mutable_buffer into) {
    if (!tls_) {
        const auto [error, count] = co_await socket_.async_read_some(into, no_throw);
        co_return error ? 0 : count;
    }
    for (;;) {
        ERR_clear_error();
        std::size_t count = 0;
        const int result = SSL_read_ex(tls_.get(), into.data(), into.size(), &count);
        if (result == 1) {
            // As for every other reader: between two pieces it is another connection's turn.
            const auto executor = socket_.get_executor();
            co_await asio::post(executor, asio::use_awaitable);
            co_return count;
        }
        const bool again = co_await wait_for(result);
        if (!again) co_return 0;
    }
}

asio::awaitable<bool> Stream::write(std::string_view bytes) {
    if (!tls_) {
        const auto buffer = asio::buffer(bytes.data(), bytes.size());
        const auto [error, count] = co_await asio::async_write(socket_, buffer, no_throw);
        co_return !error;
    }
    while (!bytes.empty()) {
        ERR_clear_error();
        std::size_t count = 0;
        const int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count);
        if (result == 1) {
            bytes.remove_prefix(count);
            continue;
        }
        const bool again = co_await wait_for(result);
        if (!again) co_return false;
    }
    co_return true;
}

bool Stream::end() {
    if (greeted_) {
        // One alert; whether the peer answers it is its own matter.
        ERR_clear_error();
        SSL_shutdown(tls_.get());
    }
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    return !error;
}

}  // namespace presensi::http
