#pragma once
// TLS from the other side: certificates of our own making, and a blocking client that takes whatever is shown to it.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tests/support/raw_http.hpp"

namespace presensi::test {

struct KeyPair {
    std::string certificate;  // PEM
    std::string key;
};

// Signed by itself; of this name, good until so long after now.
KeyPair make_key_pair(const std::string& name, std::chrono::hours good_for);

class TlsConnection {
public:
    struct Manner {
        int oldest = 0;  // as in SSL_CTX_set_min_proto_version; 0: whatever OpenSSL has
        int newest = 0;
        std::string ciphers{};    // of TLS 1.2 and before; empty: all
        std::string protocols{};  // ALPN, as on the wire
    };
    explicit TlsConnection(std::uint16_t port, const Manner& manner);
    explicit TlsConnection(std::uint16_t port) : TlsConnection(port, Manner{}) {}
    ~TlsConnection();
    TlsConnection(const TlsConnection&) = delete;
    TlsConnection& operator=(const TlsConnection&) = delete;

    bool greeted() const;
    std::string peer_name() const;  // of its certificate
    std::string version() const;
    std::string protocol() const;  // ALPN
    bool renegotiate();            // the client asks; false: refused
    bool send(std::string_view bytes);
    RawResponse receive();
    std::string receive_to_end();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

RawResponse exchange_by_tls(std::uint16_t port, std::string_view request);

}  // namespace presensi::test
