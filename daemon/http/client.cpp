#include "daemon/http/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <iterator>
#include <memory>

namespace presensi::http {

namespace {

using boost::asio::ip::tcp;

class Plain {
public:
    Plain(const std::string& address, std::uint16_t port, std::chrono::seconds patience) {
        stream_.expires_after(patience);
        stream_.connect(address, std::to_string(port));
    }
    bool is_open() { return static_cast<bool>(stream_); }
    bool send(std::string_view bytes) {
        stream_.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush();
        return static_cast<bool>(stream_);
    }
    std::string receive_all() {
        stream_.clear();  // a refusal may have come before all of it was sent
        return {std::istreambuf_iterator<char>(stream_), {}};
    }

private:
    tcp::iostream stream_;
};

// The peer is whoever has the key of this one certificate: the daemon whose configuration we read.
class Tls {
public:
    Tls(const std::string& address, std::uint16_t port, std::chrono::seconds patience,
        const std::filesystem::path& certificate)
        : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), tls_(nullptr, SSL_free) {
        boost::system::error_code error;
        const auto ip = boost::asio::ip::make_address(address, error);
        if (error || !context_) return;
        socket_.connect({ip, port}, error);
        if (error) return;
        const timeval time{static_cast<time_t>(patience.count()), 0};
        setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
        setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
        std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to the socket as to a file
        tls_.reset(SSL_new(context_.get()));
        SSL_set_fd(tls_.get(), socket_.native_handle());
        open_ = SSL_connect(tls_.get()) == 1 && is_the_one(certificate);
    }
    bool is_open() const { return open_; }
    bool send(std::string_view bytes) {
        return bytes.empty() || SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
    }
    std::string receive_all() {
        std::string all;
        char buffer[16384];
        for (;;) {
            const int count = SSL_read(tls_.get(), buffer, sizeof buffer);
            if (count <= 0) return all;
            all.append(buffer, static_cast<std::size_t>(count));
        }
    }

private:
    bool is_the_one(const std::filesystem::path& file) const {
        const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_file(file.c_str(), "r"), BIO_free);
        if (!bio) return false;
        const std::unique_ptr<X509, decltype(&X509_free)> expected(
            PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
        const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(tls_.get()), X509_free);
        return expected && shown && X509_cmp(expected.get(), shown.get()) == 0;
    }

    boost::asio::io_context io_;
    tcp::socket socket_{io_};
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
    bool open_ = false;
};

std::optional<Answer> decode_answer(const std::string& all) {
    const auto end = all.find("\r\n\r\n");
    constexpr std::size_t status_at = 9;  // HTTP/1.1 200
    Answer answer;
    if (end == all.npos || !all.starts_with("HTTP/1.")) return std::nullopt;
    const auto [rest, error] = std::from_chars(all.data() + status_at, all.data() + status_at + 3, answer.status);
    if (error != std::errc()) return std::nullopt;
    answer.body = all.substr(end + 4);
    return answer;
}

template <typename Line>
std::optional<Answer> ask_on(Line&& line, const std::string& host, const Question& question) {
    if (!line.is_open()) return std::nullopt;
    // HTTP/1.0: the answer ends with the connection.
    const std::string token = question.token.empty() ? "" : "\r\nAuthorization: Bearer " + question.token;
    bool going = line.send(question.method + ' ' + question.target + " HTTP/1.0\r\nHost: " + host +
                           "\r\nContent-Type: " + question.content_type +
                           "\r\nContent-Length: " + std::to_string(question.body.size()) + token + "\r\n\r\n");
    constexpr std::size_t piece = 256 * 1024;
    for (std::size_t sent = 0; sent < question.body.size() && going;) {
        const std::size_t count = std::min(piece, question.body.size() - sent);
        going = line.send(std::string_view(question.body).substr(sent, count));
        sent += count;
        if (question.on_sent) question.on_sent(sent);
    }
    return decode_answer(line.receive_all());
}

}  // namespace

std::optional<Answer> ask(const std::string& address, std::uint16_t port, const Question& question,
                          std::chrono::seconds patience, const std::filesystem::path& certificate) {
    const std::string host = address.find(':') != std::string::npos ? "[" + address + "]" : address;
    if (certificate.empty()) return ask_on(Plain(address, port, patience), host, question);
    return ask_on(Tls(address, port, patience, certificate), host, question);
}

}  // namespace presensi::http
