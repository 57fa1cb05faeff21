#pragma once
// A small government, made up: a regency with two offices, a district and its village.

#include <string>
#include <string_view>
#include <vector>

#include "attendance/directory.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::attendance {

inline Day day(std::string_view text) { return decode_day(text).value(); }
inline DeviceTime at(std::string_view text) { return decode_device_time(text).value(); }

inline Span since(std::string_view from) { return {day(from), std::nullopt}; }
inline Span between(std::string_view from, std::string_view to) { return {day(from), day(to)}; }

inline Unit unit(std::string code, std::string parent = "", Span valid = since("2020-05-04"),
                 std::string merged_into = "") {
    return {code, "Unit " + code, "dinas", std::move(parent), {}, valid, std::move(merged_into), "Perbup"};
}

inline Assignment assignment(std::string serial, std::string unit, std::optional<EchelonGroup> group, bool apel = true,
                             Span valid = since("2020-05-04")) {
    return {std::move(serial), std::move(unit), group, apel, valid, "Perbup"};
}

inline TerminalPlace terminal(std::string serial, std::string unit, bool apel = false) {
    return {std::move(serial), "", std::move(unit), apel, apel, false};
}

inline Event event(EventKind kind, std::string_view on, int opens, int closes, std::vector<std::string> units = {}) {
    return {0,
            kind,
            day(on),
            std::chrono::minutes(opens),
            std::chrono::minutes(closes),
            "Lapangan",
            std::move(units),
            "Undangan"};
}

constexpr int seven = 7 * 60;
constexpr int half_past_eight = 8 * 60 + 30;

inline Membership member(std::int64_t person, std::string unit, EchelonGroup group = EchelonGroup::staff,
                         Span valid = since("2020-05-04")) {
    return {person, std::move(unit), group, "", "", valid};
}

inline Person person(std::int64_t id, std::string name) {
    return {id, "uuid-" + std::to_string(id), "", std::move(name), PersonKind::pns};
}

// Offices a and b, district d with village v below it; 1 to 5 work there, 2 and 3 as heads. Terminals: A, B, D stand in
// the units; apel terminals HEADS (echelon 3, all units), FIELD-A, FIELD-B and FIELD-D (echelon 4 and staff).
inline Facts example() {
    Facts facts;
    facts.units = {unit("a"), unit("b"), unit("d"), unit("v", "d")};
    facts.terminals = {terminal("A", "a"),
                       terminal("B", "b"),
                       terminal("D", "d"),
                       terminal("HEADS", "a", true),
                       terminal("FIELD-A", "", true),
                       terminal("FIELD-B", "", true),
                       terminal("FIELD-D", "", true)};
    facts.assignments.push_back(assignment("HEADS", "", EchelonGroup::eselon_3));
    for (const char* code : {"a", "b", "d"}) {
        const std::string serial = std::string("FIELD-") + static_cast<char>(code[0] - 'a' + 'A');
        for (const auto group : {EchelonGroup::eselon_4, EchelonGroup::staff})
            facts.assignments.push_back(assignment(serial, code, group));
    }
    facts.people = {person(1, "Ani"), person(2, "Budi"), person(3, "Citra"), person(4, "Dewi"), person(5, "Eko")};
    facts.memberships = {member(1, "a"), member(2, "a", EchelonGroup::eselon_3), member(3, "b", EchelonGroup::eselon_4),
                         member(4, "d"), member(5, "v")};
    return facts;
}

using Serials = std::vector<std::string>;

}  // namespace presensi::attendance
