#include "tests/support/tls_server.hpp"

#include <openssl/ssl.h>

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>

namespace presensi::test {

TestCertificate::TestCertificate(const std::string& host) {
    const std::string command = fmt::format(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={0} -addext subjectAltName=DNS:{0} -keyout {1} "
        "-out "
        "{2} 2>/dev/null",
        host, key_file().string(), certificate_file().string());
    if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl cannot make a certificate");
}

struct TlsServer::Context {
    SSL_CTX* of_openssl = SSL_CTX_new(TLS_server_method());
    ~Context() { SSL_CTX_free(of_openssl); }
};

TlsServer::TlsServer(const TestCertificate& certificate, std::string answer)
    : context_(std::make_unique<Context>()), answer_(std::move(answer)) {
    SSL_CTX_use_certificate_file(context_->of_openssl, certificate.certificate_file().c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_->of_openssl, certificate.key_file().c_str(), SSL_FILETYPE_PEM);
    server_ = std::make_unique<TinyServer>([this](int socket) { serve(socket); });
}

TlsServer::~TlsServer() { server_.reset(); }

std::string TlsServer::taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
}

void TlsServer::serve(int socket) {
    SSL* const tls = SSL_new(context_->of_openssl);
    SSL_set_fd(tls, socket);
    char piece[4096];
    if (SSL_accept(tls) == 1) {
        // Head and body of what we send come in few pieces; the answer ends it.
        std::string request;
        for (int count = 0; (count = SSL_read(tls, piece, sizeof piece)) > 0;) {
            request.append(piece, static_cast<std::size_t>(count));
            const auto head = request.find("\r\n\r\n");
            const auto length = request.find("Content-Length: ");
            if (head == request.npos || length == request.npos) continue;
            if (request.size() >= head + 4 + std::stoul(request.substr(length + 16))) break;
        }
        {
            const std::lock_guard lock(mutex_);
            taken_ += request;
        }
        SSL_write(tls, answer_.data(), static_cast<int>(answer_.size()));
        SSL_shutdown(tls);
    }
    SSL_free(tls);
}

}  // namespace presensi::test
