#include "attendance/nip.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace presensi::attendance;
using namespace std::chrono;

namespace {

constexpr Day today{2026y / November / 27};

}  // namespace

TEST_CASE("numbers that are taken as they are") {
    const struct {
        const char* nip;
        NipForm form;
    } cases[] = {
        {"198501312010011001", NipForm::pns},  {"199912312022032999", NipForm::pns},
        {"198902282021211002", NipForm::pppk}, {"197001011990121001", NipForm::pns},
        {"198501312010131001", NipForm::pppk},
    };
    for (const auto& c : cases) {
        CAPTURE(c.nip);
        const auto decoded = decode_nip(c.nip, today);
        REQUIRE(decoded.nip);
        CHECK(decoded.nip->form == c.form);
        CHECK(decoded.problem.empty());
    }
    CHECK(decode_nip("198501312010011001", today).nip->birth == Day{1985y / January / 31});
}

TEST_CASE("numbers that are refused, each with what is wrong") {
    const struct {
        const char* name;
        const char* nip;
        const char* says;
    } cases[] = {
        {"blanks inside", "19850131 201001 1 001", "blanks inside"},
        {"old", "131234567", "old NIP of 9 digits"},
        {"17 digits", "19850131201001100", "17 digits instead of 18"},
        {"15 digits", "198501312010011", "15 digits instead of 18"},
        {"19 digits", "1985013120100110011", "19 digits instead of 18"},
        {"a letter O", "19850131201001100O", "no digit"},
        {"made a number", "1.98501E+17", "spreadsheet has made a number"},
        {"made a number, comma", "1,98501E+17", "spreadsheet has made a number"},
        {"rounded", "198501312010011000", "keeps only 15 digits"},
        {"an impossible day", "198502302010011001", "no date of birth"},
        {"no leap year", "199002292020211001", "no date of birth"},
        {"month 13", "198513012010011001", "no date of birth"},
        {"a child", "201501312025011001", "nobody in service"},
        {"very old", "190001311925011001", "nobody in service"},
        {"began before growing up", "198501311995011001", "Digits 9 to 12"},
        {"begins in the far future", "198501312030011001", "Digits 9 to 12"},
        {"month 00", "198501312010001001", "13 and 14"},
        {"gender 3", "198501312010013001", "Digit 15"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const auto decoded = decode_nip(c.nip, today);
        CHECK_FALSE(decoded.nip);
        CHECK(decoded.problem.find(c.says) != std::string::npos);
        CAPTURE(decoded.problem);
    }
}

TEST_CASE("a PPPK's number is no PNS's, and a code of a contract may look like a month") {
    CHECK(contradiction(NipForm::pppk, PersonKind::pns));
    CHECK(contradiction(NipForm::pppk, PersonKind::cpns));
    CHECK_FALSE(contradiction(NipForm::pppk, PersonKind::pppk));
    CHECK_FALSE(contradiction(NipForm::pns, PersonKind::pppk));
    CHECK_FALSE(contradiction(NipForm::pns, PersonKind::none));
}
