#pragma once
// What the daemon stands on: its configuration and the files that it names, the clock, disks, certificates, backup.

#include <filesystem>
#include <optional>

#include "config/load.hpp"
#include "daemon/doctor/finding.hpp"
#include "daemon/health_watch.hpp"

namespace presensi::doctor {

// Every mistake; without one a single line. Secrets that others may read are mistakes, too.
Findings check_configuration(const std::filesystem::path& file, const config::LoadResult& loaded);
// The same file as the service's own user reads it: what root can read and it cannot.
Findings check_readable(const config::LoadResult& as_service);
Finding check_clock(std::optional<bool> synchronised);
Finding check_disk(const std::filesystem::path& folder, const std::optional<DiskSpace>& space);
Findings check_certificates(const config::Settings& settings, Instant now);
Finding check_backup(const config::Settings& settings, Instant now);

}  // namespace presensi::doctor
