#include <doctest/doctest.h>

#include <set>

#include "protocol/pin.hpp"
#include "protocol/records.hpp"
#include "protocol/sha256.hpp"

using namespace presensi;

TEST_CASE("the PIN key: no surrounding blanks, no leading zeros if all digits") {
    const struct {
        const char* pin;
        const char* key;
    } cases[] = {{"0042", "42"},
                 {"42", "42"},
                 {"000000042", "42"},
                 {" 42 ", "42"},
                 {"\t042", "42"},
                 {"0", "0"},
                 {"000", "0"},
                 {"A12", "A12"},
                 {"0A12", "0A12"},
                 {"5_4968", "5_4968"},
                 {"198504122010011003", "198504122010011003"},
                 {"007 ", "7"},
                 {"0 7", "0 7"},
                 {"-07", "-07"},
                 {"", ""},
                 {"  ", ""}};
    for (const auto& c : cases) {
        CAPTURE(c.pin);
        CHECK(pin_key(c.pin) == c.key);
        CHECK(pin_key(pin_key(c.pin)) == c.key);
    }
}

TEST_CASE("names of roads, grades and reasons are distinct") {
    std::set<std::string_view> names;
    for (const auto road : {Road::push, Road::pull, Road::upload}) names.insert(to_string(road));
    for (const auto grade :
         {Grade::live, Grade::late, Grade::pulled, Grade::file, Grade::late_online, Grade::pull_only, Grade::suspect})
        names.insert(to_string(grade));
    for (const auto reason : {RejectReason::too_few_fields, RejectReason::empty_pin, RejectReason::bad_pin,
                              RejectReason::bad_time, RejectReason::line_too_long, RejectReason::store_refused})
        names.insert(to_string(reason));
    CHECK(names.size() == 3 + 7 + 6);
}

TEST_CASE("SHA-256 (FIPS 180-4 examples)") {
    CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
