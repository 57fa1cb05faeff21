#include "daemon/access/password.hpp"

#include <sodium.h>

#include <array>
#include <new>
#include <stdexcept>

#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::access {

namespace {

void be_ready() {
    static const bool ready = sodium_init() >= 0;
    if (!ready) throw std::runtime_error("libsodium finds no random source");
}

}  // namespace

const char* const nobodys_hash =
    "$argon2id$v=19$m=65536,t=2,p=1$DTt25ltV/44asM9z91sWuA$BG2eWFedIjy2vqp0zLz7TJ5ifaJ1QVWZ2nH6ItgpeFU";

std::string fault_of_password(std::string_view password) {
    if (password.size() < shortest_password) return "a password has at least 12 characters";
    if (password.size() > longest_password) return "a password has at most 256 bytes";
    if (!is_valid_utf8(password) || to_stored_text(password) != password) {
        return "a password has to be text without control characters";
    }
    return {};
}

std::string hash_password(const std::string& password) {
    be_ready();
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    if (crypto_pwhash_str(hash.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
        throw std::runtime_error("there is not enough memory to hash a password");
    }
    return hash.data();
}

bool verify_password(const std::string& hash, const std::string& password) {
    be_ready();
    return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::string make_secret() {
    be_ready();
    constexpr std::size_t bytes = 32;
    std::array<unsigned char, bytes> random{};
    randombytes_buf(random.data(), random.size());
    std::array<char, sodium_base64_ENCODED_LEN(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING)> text{};
    sodium_bin2base64(text.data(), text.size(), random.data(), random.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return text.data();
}

std::string make_token() { return "pg_" + make_secret(); }

std::string hash_token(std::string_view token) {
    const Sha256 digest = sha256(token);
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
    return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

KeyedHash::KeyedHash() : key_(crypto_generichash_KEYBYTES, '\0') {
    be_ready();
    randombytes_buf(key_.data(), key_.size());
}

std::string KeyedHash::operator()(std::string_view text) const {
    std::string hash(crypto_generichash_BYTES, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       reinterpret_cast<const unsigned char*>(key_.data()), key_.size());
    return hash;
}

bool decode_base64(std::string_view text, std::string& bytes) {
    bytes.assign(text.size(), '\0');
    std::size_t size = 0;
    const char* end = nullptr;
    const int wrong = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                                        text.size(), nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL);
    bytes.resize(wrong == 0 ? size : 0);
    return wrong == 0 && end == text.data() + text.size();
}

}  // namespace presensi::access
