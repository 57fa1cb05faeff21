#include "protocol/sha256.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace presensi {

Sha256 sha256(std::string_view bytes) {
    Sha256 digest{};
    // A digest that stays zero would make different lines look the same, so this must not pass in silence.
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("libcrypto refuses to compute SHA-256");
    }
    return digest;
}

std::string hex(const Sha256& digest) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * digest.size());
    for (const auto byte : digest) {
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 15]);
    }
    return text;
}

}  // namespace presensi
