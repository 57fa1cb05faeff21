#include "daemon/doctor/alarms.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "daemon/doctor/ports.hpp"

namespace presensi::doctor {

namespace json = boost::json;

namespace {

// What other checks say already, with what is to be done on this computer.
constexpr std::array<std::string_view, 10> said_elsewhere{
    "backup_missing",       "backup_old", "certificate_ended", "certificate_ends", "certificate_refused",
    "clock_unsynchronised", "disk_short", "store_unavailable", "terminal_quiet",   "terminal_silent"};

std::string text_of(const json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Finding unreadable() {
    return {Mark::bad, "Jawaban presensid tidak dapat dibaca. Lihat: journalctl -u presensid -n 20",
            "The answer of presensid cannot be read. Look at: journalctl -u presensid -n 20"};
}

Findings standing_in(const json::array& alarms) {
    Findings findings;
    for (const auto& each : alarms) {
        if (!each.is_object()) return {unreadable()};
        const json::object& alarm = each.get_object();
        if (std::count(said_elsewhere.begin(), said_elsewhere.end(), text_of(alarm, "id")) != 0) continue;
        findings.push_back({Mark::bad,
                            fmt::format("{} {}", text_of(alarm, "message_id"), text_of(alarm, "what_to_do_id")),
                            fmt::format("{} {}", text_of(alarm, "message"), text_of(alarm, "what_to_do"))});
    }
    return findings;
}

}  // namespace

Findings alarms_in(const http::Answer& answer) {
    if (answer.status == 401) {
        return {{Mark::note, "Peringatan yang berlaku ada di halaman; dengan --token-file BERKAS juga disebut di sini.",
                 "The alarms that stand are on the page; with --token-file FILE they are listed here, too."}};
    }
    if (answer.status == 503) return {};  // said of the store already
    boost::system::error_code error;
    const json::value value = json::parse(answer.body, error);
    const auto* status = error ? nullptr : value.if_object();
    const auto* alarms = status == nullptr ? nullptr : status->if_contains("alarms");
    if (answer.status != 200 || alarms == nullptr || !alarms->is_array()) return {unreadable()};
    Findings findings = standing_in(alarms->get_array());
    if (findings.empty()) findings.push_back({Mark::good, "Tidak ada peringatan lain.", "No other alarm stands."});
    const auto* configuration = status->if_contains("configuration");
    if (configuration != nullptr && configuration->is_object()) {
        if (const auto mistake = text_of(configuration->get_object(), "last_reload_error"); !mistake.empty()) {
            findings.push_back(
                {Mark::bad,
                 fmt::format("Perubahan konfigurasi terakhir ditolak, yang lama tetap berlaku: {} Perbaiki, lalu: "
                             "systemctl reload presensid",
                             mistake),
                 fmt::format("The last change of the configuration was refused, the old one holds: {} Mend it, then: "
                             "systemctl reload presensid",
                             mistake)});
        }
    }
    return findings;
}

Findings check_alarms(const config::Settings& settings, const std::string& token) {
    const auto answer = ask(settings.admin_listener, {.target = "/api/v1/status", .token = token});
    return answer ? alarms_in(*answer) : Findings{};
}

}  // namespace presensi::doctor
