#include "attendance/records.hpp"

#include <array>
#include <utility>

#include "protocol/text_fields.hpp"

namespace presensi::attendance {
namespace {

using namespace std::string_view_literals;

template <typename Kind, std::size_t n>
using Names = std::array<std::pair<Kind, std::string_view>, n>;

constexpr Names<EchelonGroup, 4> groups{{{EchelonGroup::eselon_2, "eselon_2"sv},
                                         {EchelonGroup::eselon_3, "eselon_3"sv},
                                         {EchelonGroup::eselon_4, "eselon_4"sv},
                                         {EchelonGroup::staff, "staff"sv}}};
constexpr Names<PersonKind, 4> person_kinds{{{PersonKind::pns, "pns"sv},
                                             {PersonKind::cpns, "cpns"sv},
                                             {PersonKind::pppk, "pppk"sv},
                                             {PersonKind::none, "none"sv}}};
constexpr Names<EventKind, 4> event_kinds{{{EventKind::apel, "apel"sv},
                                           {EventKind::senam, "senam"sv},
                                           {EventKind::tausiyah, "tausiyah"sv},
                                           {EventKind::upacara, "upacara"sv}}};
constexpr Names<HolidayKind, 3> holiday_kinds{{{HolidayKind::national, "national"sv},
                                               {HolidayKind::collective_leave, "collective_leave"sv},
                                               {HolidayKind::local, "local"sv}}};

template <typename Kind, std::size_t n>
std::string_view name_of(const Names<Kind, n>& names, Kind kind) {
    for (const auto& [known, name] : names) {
        if (known == kind) return name;
    }
    return "";
}

template <typename Kind, std::size_t n>
std::optional<Kind> kind_of(const Names<Kind, n>& names, std::string_view name) {
    for (const auto& [kind, known] : names) {
        if (known == name) return kind;
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_string(EchelonGroup group) { return name_of(groups, group); }
std::string_view to_string(PersonKind kind) { return name_of(person_kinds, kind); }
std::string_view to_string(EventKind kind) { return name_of(event_kinds, kind); }
std::string_view to_string(HolidayKind kind) { return name_of(holiday_kinds, kind); }
std::optional<EchelonGroup> echelon_group(std::string_view name) { return kind_of(groups, name); }
std::optional<PersonKind> person_kind(std::string_view name) { return kind_of(person_kinds, name); }
std::optional<EventKind> event_kind(std::string_view name) { return kind_of(event_kinds, name); }
std::optional<HolidayKind> holiday_kind(std::string_view name) { return kind_of(holiday_kinds, name); }

std::string folded_name(std::string_view name) {
    std::string out;
    bool blank = false;
    for (const char c : to_lower(name)) {
        if (c == ' ' || c == '\t') {
            blank = !out.empty();
            continue;
        }
        if (blank) out.push_back(' ');
        blank = false;
        out.push_back(c);
    }
    return out;
}

std::string format_day(Day day) { return format_device_time(DeviceTime(day)).substr(0, 10); }

std::optional<Day> decode_day(std::string_view text) {
    if (text.size() != 10) return std::nullopt;
    const auto time = decode_device_time(std::string(text) + "T00:00:00");
    if (!time) return std::nullopt;
    const Day day = std::chrono::floor<std::chrono::days>(*time);
    // Comparing with our own print refuses every lax form that the terminals' reader takes.
    return format_day(day) == text ? std::optional(day) : std::nullopt;
}

std::string format_time_of_day(std::chrono::minutes time) {
    return format_device_time(DeviceTime(Day{}) + time).substr(11, 5);
}

std::optional<std::chrono::minutes> decode_time_of_day(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = decode_number(text.substr(0, 2), 0, 23);
    const auto minute = decode_number(text.substr(3), 0, 59);
    if (!hour || !minute) return std::nullopt;
    const std::chrono::minutes time{*hour * 60 + *minute};
    return format_time_of_day(time) == text ? std::optional(time) : std::nullopt;
}

}  // namespace presensi::attendance
