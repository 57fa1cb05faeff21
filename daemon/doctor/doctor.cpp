#include "daemon/doctor/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "daemon/clock.hpp"
#include "daemon/doctor/alarms.hpp"
#include "daemon/doctor/database.hpp"
#include "daemon/doctor/machine.hpp"
#include "daemon/doctor/ports.hpp"
#include "daemon/health_watch.hpp"
#include "daemon/installed.hpp"

namespace presensi::doctor {

namespace {

constexpr auto unit_folders = std::array{"/lib/systemd/system", "/etc/systemd/system"};  // the later one wins
constexpr auto postgres_folder = "/var/lib/postgresql";                                  // of Debian's clusters

void append(Findings& all, Findings more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

bool is_postgres_here(const config::Settings& settings) {
    std::error_code error;
    return settings.storage.backend == config::Backend::postgres &&
           settings.storage.postgres_url.starts_with("postgresql:///") &&
           std::filesystem::is_directory(postgres_folder, error);
}

config::LoadResult load_as_service(const std::filesystem::path& file) {
    const AsServiceUser as_service(file);
    return config::load_settings(file, "");
}

Findings look(const Questions& questions) {
    Findings findings = check_configuration(questions.file, questions.loaded);
    if (!questions.loaded.settings) return findings;
    const config::Settings& settings = *questions.loaded.settings;
    const Instant now = system_now();
    append(findings, check_readable(load_as_service(questions.file)));
    findings.push_back(check_clock(clock_is_synchronised()));
    findings.push_back(check_disk(settings.state_folder, disk_space_of(settings.state_folder)));
    if (is_postgres_here(settings)) findings.push_back(check_disk(postgres_folder, disk_space_of(postgres_folder)));
    append(findings, check_certificates(settings, now));
    findings.push_back(check_backup(settings, now));
    append(findings, check_sockets(settings, {unit_folders.begin(), unit_folders.end()}));
    findings.push_back(check_daemon(settings));
    append(findings, check_database(settings, now));
    append(findings, check_alarms(settings, questions.token));
    return findings;
}

}  // namespace

bool run(const Questions& questions, bool english, std::FILE* out) {
    const Findings findings = look(questions);
    for (const auto& finding : findings) {
        const char* mark = finding.mark == Mark::good ? "[ok]" : finding.mark == Mark::note ? "[--]" : "[!!]";
        fmt::print(out, "{} {}\n", mark, english ? finding.english : finding.indonesian);
    }
    return std::none_of(findings.begin(), findings.end(), [](const auto& each) { return each.mark == Mark::bad; });
}

}  // namespace presensi::doctor
