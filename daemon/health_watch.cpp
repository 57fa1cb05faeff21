#include "daemon/health_watch.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "daemon/health_limits.hpp"
#include "protocol/text_fields.hpp"

namespace presensi {

using namespace std::chrono_literals;

namespace {

constexpr auto seldom = 1min;  // what costs a system call or a walk over all terminals
constexpr auto strangers_in = 10min;
constexpr std::int64_t most_strangers = 20;  // nine apel terminals and a delivery of new ones come to less
constexpr auto rejects_stand = 24h;
constexpr auto unclean_stands = 24h;
constexpr auto mistakes_stand = 24h;
constexpr std::uint64_t MiB = 1024 * 1024;
constexpr std::uint64_t most_descriptors_percent = 80;

// Kaspersky, K-ZkTeco-2023-001 … 006 (CVE-2023-3938 … 3943): commands as root, files read and written over port 4370.
constexpr std::array<VulnerableFirmware, 1> vulnerable{{
    {"ZAM170-NF-1.8.25", "CVE-2023-3939, CVE-2023-3941, CVE-2023-3943", "2026-11-27"},
}};

Sentence why_unreadable(const std::error_code& error) {
    if (error == std::errc::permission_denied) return {"permission denied", "izin ditolak"};
    return both(error.message());
}

bool is_pulled_without_key(const config::TerminalSettings& terminal) {
    if (!terminal.pull) return false;
    const std::string& key = terminal.pull->comm_key.reveal();
    return key.find_first_not_of('0') == key.npos;
}

}  // namespace

std::optional<DiskSpace> disk_space_of(const std::filesystem::path& folder) {
    struct statvfs space {};
    if (statvfs(folder.c_str(), &space) != 0 || space.f_blocks == 0) return std::nullopt;
    return DiskSpace{std::uint64_t{space.f_bavail} * space.f_frsize, std::uint64_t{space.f_blocks} * space.f_frsize};
}

Descriptors descriptors_of_us() {
    Descriptors found;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) found.limit = limit.rlim_cur;
    DIR* const folder = opendir("/proc/self/fd");
    if (folder == nullptr) return {};
    while (const dirent* entry = readdir(folder)) found.open += entry->d_name[0] == '.' ? 0 : 1;
    closedir(folder);
    --found.open;  // the one that looked
    return found;
}

FileTime time_of_file(const std::filesystem::path& file) {
    FileTime found;
    const auto time = std::filesystem::last_write_time(file, found.error);
    if (found.error) return found;
    found.written = std::chrono::floor<std::chrono::milliseconds>(std::chrono::file_clock::to_sys(time));
    return found;
}

std::span<const VulnerableFirmware> vulnerable_firmwares() { return vulnerable; }

const VulnerableFirmware* find_vulnerable(std::string_view firmware) {
    for (const auto& known : vulnerable) {
        if (firmware.find(known.begins_with) != firmware.npos) return &known;
    }
    return nullptr;
}

void judge_certificates(Alarms& alarms, std::span<const CertificateEnd> certificates, Instant now) {
    const auto first = std::min_element(certificates.begin(), certificates.end(),
                                        [](const auto& a, const auto& b) { return a.at < b.at; });
    const bool none = first == certificates.end();
    if (none || first->at > now) alarms.clear("certificate_ended", "");
    if (none || first->at > now + certificate_warned || first->at <= now) alarms.clear("certificate_ends", "");
    if (none || first->at > now + certificate_warned) return;
    const auto days = std::chrono::floor<std::chrono::days>(first->at - now).count();
    alarms.raise(first->at <= now ? "certificate_ended" : "certificate_ends", "", now,
                 {{"file", both(first->file)}, {"days", both(std::to_string(days))}});
}

HealthWatch::HealthWatch(const config::Settings& settings, TerminalRegistry& registry, Alarms& alarms, Now now,
                         HealthProbes probes)
    : settings_(settings),
      registry_(registry),
      alarms_(alarms),
      now_(std::move(now)),
      probes_(std::move(probes)),
      mistakes_(probes_.mistakes()) {}

void HealthWatch::note_unclean_stop() {
    unclean_since_ = now_();
    alarms_.raise("unclean_stop", "", *unclean_since_,
                  {{"at", both(spoken_local(Zone(settings_.time_zone), *unclean_since_))}});
}

void HealthWatch::look() {
    const Instant now = now_();
    look_at_strangers();
    look_at_rejects();
    look_at_mistakes();
    hear_of_backup();
    if (unclean_since_ && has_passed(*unclean_since_, unclean_stands, now)) {
        unclean_since_.reset();
        alarms_.clear("unclean_stop", "");
    }
    if (looked_at_ && !has_passed(*looked_at_, seldom, now)) return;
    looked_at_ = now;
    look_at_disk();
    look_at_descriptors();
    ask_for_backup();
    look_at_terminals();
}

void HealthWatch::look_at_mistakes() {
    const Instant now = now_();
    if (const auto made = probes_.mistakes(); made != mistakes_) {
        mistakes_ = made;
        mistaken_at_ = now;
        alarms_.raise("own_mistake", "", now, {{"at", both(spoken_local(Zone(settings_.time_zone), now))}});
    } else if (mistaken_at_ && has_passed(*mistaken_at_, mistakes_stand, now)) {
        mistaken_at_.reset();
        alarms_.clear("own_mistake", "");
    }
}

void HealthWatch::look_at_strangers() {
    const Instant now = now_();
    while (strangers_.size() > 1 && has_passed(strangers_.front().at, strangers_in, now)) strangers_.pop_front();
    strangers_.push_back({now, registry_.unknown_seen()});
    const auto count = strangers_.back().seen - strangers_.front().seen;
    if (count > most_strangers) {
        alarms_.raise("unknown_terminals", "", now, {{"count", both(std::to_string(count))}});
    } else {
        alarms_.clear("unknown_terminals", "");
    }
}

void HealthWatch::look_at_rejects() {
    const Instant now = now_();
    for (Terminal* terminal : registry_.each()) {
        if (!terminal->rejects_at || !has_passed(*terminal->rejects_at, rejects_stand, now)) continue;
        terminal->rejects_at.reset();
        terminal->rejects_lately = 0;
        alarms_.clear("new_rejects", terminal->row.serial);
    }
}

void HealthWatch::look_at_disk() {
    const auto space = probes_.disk_space(settings_.state_folder);
    if (space && is_short(*space)) {
        alarms_.raise("disk_short", "", now_(),
                      {{"folder", both(settings_.state_folder.string())},
                       {"free", both(std::to_string(space->free_bytes / MiB))},
                       {"percent", both(std::to_string(percent_free(*space)))}});
    } else {
        alarms_.clear("disk_short", "");
    }
}

void HealthWatch::look_at_descriptors() {
    const Descriptors found = probes_.descriptors();
    if (found.limit != 0 && found.open * 100 >= found.limit * most_descriptors_percent) {
        alarms_.raise("descriptors_short", "", now_(),
                      {{"used", both(std::to_string(found.open))}, {"limit", both(std::to_string(found.limit))}});
    } else {
        alarms_.clear("descriptors_short", "");
    }
}

// The stamp may lie on a network file system that answers in hours or never: no thread of ours waits for it, and no
// answer in a minute is an answer, too.
void HealthWatch::ask_for_backup() {
    const auto& file = settings_.backup.stamp_file;
    if (backup_file_ != file) {  // a reload took it away, or names another
        backup_ = {};
        backup_file_ = file;
        judge_backup("");
    }
    if (file.empty()) return;
    const auto unreadable = [&](Sentence reason) {
        judge_backup("backup_unreadable", {{"file", both(file.string())}, {"reason", std::move(reason)}});
    };
    if (backup_.asking()) {
        unreadable({"its file system does not answer", "sistem berkasnya tidak menjawab"});
    } else if (!backup_.ask([file, time = probes_.file_time] { return time(file); })) {
        unreadable({"this computer gives no thread to ask", "komputer ini tidak memberi thread untuk memeriksanya"});
    }
}

void HealthWatch::hear_of_backup() {
    const auto answer = backup_.take();
    if (!answer) return;
    const Sentence file = both(backup_file_.string());
    if (answer->error == std::errc::no_such_file_or_directory) {
        judge_backup("backup_missing", {{"file", file}});
    } else if (answer->error) {
        judge_backup("backup_unreadable", {{"file", file}, {"reason", why_unreadable(answer->error)}});
    } else if (now_() - answer->written > backup_every) {
        judge_backup("backup_old", {{"last", both(spoken_local(Zone(settings_.time_zone), answer->written))}});
    } else {
        judge_backup("");
    }
}

void HealthWatch::judge_backup(std::string_view alarm, const Alarms::Details& details) {
    for (const std::string_view each : {"backup_missing", "backup_unreadable", "backup_old"}) {
        if (each == alarm) {
            alarms_.raise(each, "", now_(), details);
        } else {
            alarms_.clear(each, "");
        }
    }
}

void HealthWatch::look_at_terminals() {
    const Instant now = now_();
    for (const Terminal* terminal : registry_.each()) {
        const auto* known = terminal->approved() ? find_vulnerable(terminal->row.firmware) : nullptr;
        if (known == nullptr) {
            alarms_.clear("firmware_vulnerable", terminal->row.serial);
            continue;
        }
        alarms_.raise("firmware_vulnerable", terminal->row.serial, now,
                      {{"firmware", both(terminal->row.firmware)}, {"advisory", both(std::string(known->advisory))}});
    }
    const auto count =
        std::count_if(settings_.terminals.begin(), settings_.terminals.end(), [this](const auto& configured) {
            const Terminal* terminal = registry_.find(configured.serial);
            return is_pulled_without_key(configured) && terminal != nullptr && terminal->approved();
        });
    if (count > 0) {
        alarms_.raise("comm_key_zero", "", now, {{"count", both(std::to_string(count))}});
    } else {
        alarms_.clear("comm_key_zero", "");
    }
}

}  // namespace presensi
