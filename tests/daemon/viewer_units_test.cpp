#include "daemon/people/viewer_units.hpp"

#include <doctest/doctest.h>

using namespace presensi;

TEST_CASE("after a merger the unit is the new one's viewers', and nothing of the new one the old one's") {
    const auto day = [](const char* text) { return attendance::decode_day(text).value(); };
    attendance::Facts facts;
    for (const char* code : {"fishery", "farming"}) {
        attendance::Unit unit;
        unit.code = code;
        facts.units.push_back(std::move(unit));
    }
    facts.units[0].valid.to = day("2026-11-01");
    facts.units[0].merged_into = "farming";
    const attendance::Directory directory(std::move(facts));
    struct Case {
        const char* viewer;
        const char* unit;
        bool before;
        bool after;
    };
    for (const Case& c : {
             Case{"fishery", "fishery", true, false},
             Case{"fishery", "farming", false, false},
             Case{"farming", "fishery", false, true},
             Case{"farming", "farming", true, true},
         }) {
        CAPTURE(c.viewer);
        CAPTURE(c.unit);
        access::Viewer viewer;
        viewer.units = {c.viewer};
        CHECK(people::sees_unit(viewer, directory, c.unit, day("2026-10-31")) == c.before);
        CHECK(people::sees_unit(viewer, directory, c.unit, day("2026-11-01")) == c.after);
    }
}

TEST_CASE("a viewer with units sees what is of them, and events above and below them") {
    const attendance::Day day = attendance::decode_day("2026-11-23").value();
    attendance::Facts facts;
    for (const auto& [code, parent] : {std::pair{"district", ""}, {"village", "district"}, {"office", ""}}) {
        attendance::Unit unit;
        unit.code = code;
        unit.parent = parent;
        facts.units.push_back(std::move(unit));
    }
    const attendance::Directory directory(std::move(facts));
    struct Case {
        const char* name;
        std::vector<std::string> viewer;
        std::string unit;
        bool sees;
        bool concerned;  // by an event of that unit
    };
    for (const Case& c : {
             Case{"everything", {}, "office", true, true}, Case{"their own", {"office"}, "office", true, true},
             Case{"another's", {"office"}, "district", false, false},
             Case{"below theirs", {"district"}, "village", true, true},
             Case{"above theirs: its events only", {"village"}, "district", false, true},
             Case{"one of several", {"office", "district"}, "village", true, true},
             Case{"no unit", {"office"}, "", false, true},  // an event without units is of all
         }) {
        CAPTURE(c.name);
        access::Viewer viewer;
        viewer.units = c.viewer;
        attendance::Event event;
        event.day = day;
        if (!c.unit.empty()) event.units = {c.unit};
        CHECK(people::sees_unit(viewer, directory, c.unit, day) == c.sees);
        CHECK(people::concerns(viewer, directory, event) == c.concerned);
    }
}
