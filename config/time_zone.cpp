#include "config/time_zone.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <exception>
#include <vector>

#include "config/nearest.hpp"
#include "config/printable.hpp"

namespace presensi::config {
namespace {

struct Abbreviation {
    std::string_view letters;
    std::string_view zone;
};

// What Indonesia calls its three zones (Keppres 41/1987).
constexpr std::array<Abbreviation, 3> abbreviations{
    {{"WIB", "Asia/Jakarta"}, {"WITA", "Asia/Makassar"}, {"WIT", "Asia/Jayapura"}}};

std::string suggestion(std::string_view text, const date::tzdb& database) {
    for (const Abbreviation& abbreviation : abbreviations) {
        if (text == abbreviation.letters) return fmt::format("; did you mean {}?", abbreviation.zone);
    }
    std::vector<std::string_view> names;
    for (const date::time_zone& zone : database.zones) names.emplace_back(zone.name());
    return did_you_mean(text, names);
}

}  // namespace

Decoded<std::string> decode_time_zone(std::string_view text) {
    const date::tzdb* database = nullptr;
    try {
        database = &date::get_tzdb();
    } catch (const std::exception&) {
        return Problem{"the time zone database of this machine cannot be read; install the package tzdata"};
    }
    try {
        // Asking it something makes the database read the zone's file as well.
        date::locate_zone(text)->get_info(date::sys_seconds{});
        return std::string(text);
    } catch (const std::exception&) {
        return Problem{fmt::format("{} is not a time zone{}", shown(text), suggestion(text, *database))};
    }
}

}  // namespace presensi::config
