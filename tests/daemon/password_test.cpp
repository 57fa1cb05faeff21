#include <doctest/doctest.h>

#include <set>

#include "daemon/access/password.hpp"

using namespace presensi::access;

TEST_CASE("passwords: argon2id, salted, and nobody's costs the same") {
    const std::string hash = hash_password("kata sandi contoh");
    CHECK(hash.starts_with("$argon2id$v=19$m=65536,t=2,p=1$"));
    CHECK(std::string(nobodys_hash).starts_with("$argon2id$v=19$m=65536,t=2,p=1$"));
    CHECK(std::string(nobodys_hash).size() == hash.size());
    CHECK(hash != hash_password("kata sandi contoh"));
    CHECK(verify_password(hash, "kata sandi contoh"));
    CHECK_FALSE(verify_password(hash, "kata sandi contoH"));
    CHECK_FALSE(verify_password(hash, ""));
    CHECK_FALSE(verify_password(nobodys_hash, ""));
    CHECK_FALSE(verify_password("not a hash", "kata sandi contoh"));
}

TEST_CASE("passwords: what is none") {
    CHECK(fault_of_password("kata sandi contoh").empty());
    CHECK(fault_of_password("kata sandi: \xc3\xa9").empty());
    for (const std::string& bad : {std::string("elevenchars"), std::string(257, 'a'), std::string("twelve\nchars and"),
                                   std::string("not utf8 \xff at all"), std::string("a NUL in here\0x", 15)}) {
        CAPTURE(bad);
        CHECK_FALSE(fault_of_password(bad).empty());
    }
}

TEST_CASE("tokens: 256 bits, found by their hash") {
    std::set<std::string> tokens;
    for (int i = 0; i < 100; ++i) tokens.insert(make_token());
    CHECK(tokens.size() == 100);
    CHECK(tokens.begin()->starts_with("pg_"));
    CHECK(tokens.begin()->size() == 3 + 43);
    CHECK(hash_token(*tokens.begin()).size() == 32);
    CHECK(equal_in_constant_time("abc", "abc"));
    CHECK_FALSE(equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST_CASE("what a keyed hash says depends on its key") {
    const KeyedHash one;
    const KeyedHash other;
    CHECK(one("x") == one("x"));
    CHECK(one("x") != one("y"));
    CHECK(one("x") != other("x"));
}

TEST_CASE("base64 as in Authorization") {
    std::string bytes;
    CHECK(decode_base64("YWRpOmthdGE=", bytes));
    CHECK(bytes == "adi:kata");
    CHECK(decode_base64("", bytes));
    CHECK(bytes.empty());
    for (const char* bad : {"YWRpOmthdGE", "YWRp OmthdGE=", "*", "YWRpOmthdGE=x"}) {
        CAPTURE(bad);
        CHECK_FALSE(decode_base64(bad, bytes));
    }
}
