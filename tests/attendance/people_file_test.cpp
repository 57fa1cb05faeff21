#include "attendance/people_file.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace presensi::attendance;
using namespace std::chrono;

namespace {

constexpr Day today{2026y / November / 27};

}  // namespace

TEST_CASE("a list of people in Indonesian, as an office program saves it") {
    const auto file = read_people_file(
        "\xef\xbb\xbfNo;NIP;Nama;Jenis;SKPD;Eselon;Golongan;Jabatan;PIN;Mulai\r\n"
        "1;198501312010011001;\"Ana; S.Kom\";PNS;Dinas Contoh;III.a;III/d;Kepala Bidang;0042 43 42;2026-10-01\r\n"
        "2;;Budi;honorer;Dinas Contoh;staf;;;;\r\n",
        today);
    CHECK(file.problems.empty());
    REQUIRE(file.warnings.size() == 1);
    CHECK(file.warnings[0].column == "No");
    CHECK(file.count == 2);
    REQUIRE(file.lines.size() == 2);
    const auto& ana = file.lines[0];
    CHECK(ana.line == 2);
    CHECK(ana.nip == "198501312010011001");
    CHECK(ana.name == "Ana; S.Kom");
    CHECK(ana.kind == PersonKind::pns);
    CHECK(ana.group == EchelonGroup::eselon_3);
    CHECK(ana.golongan == "III/d");
    CHECK(ana.jabatan == "Kepala Bidang");
    CHECK(ana.pins == std::vector<std::string>{"0042", "43"});
    CHECK(ana.from == Day{2026y / October / 1});
    const auto& budi = file.lines[1];
    CHECK(budi.kind == PersonKind::none);
    CHECK(budi.nip.empty());
    CHECK_FALSE(budi.from);
    CHECK_FALSE(budi.golongan);
}

TEST_CASE("every problem, by line and column") {
    const auto file = read_people_file(
        "nip,nama,unit,eselon,pin,mulai\n"
        "123,,,V,1,2026-13-01\n"
        "198501312010011001,Ana,dinas,II,7,01/10/2026\n"
        ",Budi,dinas,,8,2026-10-01\n"
        ",\"Bu\ndi\",dinas,,8,\n"
        ",'=HYPERLINK(1),dinas,,9,\n"
        ",=1+1,dinas,,9,\n"
        ",Ci,dinas\n"
        ",B\xff,dinas,,9,\n"
        ",B\xc2\x9ai,dinas,,9,\n",  // a control character of C1
        today);
    REQUIRE(file.lines.size() == 1);
    CHECK(file.lines[0].name == "Budi");
    const std::pair<std::size_t, const char*> expected[] = {{2, "nama"},  {2, "unit"},  {2, "nip"},  {2, "eselon"},
                                                            {2, "mulai"}, {3, "mulai"}, {5, "nama"}, {7, "nama"},
                                                            {8, "nama"},  {9, ""},      {10, ""},    {11, "nama"}};
    REQUIRE(file.problems.size() == std::size(expected));
    for (std::size_t i = 0; i < std::size(expected); ++i) {
        CAPTURE(i);
        CAPTURE(file.problems[i].sentence);
        CHECK(file.problems[i].line == expected[i].first);
        CHECK(file.problems[i].column == expected[i].second);
    }
}

TEST_CASE("no list of people") {
    const struct {
        const char* name;
        std::string text;
        const char* says;
    } cases[] = {
        {"nothing", "", "no table"},
        {"no columns of ours", "a,b\n1,2\n", "no column \"name\""},
        {"no unit", "nama\nAna\n", "no column \"unit\""},
        {"two names", "nama,name,unit\nA,B,c\n", "two columns for name"},
        {"zeros", std::string(100, '\0'), "NUL"},
        {"a very wide header", std::string(500'000, ','), ""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const auto file = read_people_file(c.text, today);
        CHECK(file.lines.empty());
        REQUIRE_FALSE(file.problems.empty());
        CHECK(file.problems[0].sentence.find(c.says) != std::string::npos);
    }
}

TEST_CASE("echelons as people write them") {
    const struct {
        const char* text;
        std::optional<EchelonGroup> group;
    } cases[] = {
        {"II", EchelonGroup::eselon_2},
        {"II.b", EchelonGroup::eselon_2},
        {"iia", EchelonGroup::eselon_2},
        {"Eselon III.a", EchelonGroup::eselon_3},
        {"III/b", EchelonGroup::eselon_3},
        {"3", EchelonGroup::eselon_3},
        {"IV", EchelonGroup::eselon_4},
        {"iv-a", EchelonGroup::eselon_4},
        {"eselon_4", EchelonGroup::eselon_4},
        {"Staf", EchelonGroup::staff},
        {"fungsional", EchelonGroup::staff},
        {"staff", EchelonGroup::staff},
        {"V", std::nullopt},
        {"I", std::nullopt},
        {"kepala", std::nullopt},
        {"IIe", std::nullopt},
    };
    for (const auto& c : cases) {
        CAPTURE(c.text);
        CHECK(decode_echelon(c.text) == c.group);
    }
}
