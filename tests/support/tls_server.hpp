#pragma once
// A server with a certificate of its own, for what we send by https.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_server.hpp"

namespace presensi::test {

// Signed by itself, for this host name.
class TestCertificate {
public:
    explicit TestCertificate(const std::string& host);
    std::filesystem::path certificate_file() const { return folder_.path() / "certificate.pem"; }
    std::filesystem::path key_file() const { return folder_.path() / "key.pem"; }

private:
    TemporaryFolder folder_;
};

// Answers each request of a connection with `answer`, over TLS.
class TlsServer {
public:
    TlsServer(const TestCertificate& certificate, std::string answer);
    ~TlsServer();
    std::uint16_t port() const { return server_->port(); }
    std::string taken() const;  // everything that came, deciphered

private:
    void serve(int socket);

    struct Context;
    std::unique_ptr<Context> context_;
    const std::string answer_;
    mutable std::mutex mutex_;
    std::string taken_;
    std::unique_ptr<TinyServer> server_;
};

}  // namespace presensi::test
