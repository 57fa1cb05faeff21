#include "daemon/doctor/machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include "daemon/clock.hpp"
#include "daemon/health_limits.hpp"
#include "daemon/http/identity.hpp"
#include "daemon/installed.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::doctor {

namespace {

constexpr std::uint64_t MiB = 1024 * 1024;

Finding check_certificate(const std::string& listener, const config::TlsSettings& tls, Instant now) {
    try {
        const http::Identity identity(listener, tls);
        const std::string file = identity.file().string();
        const std::string end = format_utc(identity.expires()).substr(0, 10);
        if (identity.expires() <= now) {
            return {
                Mark::bad,
                fmt::format("Sertifikat {} sudah berakhir ({}). Perbarui, lalu: systemctl reload presensid", file, end),
                fmt::format("The certificate {} has ended ({}). Renew it, then: systemctl reload presensid", file,
                            end)};
        }
        if (identity.expires() <= now + certificate_warned) {
            return {
                Mark::bad,
                fmt::format("Sertifikat {} berakhir {}. Perbarui, lalu: systemctl reload presensid", file, end),
                fmt::format("The certificate {} ends on {}. Renew it, then: systemctl reload presensid", file, end)};
        }
        return {Mark::good, fmt::format("Sertifikat {} berlaku sampai {}.", file, end),
                fmt::format("The certificate {} is good until {}.", file, end)};
    } catch (const std::runtime_error& error) {
        return {
            Mark::bad,
            fmt::format("{}.tls tidak dapat dipakai: {}. Cocokkan sertifikat dan kuncinya.", listener, error.what()),
            fmt::format("{}.tls cannot be used: {}. Compare certificate and key.", listener, error.what())};
    }
}

}  // namespace

Findings check_configuration(const std::filesystem::path& file, const config::LoadResult& loaded) {
    if (loaded.settings) {
        return {{Mark::good,
                 fmt::format("Konfigurasi {} benar; berkas rahasia tertutup bagi orang lain.", file.string()),
                 fmt::format("The configuration {} is right; files of secrets are closed to others.", file.string())}};
    }
    Findings findings;
    for (const auto& error : loaded.errors) {
        findings.push_back({Mark::bad, fmt::format("Konfigurasi salah. Perbaiki: {}", error.text()),
                            fmt::format("The configuration is wrong. Mend: {}", error.text())});
    }
    return findings;
}

Findings check_readable(const config::LoadResult& as_service) {
    Findings findings;
    for (const auto& error : as_service.errors) {
        if (error.message.find(std::strerror(EACCES)) == error.message.npos) continue;
        findings.push_back(
            {Mark::bad,
             fmt::format("presensid sendiri tidak dapat membaca berkas ini: {}. Jalankan: chown root:presensid BERKAS; "
                         "chmod 640 BERKAS",
                         error.text()),
             fmt::format("presensid itself cannot read this file: {}. Run: chown root:presensid FILE; chmod 640 FILE",
                         error.text())});
    }
    return findings;
}

Finding check_clock(std::optional<bool> synchronised) {
    if (synchronised.value_or(false))
        return {Mark::good, "Jam komputer tersinkron.", "The computer's clock is synchronised."};
    return {Mark::bad,
            "Jam komputer TIDAK tersinkron; mesin tidak diberi waktu. Jalankan: systemctl enable --now "
            "systemd-timesyncd",
            "The computer's clock is NOT synchronised; terminals are not told the time. Run: systemctl enable --now "
            "systemd-timesyncd"};
}

Finding check_disk(const std::filesystem::path& folder, const std::optional<DiskSpace>& space) {
    const std::string name = folder.string();
    if (!space) {
        return {Mark::bad, fmt::format("Folder data {} tidak dapat dibuka. Buat folder itu dan beri hak tulis.", name),
                fmt::format("The folder {} cannot be opened. Create it and make it writable.", name)};
    }
    const auto free = space->free_bytes / MiB;
    const int percent = percent_free(*space);
    if (is_short(*space)) {
        return {Mark::bad,
                fmt::format("Ruang disk untuk {} tinggal {} MiB ({} %). Kosongkan ruang: bila penuh, tidak ada absensi "
                            "yang diterima.",
                            name, free, percent),
                fmt::format("Only {} MiB ({} %) are free for {}. Make room: when it is full no punch is taken.", free,
                            percent, name)};
    }
    return {Mark::good, fmt::format("Ruang disk cukup untuk {}: {} MiB ({} %).", name, free, percent),
            fmt::format("Enough disk space for {}: {} MiB ({} %).", name, free, percent)};
}

Findings check_certificates(const config::Settings& settings, Instant now) {
    const AsServiceUser as_service(settings.file);
    Findings findings;
    if (settings.terminal_listener.tls.given())
        findings.push_back(check_certificate("terminal_listener", settings.terminal_listener.tls, now));
    if (settings.admin_listener.tls.given())
        findings.push_back(check_certificate("admin_listener", settings.admin_listener.tls, now));
    return findings;
}

Finding check_backup(const config::Settings& settings, Instant now) {
    const auto& file = settings.backup.stamp_file;
    if (file.empty()) {
        return {Mark::note,
                "Tidak diketahui kapan cadangan terakhir dibuat. Tulis backup.stamp_file di konfigurasi "
                "(panduan-pemasangan.md, bagian Cadangan).",
                "Nobody knows when the last backup was made. Set backup.stamp_file (operations.md, Backup)."};
    }
    const AsServiceUser as_service(settings.file);
    std::error_code error;
    const auto written = std::filesystem::last_write_time(file, error);
    if (error && error != std::errc::no_such_file_or_directory) {
        return {Mark::bad,
                fmt::format("{} tidak dapat dibaca ({}), sehingga tidak diketahui kapan cadangan terakhir dibuat. "
                            "Periksa: namei -l {}",
                            file.string(), error.message(), file.string()),
                fmt::format("{} cannot be read ({}), so nobody knows when the last backup was made. Look at: "
                            "namei -l {}",
                            file.string(), error.message(), file.string())};
    }
    if (error) {
        return {Mark::bad,
                fmt::format("Belum pernah ada cadangan: {} tidak ada. Jalankan: systemctl enable --now "
                            "presensid-backup.timer; systemctl start presensid-backup",
                            file.string()),
                fmt::format("There is no backup yet: {} is not there. Run: systemctl enable --now "
                            "presensid-backup.timer; systemctl start presensid-backup",
                            file.string())};
    }
    const auto age = std::chrono::floor<std::chrono::hours>(now - std::chrono::file_clock::to_sys(written)).count();
    if (age >= std::chrono::hours(backup_every).count()) {
        return {Mark::bad,
                fmt::format("Cadangan terakhir {} jam yang lalu. Periksa: journalctl -u presensid-backup -n 20", age),
                fmt::format("The last backup is {} hours old. Look at: journalctl -u presensid-backup -n 20", age)};
    }
    return {Mark::good, fmt::format("Cadangan terakhir {} jam yang lalu.", age),
            fmt::format("The last backup is {} hours old.", age)};
}

}  // namespace presensi::doctor
