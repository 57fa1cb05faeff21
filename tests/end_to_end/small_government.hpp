#pragma once
// A small government for the tests of the monthly cycle: two units, an apel terminal, two of offices, three people.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"

namespace presensi::test::small_government {

namespace json = boost::json;

inline constexpr const char* apel = "TST7240100001";
inline constexpr const char* office = "TST7240100002";
inline constexpr const char* other = "TST7240100003";

inline constexpr const char* organisation = R"(units:
  - { code: dinsos, name: Dinas Sosial, kind: dinas, from: 2020-05-04, source: Perbup }
  - { code: camat, name: Kecamatan Contoh, kind: kecamatan, from: 2020-05-04, source: Perbup }
  - { code: lurah, name: Kelurahan Contoh, kind: kelurahan, parent: camat, from: 2020-05-04, source: Perbup }
assignments:
  - { terminal: TST7240100001, units: [dinsos, camat], echelons: [eselon_4, staff], for: apel, from: 2020-05-04, source: Perbup }
holidays:
  - { day: 2025-04-01, kind: national, name: Idulfitri, source: SKB }
  - { day: 2025-04-02, kind: collective_leave, name: cuti bersama, source: SKB }
  - { day: 2025-04-03, kind: collective_leave, name: cuti bersama, source: SKB }
  - { day: 2025-04-04, kind: collective_leave, name: cuti bersama, source: SKB }
  - { day: 2025-04-07, kind: collective_leave, name: cuti bersama, source: SKB }
events:
  - { kind: apel, day: 2026-10-05, opens: "07:00", closes: "08:30", place: Lapangan, source: Undangan }
)";

inline constexpr const char* staff =
    "nip,nama,jenis,unit,eselon,jabatan,pin,mulai\n"
    ",Ani <b>Uji</b>,PNS,dinsos,staf,Staf,42,2025-01-01\n"
    ",Budi Uji,PNS,dinsos,IV,Kepala,43,2025-01-01\n"
    ",Citra Uji,PNS,lurah,staf,Staf,44,2025-01-01\n";

inline config::Settings settings_of(const std::filesystem::path& folder) {
    config::Settings settings = RunningApp::settings(folder, {apel, office, other});
    settings.terminals[0].role = config::TerminalRole::apel;
    settings.terminals[0].portable = true;
    settings.terminals[1].unit = "dinsos";
    settings.terminals[2].unit = "lurah";
    return settings;
}

struct Answer {
    int status = 0;
    json::value body;

    json::value at(const char* pointer) const {
        boost::system::error_code none;
        const auto* found = body.find_pointer(pointer, none);
        return found == nullptr ? json::value("(absent)") : *found;
    }
    std::string text(const char* pointer) const {
        const auto value = at(pointer);
        return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
    }
};

inline Answer decoded(const RawResponse& response) {
    boost::system::error_code none;
    return {response.status, json::parse(response.body, none)};
}

inline Answer get(const RunningApp& app, const std::string& path) { return decoded(http_get(app.admin_port(), path)); }

inline Answer post(const RunningApp& app, const std::string& path, const std::string& body = {}) {
    return decoded(exchange(app.admin_port(), post_request(path, body)));
}

inline void push(const RunningApp& app, const std::string& serial, const std::string& lines) {
    const auto answer =
        exchange(app.terminal_port(), post_request("/iclock/cdata?SN=" + serial + "&table=ATTLOG&Stamp=1", lines));
    REQUIRE(answer.body.starts_with("OK"));
}

inline std::string line(const char* pin, const char* time, int state = 0) {
    return fmt::format("{}\t{}\t{}\t1\t0\n", pin, time, state);
}

inline void fill(const RunningApp& app) {
    const auto units = post(app, "/api/v1/units", organisation);
    CAPTURE(json::serialize(units.body));
    REQUIRE(units.status / 100 == 2);
    const auto imported = post(app, "/api/v1/people", staff);
    CAPTURE(json::serialize(imported.body));
    REQUIRE(imported.status / 100 == 2);
}

inline json::value unit_of(const Answer& board, std::string_view code) {
    for (const auto& unit : board.body.at("units").as_array()) {
        if (unit.at("unit").as_string() == code) return unit;
    }
    FAIL("no such unit on the board");
    return {};
}

inline std::int64_t number(const json::value& unit, const char* key) { return unit.at(key).to_number<std::int64_t>(); }

inline constexpr const char* october = "/api/v1/periods/2026-10";
inline constexpr const char* with_reason = R"({"reason": "sudah diperiksa"})";

}  // namespace presensi::test::small_government
