#pragma once
// Alarms about this computer and what is set up on it: disk, descriptors, backup, keys, firmware, strangers. Lives on
// the I/O thread.

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <system_error>

#include "config/settings.hpp"
#include "daemon/alarms.hpp"
#include "daemon/aside.hpp"
#include "daemon/clock.hpp"
#include "daemon/log.hpp"
#include "daemon/terminal_registry.hpp"

namespace presensi {

struct DiskSpace {
    std::uint64_t free_bytes = 0;
    std::uint64_t all_bytes = 0;
};
// Of the file system that holds this folder; nothing: it cannot be asked.
std::optional<DiskSpace> disk_space_of(const std::filesystem::path& folder);

struct Descriptors {
    std::uint64_t open = 0;
    std::uint64_t limit = 0;  // 0: not known
};
Descriptors descriptors_of_us();

// When a file was written last, or why that cannot be told.
struct FileTime {
    std::error_code error;
    Instant written{};
};
FileTime time_of_file(const std::filesystem::path& file);

// What a test may replace.
struct HealthProbes {
    std::function<std::optional<DiskSpace>(const std::filesystem::path&)> disk_space = disk_space_of;
    std::function<Descriptors()> descriptors = descriptors_of_us;
    std::function<FileTime(const std::filesystem::path&)> file_time = time_of_file;  // on a thread of its own
    std::function<std::uint64_t()> mistakes = log::mistakes;
};

class HealthWatch {
public:
    HealthWatch(const config::Settings& settings, TerminalRegistry& registry, Alarms& alarms, Now now,
                HealthProbes probes);

    // The last run did not end by itself.
    void note_unclean_stop();
    // Every few seconds.
    void look();
    // The file system has not said yet when the last backup was.
    bool asks_for_backup() const { return backup_.asking(); }

private:
    void look_at_strangers();
    void look_at_rejects();
    void look_at_mistakes();
    void look_at_disk();
    void look_at_descriptors();
    void ask_for_backup();
    void hear_of_backup();
    // One of the alarms of the backup, or none ("").
    void judge_backup(std::string_view alarm, const Alarms::Details& details = {});
    void look_at_terminals();

    const config::Settings& settings_;
    TerminalRegistry& registry_;
    Alarms& alarms_;
    Now now_;
    HealthProbes probes_;
    std::optional<Instant> unclean_since_;
    std::uint64_t mistakes_;  // at the last look
    std::optional<Instant> mistaken_at_;
    std::optional<Instant> looked_at_;
    std::filesystem::path backup_file_;  // the one that is asked for
    Aside<FileTime> backup_;
    struct Strangers {
        Instant at{};
        std::int64_t seen = 0;
    };
    std::deque<Strangers> strangers_;  // once a look, of the last ten minutes
};

// A firmware of which somebody has published how to take it over; nothing: none that we know of.
struct VulnerableFirmware {
    std::string_view begins_with;
    std::string_view advisory;
    std::string_view known_since;  // the day on which this row was written down
};
std::span<const VulnerableFirmware> vulnerable_firmwares();
const VulnerableFirmware* find_vulnerable(std::string_view firmware);

// For who holds certificates: raises certificate_ends from 30 days before the first of them ends and certificate_ended
// after it, and clears both. Again whenever they are read or a day has passed; no certificates: none is in use.
struct CertificateEnd {
    std::string file;
    Instant at{};
};
void judge_certificates(Alarms& alarms, std::span<const CertificateEnd> certificates, Instant now);

}  // namespace presensi
