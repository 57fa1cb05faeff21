#include "daemon/http/identity.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

#include "config/file_text.hpp"

namespace presensi::http {

namespace {

constexpr std::size_t largest_file = 256 * 1024;

// Forward secrecy and authenticated encryption only; TLS 1.3 has its own list, of which all are good.
constexpr const char* ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

// What a ticket is good for. Its keys live as long as the context: until the pair changes, and at most a day.
constexpr long ticket_seconds = 2 * 60 * 60;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string read_all(const std::filesystem::path& file, bool is_secret) {
    const auto content = config::read_file(file, largest_file);
    if (const auto* problem = std::get_if<config::Problem>(&content))
        throw std::runtime_error(file.string() + " " + problem->sentence);
    const auto& read = std::get<config::FileText>(content);
    if (read.text.empty()) throw std::runtime_error(file.string() + " is empty");
    if (is_secret && read.others_may_use)
        throw std::runtime_error(
            fmt::format("everybody on this machine can use {0}; run: chmod o-rwx {0}", file.string()));
    return read.text;
}

std::string what_openssl_says() {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason == nullptr ? "unknown" : reason;
}

// Nobody is there to ask for the password of a key.
int no_password(char*, int, int, void*) { return -1; }

Bio over(const std::string& text) { return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free}; }

std::vector<Certificate> read_chain(const std::string& pem, const std::filesystem::path& file) {
    const Bio bio = over(pem);
    std::vector<Certificate> chain;
    while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr))
        chain.emplace_back(certificate, X509_free);
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (chain.empty() || !at_end)
        throw std::runtime_error(
            fmt::format("{} holds no certificate in PEM ({})", file.string(), what_openssl_says()));
    ERR_clear_error();
    return chain;
}

Key read_key(const std::string& pem, const std::filesystem::path& file) {
    const Bio bio = over(pem);
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr), EVP_PKEY_free);
    if (!key)
        throw std::runtime_error(
            fmt::format("{} holds no private key in PEM without a password ({})", file.string(), what_openssl_says()));
    return key;
}

std::chrono::sys_seconds end_of(const X509& certificate) {
    std::tm time{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &time) != 1)
        throw std::runtime_error("the certificate does not say when it ends");
    return std::chrono::sys_seconds(std::chrono::seconds(timegm(&time)));
}

// No protocol is spoken here but HTTP/1.1; a client that wants only others is told so (RFC 7301).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, size, ours, sizeof ours - 1, offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

std::shared_ptr<SSL_CTX> new_context() {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context.get(), ciphers) != 1)
        throw std::runtime_error("TLS cannot be set up: " + what_openssl_says());
    SSL_CTX_set_options(context.get(),
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // No sessions are kept: what a client needs to go on is in its one ticket, encrypted by us.
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context.get(), 1);
    SSL_CTX_set_timeout(context.get(), ticket_seconds);
    // A connection that waits holds no buffers (http/stream.cpp).
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    // One record at a time, so that endless records without content do not keep the thread.
    SSL_CTX_clear_mode(context.get(), SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
    return context;
}

}  // namespace

struct Identity::Pair {
    std::string certificate;
    std::string key;
};

Identity::Identity(std::string listener, config::TlsSettings files)
    : listener_(std::move(listener)), files_(std::move(files)) {
    take({read_all(files_.certificate, false), read_all(files_.key, true)});
}

void Identity::take(const Pair& pair) {
    const auto chain = read_chain(pair.certificate, files_.certificate);
    const Key key = read_key(pair.key, files_.key);
    auto context = new_context();
    if (SSL_CTX_use_certificate(context.get(), chain.front().get()) != 1)
        throw std::runtime_error("the certificate cannot be used: " + what_openssl_says());
    if (SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1 || SSL_CTX_check_private_key(context.get()) != 1)
        throw std::runtime_error(fmt::format("{} is not the key of {} ({})", files_.key.string(),
                                             files_.certificate.string(), what_openssl_says()));
    auto expires = std::chrono::sys_seconds::max();
    for (const auto& certificate : chain) expires = std::min(expires, end_of(*certificate));
    for (auto link = chain.begin() + 1; link != chain.end(); ++link)
        SSL_CTX_add1_chain_cert(context.get(), link->get());
    context_ = std::move(context);
    expires_ = expires;
    certificate_sha256_ = sha256(pair.certificate);
    key_sha256_ = sha256(pair.key);
}

Identity::Renewal Identity::renew(bool anyway) {
    try {
        const Pair pair{read_all(files_.certificate, false), read_all(files_.key, true)};
        const bool same = sha256(pair.certificate) == certificate_sha256_ && sha256(pair.key) == key_sha256_;
        problem_.clear();
        if (same && !anyway) return Renewal::unchanged;
        take(pair);
        return same ? Renewal::unchanged : Renewal::renewed;
    } catch (const std::runtime_error& error) {
        problem_ = error.what();
        return Renewal::refused;
    }
}

std::unique_ptr<Identity> open_identity(const std::string& name, const config::ListenerSettings& listener) {
    try {
        return listener.tls.given() ? std::make_unique<Identity>(name, listener.tls) : nullptr;
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(fmt::format("{}.tls cannot be used: {}", name, error.what()));
    }
}

}  // namespace presensi::http
