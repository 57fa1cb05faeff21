#include "attendance/people_plan.hpp"

#include <doctest/doctest.h>

#include <string>

#include "attendance/matching_sheet.hpp"

using namespace presensi::attendance;
using namespace std::chrono;

namespace {

constexpr Day since{2026y / January / 1};
constexpr Day from{2026y / October / 1};
constexpr const char* ana_nip = "198501312010011001";
constexpr const char* budi_nip = "199001012015031002";

Facts facts() {
    Facts facts;
    const Span valid{Day{2020y / May / 4}, std::nullopt};
    facts.units = {{"sosial", "Dinas Sosial", "dinas", "", {"Dinsos"}, valid, "", ""},
                   {"upt", "UPT Sosial", "upt", "sosial", {}, valid, "", ""},
                   {"tani", "Dinas Pertanian", "dinas", "", {}, valid, "", ""},
                   {"ikan", "Dinas Perikanan", "dinas", "", {}, {valid.from, Day{2026y / March / 1}}, "tani", ""}};
    facts.terminals = {{"T1", "", "sosial", false, false, false},
                       {"T2", "", "tani", false, false, false},
                       {"A1", "", "", true, true, false}};
    facts.people = {{1, "uuid-ana", ana_nip, "Ana", PersonKind::pns},
                    {2, "uuid-budi", "", "Budi", PersonKind::none},
                    {3, "uuid-cici", "", "Cici", PersonKind::none}};
    facts.assignments = {{"A1", "sosial", std::nullopt, true, valid, ""}};
    facts.memberships = {{1, "sosial", EchelonGroup::eselon_3, "III/d", "Kabid", {since, std::nullopt}},
                         {2, "sosial", EchelonGroup::staff, "", "", {since, std::nullopt}},
                         {3, "tani", EchelonGroup::staff, "", "", {since, std::nullopt}}};
    facts.pins = {{1, "", "42", {since, std::nullopt}}, {3, "", "43", {since, std::nullopt}}};
    return facts;
}

struct Desk {
    Directory directory{facts()};
    std::vector<std::string> units;
    NamesOfPins names;

    PeoplePlan plan(const std::string& text) const {
        return plan_people(read_people_file(text, from), directory, Reach(directory, units, units.empty()), names,
                           from);
    }
    MatchingPlan match(const std::string& text) const {
        return plan_matching(text, directory, Reach(directory, units, units.empty()), names, from);
    }
};

}  // namespace

TEST_CASE("what a line says of somebody") {
    Desk desk;
    const std::string header = "uuid,nip,nama,unit,eselon,golongan,jabatan,pin\n";
    SUBCASE("nothing new") {
        const auto plan = desk.plan(header + ",198501312010011001,Ana,Dinsos,III,III/d,Kabid,0042\n");
        CHECK(plan.unchanged == 1);
        CHECK(plan.people.empty());
        CHECK(plan.problems.empty());
    }
    SUBCASE("empty cells say nothing") {
        CHECK(desk.plan(header + ",198501312010011001,Ana,sosial,,,,\n").unchanged == 1);
    }
    SUBCASE("somebody new") {
        const auto plan = desk.plan(header + ",199001012015031002,Dodi,dinas sosial,,,,44\n");
        REQUIRE(plan.people.size() == 1);
        CHECK(plan.added == 1);
        const auto& dodi = plan.people[0];
        CHECK(dodi.person.id == 0);
        CHECK(dodi.person.kind == PersonKind::pns);
        REQUIRE(dodi.membership);
        CHECK(dodi.membership->unit == "sosial");
        CHECK(dodi.membership->group == EchelonGroup::staff);
        CHECK(dodi.membership->valid == Span{from, std::nullopt});
        REQUIRE(dodi.pins.size() == 1);
        CHECK(dodi.pins[0].pin == "44");
    }
    SUBCASE("another unit, the rest stays") {
        const auto plan = desk.plan(header + ",198501312010011001,Ana,tani,,,,\n");
        REQUIRE(plan.people.size() == 1);
        CHECK(plan.changed == 1);
        CHECK(plan.people[0].membership->unit == "tani");
        CHECK(plan.people[0].membership->jabatan == "Kabid");
        CHECK_FALSE(plan.people[0].person_changed);
    }
    SUBCASE("recognised by the name, with a warning") {
        const auto plan = desk.plan(header + ",,bUDI,sosial,,,Analis,\n");
        REQUIRE(plan.people.size() == 1);
        CHECK(plan.people[0].person.id == 2);
        CHECK(plan.warnings.size() == 2);  // and the name is written otherwise
    }
    SUBCASE("a NIP that comes later") {
        const auto plan = desk.plan(header + ",199001012015031002,Budi,sosial,,,,\n");
        REQUIRE(plan.people.size() == 1);
        CHECK(plan.people[0].person.id == 2);
        CHECK(plan.people[0].person.nip == budi_nip);
    }
    SUBCASE("a new name needs the uuid") {
        CHECK(desk.plan(header + ",198501312010011001,Zulaikha,sosial,,,,\n").problems.size() == 1);
        const auto plan = desk.plan(header + "UUID-ana,198501312010011001,Zulaikha,sosial,,,,\n");
        CHECK(plan.problems.empty());
        CHECK(plan.changed == 1);
    }
    SUBCASE("refused") {
        const struct {
            const char* name;
            const char* line;
            const char* says;
        } cases[] = {
            {"no such unit", ",,Ana,nirwana,,,,", "no unit"},
            {"a unit that ended", ",,Ana,Dinas Perikanan,,,,", "its people are in Dinas Pertanian"},
            {"no such uuid", "uuid-nobody,,Ana,sosial,,,,", "Nobody has this uuid"},
            {"uuid and NIP of two", "uuid-budi,198501312010011001,Budi,sosial,,,,", "another person's"},
            {"somebody's PIN", ",199001012015031002,Budi,sosial,,,,00043", "PIN 00043 is Cici's from 2026-01-01"},
            {"a PNS with a PPPK's NIP", "uuid-ana,198501312021211001,Ana,sosial,,,,", "no month"},
        };
        for (const auto& c : cases) {
            CAPTURE(c.name);
            const auto plan = desk.plan(header + c.line + "\n");
            CHECK(plan.people.empty());
            REQUIRE(plan.problems.size() == 1);
            CAPTURE(plan.problems[0].sentence);
            CHECK(plan.problems[0].sentence.find(c.says) != std::string::npos);
        }
    }
    SUBCASE("the same person twice, the same PIN twice") {
        const auto plan = desk.plan(header +
                                    ",198501312010011001,Ana,sosial,,,,\nuuid-ana,,Ana,sosial,,,,\n"
                                    ",,Dodi,sosial,,,,50\n,,Eka,sosial,,,,050\n,,Dodi,sosial,,,,51\n");
        REQUIRE(plan.problems.size() == 3);
        CHECK(plan.problems[0].sentence == "Line 2 has the same person.");
        CHECK(plan.problems[1].sentence.find("somebody of another line") != std::string::npos);
        CHECK(plan.problems[2].line == 6);
        CHECK(plan.added == 1);
    }
}

TEST_CASE("an admin brings the people of their own unit only") {
    Desk desk;
    desk.units = {"sosial"};
    const std::string header = "nip,nama,unit,pin\n";
    CHECK(desk.plan(header + ",Dodi,sosial,50\n").added == 1);
    CHECK(desk.plan(header + ",Dodi,upt,50\n").added == 1);
    const struct {
        const char* name;
        const char* line;
        const char* says;
    } cases[] = {
        {"a foreign unit", ",Dodi,tani,", "is not yours"},
        {"their own person to a foreign unit", "198501312010011001,Ana,tani,", "is not yours"},
        {"a foreign person's PIN, without the name", ",Dodi,sosial,43", "somebody of another unit"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const auto plan = desk.plan(header + c.line + "\n");
        REQUIRE(plan.problems.size() == 1);
        CHECK(plan.problems[0].sentence.find(c.says) != std::string::npos);
    }
    SUBCASE("somebody out of another unit") {
        const auto plan = desk.plan("uuid,nama,unit\nuuid-cici,Cici,sosial\n");
        REQUIRE(plan.problems.size() == 1);
        CHECK(plan.problems[0].sentence.find("of another unit") != std::string::npos);
    }
}

TEST_CASE("a PIN that a foreign terminal has too is an admin's to claim only where their people punch") {
    const struct {
        const char* name;
        std::vector<NameOnTerminal> on;
        std::string theirs;  // serials of the claims
        const char* warning;
    } cases[] = {
        {"nobody has it", {}, "(all)", ""},
        {"under another name", {{"T2", "WAYAN"}}, "A1 T1", "on these only: A1, T1."},
        {"without a name, or only in punches", {{"T2", ""}}, "A1 T1", "on these only: A1, T1."},
        {"under their own name", {{"T2", "DODI"}}, "(all)", ""},
        {"where they need it", {{"A1", ""}, {"T1", ""}}, "(all)", ""},
        {"where they need it, another's", {{"A1", "WAYAN"}}, "T1", "on these only: T1."},
        {"on a terminal that nobody knows", {{"T9", ""}}, "A1 T1", "on these only: A1, T1."},
        {"everywhere another's", {{"A1", "WAYAN"}, {"T1", "WAYAN"}}, "", "say on which"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Desk desk;
        desk.units = {"sosial"};
        desk.names["50"] = c.on;
        const auto plan = desk.plan("nama,unit,pin\nDodi,sosial,50\n");
        std::string theirs;
        for (const auto& person : plan.people) {
            for (const auto& claim : person.pins) {
                theirs += (theirs.empty() ? "" : " ") + (claim.serial.empty() ? "(all)" : claim.serial);
            }
        }
        CHECK(theirs == c.theirs);
        const auto& said = plan.problems.empty() ? plan.warnings : plan.problems;
        CHECK(plan.problems.empty() == !c.theirs.empty());
        CHECK(said.size() == (*c.warning == '\0' ? 0 : 1));
        if (!said.empty()) CHECK(said[0].sentence.find(c.warning) != std::string::npos);
    }
    SUBCASE("who looks after everything is only told") {
        Desk desk;
        desk.names["50"] = {{"T2", "WAYAN"}};
        const auto plan = desk.plan("nama,unit,pin\nDodi,sosial,50\n");
        CHECK(plan.warnings.size() == 1);
        CHECK(plan.people.at(0).pins.at(0).serial.empty());
    }
    SUBCASE("it is theirs there already") {
        auto known = facts();
        known.pins.push_back({1, "T1", "50", {since, std::nullopt}});
        known.pins.push_back({1, "A1", "50", {since, std::nullopt}});
        const Directory directory(known);
        const NamesOfPins names{{"50", {{"T2", ""}}}};
        const Reach reach(directory, {"sosial"}, false);
        const auto answer = PinClaims(directory, reach, names).ask({1, "Ana", "50", {}, from});
        CHECK(answer.problem.empty());
        CHECK(answer.warning.empty());
        CHECK(answer.claims.empty());
    }
}

TEST_CASE("a PIN on one terminal does not quietly overrule somebody's on all terminals") {
    Desk desk;
    const std::string sheet = "pin,person,accept,only_on\n43,uuid-ana,ya,T1\n";  // Cici's, of tani
    const auto told = desk.match(sheet);
    CHECK(told.accepted.size() == 1);
    REQUIRE(told.warnings.size() == 1);
    CHECK(told.warnings[0].sentence.find("is Cici's from 2026-01-01 on all terminals") != std::string::npos);
    desk.units = {"sosial"};
    const auto refused = desk.match(sheet);
    CHECK(refused.accepted.empty());
    REQUIRE(refused.problems.size() == 1);
    CHECK(refused.problems[0].sentence.find("somebody of another unit's") != std::string::npos);
    CHECK(refused.problems[0].sentence.find("Cici") == std::string::npos);
    auto known = facts();
    known.pins = {{3, "", "43", {since, from}}};  // has ended
    const Directory directory(known);
    const Reach reach(directory, {"sosial"}, false);
    CHECK(PinClaims(directory, reach, desk.names).ask({1, "Ana", "43", {"T1"}, from}).claims.size() == 1);
    CHECK_FALSE(PinClaims(directory, reach, desk.names).ask({1, "Ana", "43", {"T1"}, since}).problem.empty());
}

TEST_CASE("of a matching sheet counts what the clerk accepted") {
    Desk desk;
    const std::string header = "pin,person,nip,accept,only_on,reason\n";
    SUBCASE("yes and no") {
        const auto plan =
            desk.match(header +
                       "7,uuid-ana,,ya,,same name\n8,uuid-budi,,X,T1,\n9,uuid-cici,,,,\n10,uuid-cici,,tidak,,\n"
                       "42,,198501312010011001,yes,,\n");
        CHECK(plan.problems.empty());
        CHECK(plan.count == 5);
        CHECK(plan.unchanged == 1);
        REQUIRE(plan.accepted.size() == 2);
        CHECK(plan.accepted[0].claims.at(0).person == 1);
        CHECK(plan.accepted[0].claims.at(0).serial.empty());
        CHECK(plan.accepted[0].reason == "same name");
        CHECK(plan.accepted[1].claims.at(0).serial == "T1");
        CHECK(plan.accepted[1].claims.at(0).valid.from == from);
    }
    SUBCASE("refused") {
        const struct {
            const char* name;
            const char* line;
            const char* says;
        } cases[] = {
            {"neither yes nor no", "7,uuid-ana,,mungkin,,", "neither yes nor no"},
            {"nobody", "7,,,ya,,", "Nobody is named"},
            {"no such uuid", "7,uuid-x,,ya,,", "Nobody has this uuid"},
            {"no such NIP", "7,,199001012015031002,ya,,", "Nobody has this NIP"},
            {"uuid and NIP of two", "7,uuid-budi,198501312010011001,ya,,", "keep one"},
            {"somebody's", "43,uuid-ana,,ya,,", "Cici's"},
            {"no PIN", ",uuid-ana,,ya,,", "no PIN"},
            {"no such terminal", "7,uuid-ana,,ya,T9,", "no terminal T9"},
        };
        for (const auto& c : cases) {
            CAPTURE(c.name);
            const auto plan = desk.match(header + c.line + "\n");
            REQUIRE(plan.problems.size() == 1);
            CAPTURE(plan.problems[0].sentence);
            CHECK(plan.problems[0].sentence.find(c.says) != std::string::npos);
        }
    }
    SUBCASE("one PIN for two people") {
        const auto plan =
            desk.match(header + "7,uuid-ana,,ya,,\n07,uuid-budi,,ya,,\n8,uuid-ana,,ya,T1,\n8,uuid-budi,,ya,T2,\n");
        REQUIRE(plan.problems.size() == 1);
        CHECK(plan.problems[0].line == 3);
        CHECK(plan.accepted.size() == 3);
    }
    SUBCASE("a NIP that a spreadsheet made a number, beside the uuid") {
        CHECK(desk.match(header + "7,uuid-ana,1.98501E+17,ya,,\n").accepted.size() == 1);
    }
    SUBCASE("an admin, of other people and terminals") {
        desk.units = {"sosial"};
        CHECK(desk.match(header + "7,uuid-cici,,ya,,\n").problems.size() == 1);
        CHECK(desk.match(header + "7,uuid-ana,,ya,T2,\n").problems.size() == 1);
        CHECK(desk.match(header + "7,uuid-ana,,ya,A1,\n").problems.size() == 1);
        CHECK(desk.match(header + "7,uuid-ana,,ya,T1,\n").problems.empty());
    }
}

TEST_CASE("a claim ends where they go to a unit that is not of the viewer, who may not begin one before they came") {
    const Day moves{2026y / November / 1};
    auto known = facts();
    known.memberships = {{1, "sosial", EchelonGroup::staff, "", "", {since, moves}},
                         {1, "tani", EchelonGroup::staff, "", "", {moves, std::nullopt}}};
    const Directory directory(known);
    const NamesOfPins names;
    const Reach before(directory, {"sosial"}, false);
    const Reach after(directory, {"tani"}, false);
    const Reach all(directory, {}, true);
    const auto ask = [&](const Reach& reach, Day day) {
        return PinClaims(directory, reach, names).ask({1, "Ana", "50", {}, day});
    };
    CHECK(ask(before, from).claims.at(0).valid == Span{from, moves});
    CHECK(ask(before, from).warning.find("From 2026-11-01 on") != std::string::npos);
    CHECK_FALSE(ask(before, moves).problem.empty());
    CHECK_FALSE(ask(after, from).problem.empty());
    CHECK(ask(after, moves).claims.at(0).valid == Span{moves, std::nullopt});
    CHECK(ask(all, from).claims.at(0).valid == Span{from, std::nullopt});
    CHECK_FALSE(before.may_change(1, from));
    CHECK_FALSE(after.may_change(1, from));
    CHECK(after.may_change(1, moves));
    const std::string sheet = "pin,person,accept\n50,uuid-ana,ya\n";
    CHECK(plan_matching(sheet, directory, before, names, from).accepted.at(0).claims.at(0).valid == Span{from, moves});
    CHECK(plan_matching(sheet, directory, after, names, from).problems.size() == 1);
    CHECK(plan_matching(sheet, directory, after, names, moves).problems.empty());
    SUBCASE("a merger is such a move, too") {
        known.memberships = {{1, "ikan", EchelonGroup::staff, "", "", {since, std::nullopt}}};
        const Directory merging(known);
        const Reach fishery(merging, {"ikan"}, false);
        CHECK(fishery.span_of(1, since) == Span{since, Day{2026y / March / 1}});
        CHECK(fishery.span_of(1, Day{2026y / March / 1}) == std::nullopt);
        CHECK(Reach(merging, {"tani"}, false).span_of(1, Day{2026y / March / 1})->to == std::nullopt);
    }
}

TEST_CASE("a PIN that ended may be another's, and dated ones are cut at the next") {
    auto known = facts();
    known.pins = {{1, "", "42", {since, Day{2026y / June / 1}}},
                  {2, "", "42", {Day{2026y / August / 1}, std::nullopt}}};
    const Directory directory(known);
    const NamesOfPins names;
    const Reach reach(directory, {}, true);
    const PinClaims claims(directory, reach, names);
    CHECK_FALSE(claims.ask({3, "Cici", "42", {}, Day{2026y / June / 1}}).problem.empty());
    CHECK(claims.ask({2, "Budi", "42", {}, Day{2026y / June / 1}}).claims.at(0).valid ==
          Span{Day{2026y / June / 1}, Day{2026y / August / 1}});
    CHECK_FALSE(claims.ask({2, "Budi", "42", {}, Day{2026y / May / 31}}).problem.empty());
    CHECK(claims.ask({2, "Budi", "042", {}, Day{2026y / September / 1}}).claims.empty());
}
