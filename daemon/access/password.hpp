#pragma once
// Secrets of people and programs: argon2id for passwords, random tokens. Everything here takes its time or draws from
// the system's random source; passwords belong on a storage thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace presensi::access {

inline constexpr std::size_t shortest_password = 12;
inline constexpr std::size_t longest_password = 256;

// A sentence about what is wrong with it as a password; empty: nothing.
std::string fault_of_password(std::string_view password);

// As libsodium writes it, with its salt and its costs (64 MiB, some 100 ms). Throws std::runtime_error without memory.
std::string hash_password(const std::string& password);
bool verify_password(const std::string& hash, const std::string& password);

// A hash of the same costs whose password nobody knows: what an unknown name is compared with.
extern const char* const nobodys_hash;

// 256 random bits, in letters that stand in a header as they are.
std::string make_secret();
// "pg_" and such a secret; the hash by which it is stored and found.
std::string make_token();
std::string hash_token(std::string_view token);  // 32 bytes
bool equal_in_constant_time(std::string_view left, std::string_view right);

// Hashes under a key that lives as long as this object, so that nobody can work with what is in memory later.
class KeyedHash {
public:
    KeyedHash();
    std::string operator()(std::string_view text) const;

private:
    std::string key_;
};

// Nothing: it is not base64.
bool decode_base64(std::string_view text, std::string& bytes);

}  // namespace presensi::access
