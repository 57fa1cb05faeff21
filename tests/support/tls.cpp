#include "tests/support/tls.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <csignal>
#include <cstdlib>

namespace presensi::test {

namespace {

template <typename Write>
std::string pem_of(const Write& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    write(bio.get());
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

KeyPair make_key_pair(const std::string& name, std::chrono::hours good_for) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    const auto seconds = static_cast<long>(std::chrono::seconds(good_for).count());
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600L * 24 * 400);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                               -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    return {pem_of([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); }),
            pem_of([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
}

struct TlsConnection::Parts {
    explicit Parts(std::uint16_t port) : line(port) {}
    RawConnection line;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> tls{nullptr, SSL_free};
    bool greeted = false;
    std::string unread;
};

TlsConnection::TlsConnection(std::uint16_t port, const Manner& manner) : parts_(std::make_unique<Parts>(port)) {
    std::signal(SIGPIPE, SIG_IGN);
    SSL_CTX* context = parts_->context.get();
    SSL_CTX_set_security_level(context, 0);  // what is old is for the server to refuse
    SSL_CTX_set_min_proto_version(context, manner.oldest);
    SSL_CTX_set_max_proto_version(context, manner.newest);
    if (!manner.ciphers.empty()) SSL_CTX_set_cipher_list(context, manner.ciphers.c_str());
    parts_->tls.reset(SSL_new(context));
    SSL* tls = parts_->tls.get();
    if (!manner.protocols.empty())
        SSL_set_alpn_protos(tls, reinterpret_cast<const unsigned char*>(manner.protocols.data()),
                            static_cast<unsigned>(manner.protocols.size()));
    SSL_set_fd(tls, parts_->line.descriptor());
    parts_->greeted = SSL_connect(tls) == 1;
}

TlsConnection::~TlsConnection() = default;

bool TlsConnection::greeted() const { return parts_->greeted; }

std::string TlsConnection::peer_name() const {
    const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(parts_->tls.get()), X509_free);
    char name[256] = "";
    if (shown) X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name, sizeof name);
    return name;
}

std::string TlsConnection::version() const { return SSL_get_version(parts_->tls.get()); }

std::string TlsConnection::protocol() const {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(parts_->tls.get(), &chosen, &size);
    return {reinterpret_cast<const char*>(chosen), size};
}

bool TlsConnection::renegotiate() {
    SSL_renegotiate(parts_->tls.get());
    return SSL_do_handshake(parts_->tls.get()) == 1;
}

bool TlsConnection::send(std::string_view bytes) {
    return bytes.empty() || SSL_write(parts_->tls.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
}

RawResponse TlsConnection::receive() {
    RawResponse response;
    char buffer[16384];
    std::string& unread = parts_->unread;
    for (;;) {
        const auto end = unread.find("\r\n\r\n");
        if (end != std::string::npos) {
            response.head = unread.substr(0, end + 2);
            const auto length = std::strtoul(response.header("Content-Length").c_str(), nullptr, 10);
            if (unread.size() >= end + 4 + length) {
                response.status = std::atoi(response.head.substr(9, 3).c_str());
                response.body = unread.substr(end + 4, length);
                unread.erase(0, end + 4 + length);
                return response;
            }
        }
        const int count = SSL_read(parts_->tls.get(), buffer, sizeof buffer);
        if (count <= 0) return response;
        unread.append(buffer, static_cast<std::size_t>(count));
    }
}

std::string TlsConnection::receive_to_end() {
    char buffer[16384];
    for (;;) {
        const int count = SSL_read(parts_->tls.get(), buffer, sizeof buffer);
        if (count <= 0) return std::move(parts_->unread);
        parts_->unread.append(buffer, static_cast<std::size_t>(count));
    }
}

RawResponse exchange_by_tls(std::uint16_t port, std::string_view request) {
    TlsConnection connection(port);
    if (!connection.greeted() || !connection.send(request)) return {};
    return connection.receive();
}

}  // namespace presensi::test
