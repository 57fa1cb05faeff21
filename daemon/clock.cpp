#include "daemon/clock.hpp"

#include <date/tz.h>
#include <sys/timex.h>

#include <algorithm>
#include <stdexcept>

#include "protocol/text_fields.hpp"

namespace presensi {

namespace {

const date::time_zone& zone_of(const void* zone) { return *static_cast<const date::time_zone*>(zone); }

}  // namespace

Instant system_now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

std::optional<bool> clock_is_synchronised() {
    timex query{};
    const int state = adjtimex(&query);
    if (state < 0) return std::nullopt;
    return state != TIME_ERROR && (query.status & STA_UNSYNC) == 0;
}

Zone::Zone(const std::string& name) : name_(name), zone_(date::locate_zone(name)) {}

std::chrono::sys_seconds Zone::to_utc(DeviceTime local) {
    if (local >= last_unique_.begin && local < last_unique_.end)
        return std::chrono::sys_seconds{local.time_since_epoch() - last_unique_.offset};
    const date::local_seconds reading{local.time_since_epoch()};
    const auto info = zone_of(zone_).get_info(reading);
    if (info.result == date::local_info::nonexistent) return info.first.end;
    if (info.result == date::local_info::unique) {
        // No zone ever moved by more than a day: inside this margin no reading occurs twice or never.
        constexpr auto margin = std::chrono::days{2};
        const auto reading_at = [&](date::sys_seconds utc) {
            return DeviceTime{utc.time_since_epoch() + info.first.offset};
        };
        last_unique_ = {reading_at(info.first.begin) + margin, reading_at(info.first.end) - margin, info.first.offset};
    }
    return std::chrono::sys_seconds{local.time_since_epoch() - info.first.offset};
}

DeviceTime Zone::to_local(std::chrono::sys_seconds utc) const {
    return DeviceTime{utc.time_since_epoch() + zone_of(zone_).get_info(utc).offset};
}

std::chrono::minutes Zone::offset_at(std::chrono::sys_seconds utc) const {
    return std::chrono::duration_cast<std::chrono::minutes>(zone_of(zone_).get_info(utc).offset);
}

bool Zone::exists(const std::string& name) {
    try {
        date::locate_zone(name);
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

std::string spoken_local(const Zone& zone, Instant at) {
    std::string text = format_device_time(local_at(zone, at));
    std::replace(text.begin(), text.end(), 'T', ' ');
    return text;
}

Zone computer_zone() {
    try {
        return Zone(date::current_zone()->name());
    } catch (const std::runtime_error&) {
        return Zone("Etc/UTC");
    }
}

}  // namespace presensi
