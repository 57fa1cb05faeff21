#pragma once
// The certificate with which a listener shows itself, renewed while it serves (docs/decisions/0012).

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "config/settings.hpp"
#include "protocol/sha256.hpp"

struct ssl_ctx_st;

namespace presensi::http {

class Identity {
public:
    // Throws std::runtime_error with a sentence, which does not name the listener, if the pair cannot be used.
    Identity(std::string listener, config::TlsSettings files);

    enum class Renewal { unchanged, renewed, refused };
    // Reads both files again. A pair that cannot be used leaves everything as it was; problem() says why. `anyway`: a
    // pair that is the same gets new ticket keys.
    Renewal renew(bool anyway);

    const std::string& listener() const { return listener_; }
    const std::filesystem::path& file() const { return files_.certificate; }
    const std::string& problem() const { return problem_; }           // of the last renew(); empty: none
    std::chrono::sys_seconds expires() const { return expires_; }     // the earliest of the chain
    std::shared_ptr<ssl_ctx_st> context() const { return context_; }  // of new connections; never null

private:
    struct Pair;
    void take(const Pair& pair);

    std::string listener_;
    config::TlsSettings files_;
    std::shared_ptr<ssl_ctx_st> context_;
    std::chrono::sys_seconds expires_{};
    Sha256 certificate_sha256_{};
    Sha256 key_sha256_{};
    std::string problem_;
};

// Of a listener that has one; null: plain HTTP. Throws std::runtime_error with a sentence that names it.
std::unique_ptr<Identity> open_identity(const std::string& name, const config::ListenerSettings& listener);

}  // namespace presensi::http
