#include "attendance/matching.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

using namespace presensi::attendance;

namespace {

Somebody somebody(std::int64_t id, const char* name, const char* nip = "", std::vector<std::string> terminals = {},
                  std::vector<std::string> pins = {}) {
    return {id, name, nip, std::move(terminals), std::move(pins)};
}

}  // namespace

TEST_CASE("what two names have in common") {
    const struct {
        const char* on_terminal;
        const char* name;
        int score;
        const char* reason;
    } cases[] = {
        {"AHMAD FAUZI", "Ahmad Fauzi, S.Kom", 80, "same name"},
        {"H. AHMAD FAUZI", "Ahmad Fauzi", 80, "same name"},
        {"SITIAMINAH", "Siti Aminah", 78, "same name with other blanks"},
        {"FAUZI AHMAD", "Ahmad Fauzi", 72, "same words in another order"},
        {"AHMAD FAUZI RAHMAN HIDAY", "Ahmad Fauzi Rahman Hidayatullah", 70, "same name, cut at 24 bytes"},
        {"H. AHMAD FAUZI RAHMAN S.", "H. Ahmad Fauzi Rahman, S.Kom", 70, "same name, cut at 24 bytes"},
        {"ABDURRAH", "Abdurrahman Wahid", 60, "same name, cut at 8 bytes"},
        {"SITI NUR", "Siti Nurhaliza", 60, "same name, cut at 8 bytes"},
        {"AHMAD FAUZY", "Ahmad Fauzi", 65, "one letter is another"},
        {"AHMD FAUZI", "Ahmad Fauzi", 65, "one letter is another"},
        {"AHMADD FAUZI", "Ahmad Fauzi", 65, "one letter is another"},
        {"AHMAD FUAZI", "Ahmad Fauzi", 65, "one letter is another"},
        {"M RIZKI", "Muhammad Rizki", 60, "initials"},
        {"RAHMATULLAH H", "Rahmatullah Hidayat Noor", 60, "initials"},
        {"AHMAD FAUZI", "Ahmad Fauzi Rahman", 58, "first words of the name"},
        {"AHMAD FAUZI RAHMAN", "Ahmad Fauzi", 58, "the name and more words"},
        {"AHMAD RAHMAN", "Ahmad Fauzi Rahman", 52, "words of the name"},
        {"AHMAD", "Ahmad Fauzi", 45, "first word of the name"},
        {"FAUZI", "Ahmad Fauzi", 35, "a word of the name"},
        {"BUDI", "Ahmad Fauzi", 0, ""},
        {"AHMAD BUDI", "Ahmad Fauzi", 0, ""},
        {"", "Ahmad Fauzi", 0, ""},
        {"ANDI", "Andy", 0, ""},  // too short for a typing error
        {"A B", "Ahmad Budi", 0, ""},
    };
    for (const auto& c : cases) {
        CAPTURE(std::string(c.on_terminal));
        CAPTURE(std::string(c.name));
        const auto resemblance = compare_names(c.on_terminal, c.name);
        CHECK(resemblance.score == c.score);
        CHECK(resemblance.reason == c.reason);
    }
}

TEST_CASE("a PIN is proposed to whoever stands out, with the reasons") {
    const std::vector<Somebody> people{
        somebody(1, "Ahmad Fauzi, S.Kom", "198501312010011001", {"T1", "A1"}),
        somebody(2, "Siti Aminah", "199001012015032002", {"T2", "A1"}),
        somebody(3, "Siti Aminah", "199203042018012003", {"T3", "A1"}),
        somebody(4, "Budi Santoso", "", {"T1"}, {"77"}),
        somebody(5, "Rahmat Hidayat", "198807062011011005", {"T1"}),
    };
    const auto only = [&](std::vector<UnknownPin> pins) {
        auto matches = match_pins(pins, people);
        REQUIRE(matches.size() == 1);
        return matches.front();
    };
    SUBCASE("name and place") {
        const auto match = only({{"T1", "0042", "42", "AHMAD FAUZI"}});
        CHECK(match.proposed);
        REQUIRE(match.candidates.size() == 1);
        CHECK(match.candidates[0].person == 1);
        CHECK(match.candidates[0].score == 90);
        CHECK(match.candidates[0].reason == "same name; a terminal of their unit");
        CHECK(match.pin == "0042");
    }
    SUBCASE("the same on several terminals says more") {
        const auto match = only({{"T1", "42", "42", "AHMAD FAUZI"}, {"A1", "42", "42", "AHMAD FAUZI S.KOM"}});
        CHECK(match.candidates[0].score == 95);
        CHECK(match.serials == std::vector<std::string>{"A1", "T1"});
        CHECK_FALSE(match.shared);
    }
    SUBCASE("namesakes are told apart by the terminal") {
        const auto match = only({{"T3", "9", "9", "SITI AMINAH"}});
        CHECK(match.proposed);
        CHECK(match.candidates[0].person == 3);
        CHECK(match.candidates[1].person == 2);
    }
    SUBCASE("namesakes at a terminal of both: both are shown, none is proposed") {
        const auto match = only({{"A1", "9", "9", "SITI AMINAH"}});
        CHECK_FALSE(match.proposed);
        REQUIRE(match.candidates.size() == 2);
        CHECK(match.candidates[0].score == match.candidates[1].score);
    }
    SUBCASE("a piece of the NIP tells namesakes apart") {
        const auto match = only({{"A1", "12003", "12003", "SITI AMINAH"}});
        CHECK(match.proposed);
        CHECK(match.candidates[0].person == 3);
    }
    SUBCASE("a PIN without a name that is the end of a NIP is a candidate, not more") {
        const auto match = only({{"T1", "1005", "1005", ""}});
        CHECK_FALSE(match.proposed);
        REQUIRE(match.candidates.size() == 1);
        CHECK(match.candidates[0].person == 5);
    }
    SUBCASE("eight digits of a NIP at the own terminal") {
        const auto match = only({{"T1", "19880706", "19880706", ""}});
        CHECK(match.proposed);
        CHECK(match.candidates[0].reason == "the PIN is a piece of the NIP; a terminal of their unit");
    }
    SUBCASE("who has a PIN already is less likely") {
        const auto match = only({{"T1", "5", "5", "BUDI SANTOSO"}});
        CHECK(match.candidates[0].score == 70);
        CHECK(match.candidates[0].reason.find("has PIN 77 already") != std::string::npos);
    }
    SUBCASE("nobody") { CHECK(only({{"T1", "5", "5", "WAYAN"}}).candidates.empty()); }
}

TEST_CASE("a terminal that has no name for a PIN joins one that has only in the same place") {
    const std::vector<Somebody> people{somebody(1, "Ahmad Fauzi")};
    struct Case {
        const char* name;
        UnknownPin second;
        std::size_t lines;
    };
    for (const Case& c : {
             Case{"the same unit", {"T2", "7", "7", "", "sosial"}, 1},
             Case{"another unit", {"T2", "7", "7", "", "tani"}, 2},
             Case{"an apel terminal", {"A1", "7", "7", "", "A1"}, 2},
             Case{"another unit, with the name", {"T2", "7", "7", "AHMAD FAUZI", "tani"}, 1},
         }) {
        CAPTURE(c.name);
        const std::vector<UnknownPin> pins{{"T1", "7", "7", "AHMAD FAUZI", "sosial"}, c.second};
        const auto matches = match_pins(pins, people);
        CHECK(matches.size() == c.lines);
        CHECK(matches[0].name == "AHMAD FAUZI");
        CHECK(matches[0].shared == (c.lines == 2));
    }
    const std::vector<UnknownPin> nameless{{"T1", "7", "7", "", "sosial"}, {"T2", "7", "7", "", "tani"}};
    CHECK(match_pins(nameless, people).size() == 2);
}

TEST_CASE("one PIN under two names is two lines, and one person never gets two PINs of one terminal") {
    const std::vector<Somebody> people{somebody(1, "Ahmad Fauzi", "", {"T1"}), somebody(2, "Siti Aminah", "", {"T2"})};
    SUBCASE("two names") {
        const std::vector<UnknownPin> pins{
            {"T1", "7", "7", "AHMAD FAUZI"}, {"T2", "7", "7", "SITI AMINAH"}, {"T3", "7", "7", ""}};
        const auto matches = match_pins(pins, people);
        REQUIRE(matches.size() == 3);
        for (const auto& match : matches) CHECK(match.shared);
        CHECK(matches[0].serials == std::vector<std::string>{"T1"});
        CHECK(matches[0].candidates.at(0).person == 1);
        CHECK(matches[1].candidates.at(0).person == 2);
        CHECK(matches[2].name.empty());
    }
    SUBCASE("two PINs") {
        const std::vector<UnknownPin> pins{{"T1", "7", "7", "AHMAD FAUZI"}, {"T1", "8", "8", "AHMAD FAUZI"}};
        for (const auto& match : match_pins(pins, people)) {
            CHECK_FALSE(match.proposed);
            CHECK(match.candidates.at(0).reason.find("fits them too") != std::string::npos);
        }
    }
    SUBCASE("two PINs, one under the better name") {
        const std::vector<UnknownPin> pins{{"T1", "7", "7", "AHMAD FAUZI"}, {"T1", "8", "8", "AHMAD F"}};
        const auto matches = match_pins(pins, people);
        CHECK(matches.at(0).proposed);
        CHECK_FALSE(matches.at(1).proposed);
    }
    SUBCASE("two PINs on two terminals") {
        const std::vector<UnknownPin> pins{{"T1", "7", "7", "AHMAD FAUZI"}, {"T2", "8", "8", "AHMAD FAUZI"}};
        for (const auto& match : match_pins(pins, people)) CHECK(match.proposed);
    }
}

TEST_CASE("4,000 people whose names are alike and 10,000 users of terminals") {
    const char* first[] = {"MUHAMMAD", "AHMAD", "SITI", "NUR", "ABDUL", "RAHMAT", "HIDAYAT", "FITRI", "BUDI", "DEWI"};
    std::vector<Somebody> people;
    std::vector<UnknownPin> pins;
    for (int i = 0; i < 4000; ++i) {
        const auto name = fmt::format("{} {} {}", first[i % 10], first[(i / 10) % 10], 1000 + i);
        people.push_back(
            somebody(i + 1, name.c_str(), fmt::format("1985013120{:02}011{:03}", i % 20, i % 999 + 1).c_str()));
        for (int copy = 0; copy < 5; ++copy) {
            if ((i + copy) % 2 == 0)
                pins.push_back({fmt::format("T{}", copy), std::to_string(i + 1), std::to_string(i + 1), name});
        }
    }
    REQUIRE(pins.size() == 10'000);
    const auto matches = match_pins(pins, people);
    CHECK(matches.size() == 4000);
    std::size_t right = 0;
    for (const auto& match : matches) {
        right += match.proposed && std::to_string(match.candidates[0].person) == match.pin ? 1 : 0;
    }
    CHECK(right == 4000);
}
