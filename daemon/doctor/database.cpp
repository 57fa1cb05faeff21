#include "daemon/doctor/database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>

#include "daemon/clock.hpp"
#include "daemon/installed.hpp"
#include "daemon/open_store.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::doctor {

namespace {

using storage::TerminalRow;
using storage::TerminalState;

// As the page has it (daemon/web/page/terminal_state.js).
constexpr auto quiet_after = std::chrono::minutes(15);  // of one that pushes
constexpr auto duty_after = std::chrono::days(8);       // of one that is pulled or brought as a file
constexpr auto fetched_by = std::chrono::hours(1);      // who polls every half minute has fetched its command long ago
constexpr std::size_t most_lines = 10;                  // of one kind

bool is_portable(const config::Settings& settings, const std::string& serial) {
    return std::any_of(settings.terminals.begin(), settings.terminals.end(),
                       [&](const auto& terminal) { return terminal.serial == serial && terminal.portable; });
}

std::string name_of(const TerminalRow& row) {
    return row.name.empty() ? row.serial : fmt::format("{} ({})", row.name, row.serial);
}

std::string spoken(const config::Settings& settings, Instant at) {
    std::string text = format_device_time(local_at(Zone(settings.time_zone), at)).substr(0, 16);
    std::replace(text.begin(), text.end(), 'T', ' ');
    return text;
}

Finding never_heard(const TerminalRow& row) {
    return {
        Mark::bad,
        fmt::format("Mesin {} belum pernah menghubungi server. Periksa menu Cloud Server/ADMS mesin: alamat dan "
                    "port.",
                    name_of(row)),
        fmt::format("Terminal {} has never called. Check its Cloud Server/ADMS menu: address and port.", name_of(row))};
}

Finding silent(const TerminalRow& row, const std::string& since) {
    return {Mark::bad,
            fmt::format("Mesin {} diam sejak {}. Periksa listrik, kabel jaringan, dan alamat server di menu mesin.",
                        name_of(row), since),
            fmt::format(
                "Terminal {} has been silent since {}. Check power, network cable and the server address in its menu.",
                name_of(row), since)};
}

Finding waiting(const TerminalRow& row) {
    return {Mark::bad,
            fmt::format("Mesin {} di {} menunggu persetujuan; datanya tetap di mesin. Setujui di halaman, atau "
                        "tambahkan ke konfigurasi.",
                        row.serial, row.address),
            fmt::format("Terminal {} at {} waits for approval; it keeps its data. Approve it on the page, or add it to "
                        "the configuration.",
                        row.serial, row.address)};
}

void append_some(Findings& all, Findings kind) {
    const std::size_t shown = std::min(kind.size(), most_lines);
    const std::size_t left = kind.size() - shown;
    kind.resize(shown);
    all.insert(all.end(), kind.begin(), kind.end());
    if (left == 0) return;
    all.push_back({Mark::bad, fmt::format("… dan {} mesin lagi seperti itu; lihat di halaman.", left),
                   fmt::format("… and {} more like these; see the page.", left)});
}

}  // namespace

Findings check_rights(const storage::StoreRights& rights) {
    if (!rights.may_add) {
        return {{Mark::bad,
                 fmt::format("Role {} tidak berhak membaca dan menambah di semua tabel. Jalankan: "
                             "/usr/lib/presensi/database create",
                             rights.role),
                 fmt::format("The role {} may not read and add in every table. Run: /usr/lib/presensi/database create",
                             rights.role)}};
    }
    if (rights.may_change) {
        return {{Mark::bad,
                 fmt::format("Role {} dapat mengubah absensi; hanya trigger yang menolaknya. Masuklah sebagai role "
                             "presensid (roles.sql).",
                             rights.role),
                 fmt::format("The role {} may change punches; only triggers refuse it. Log in as the role presensid "
                             "(roles.sql).",
                             rights.role)}};
    }
    return {{Mark::good, fmt::format("Role {} membaca dan menambah, tidak dapat mengubah absensi.", rights.role),
             fmt::format("The role {} reads and adds, and cannot change a punch.", rights.role)}};
}

Findings check_terminals(const config::Settings& settings, std::span<const TerminalRow> rows, Instant now) {
    Findings never;
    Findings quiet;
    Findings seen;
    std::set<std::string> known;
    std::size_t heard = 0;
    for (const auto& row : rows) {
        known.insert(row.serial);
        if (row.state == TerminalState::seen) seen.push_back(waiting(row));
        // A portable one hears no network for days (architecture 3.9).
        if (row.state != TerminalState::approved || is_portable(settings, row.serial)) continue;
        const auto last = decode_utc(row.last_seen);
        const std::chrono::milliseconds limit =
            row.push_version.empty() ? std::chrono::milliseconds(duty_after) : std::chrono::milliseconds(quiet_after);
        if (!last) {
            never.push_back(never_heard(row));
        } else if (now - *last > limit) {
            quiet.push_back(silent(row, spoken(settings, *last)));
        } else {
            ++heard;
        }
    }
    for (const auto& wanted : settings.terminals) {
        if (known.contains(wanted.serial) || wanted.portable) continue;
        TerminalRow row;
        row.serial = wanted.serial;
        row.name = wanted.name;
        never.push_back(never_heard(row));
    }
    Findings findings;
    if (heard > 0)
        findings.push_back(
            {Mark::good, fmt::format("{} mesin terdengar.", heard), fmt::format("{} terminals are heard.", heard)});
    append_some(findings, std::move(quiet));
    append_some(findings, std::move(never));
    append_some(findings, std::move(seen));
    return findings;
}

Findings check_commands(std::span<const storage::CommandRow> open, Instant now) {
    std::size_t late = 0;
    std::set<std::int64_t> terminals;
    for (const auto& row : open) {
        const auto since = decode_utc(row.queued_at);
        if (!since || now - *since < fetched_by) continue;
        ++late;
        terminals.insert(row.terminal_id);
    }
    if (late == 0) return {};
    return {{Mark::bad,
             fmt::format("{} perintah sudah lebih dari satu jam belum diambil oleh {} mesin. Periksa apakah mesin itu "
                         "tersambung; perintah yang terlalu lama dibatalkan sendiri.",
                         late, terminals.size()),
             fmt::format("{} commands have waited for {} terminals for more than an hour. Look whether these are "
                         "connected; a command that waits too long is given up by itself.",
                         late, terminals.size())}};
}

Findings check_database(const config::Settings& settings, Instant now) {
    const std::string place = place_of_store(settings);
    const AsServiceUser as_service(settings.file);
    std::error_code missing;
    if (settings.storage.backend == config::Backend::sqlite &&
        !std::filesystem::exists(settings.database_path(), missing)) {
        return {{Mark::bad, fmt::format("Basis data {} belum ada; dibuat saat presensid pertama kali berjalan.", place),
                 fmt::format("The database {} does not exist yet; the first start of presensid creates it.", place)}};
    }
    Findings findings;
    const auto append = [&](Findings more) { findings.insert(findings.end(), more.begin(), more.end()); };
    try {
        const auto store = open_store(settings, false, StoreUse::beside_a_daemon);
        const auto database = store->open_database();
        const auto version = database->query("SELECT max(version) FROM schema_version").at(0).integer(0);
        findings.push_back({Mark::good, fmt::format("Basis data {} dapat dibaca, skema {}.", place, version),
                            fmt::format("The database {} can be read, schema {}.", place, version)});
        if (settings.storage.backend == config::Backend::postgres) {
            append(check_rights(storage::load_rights(*database)));
        } else {
            findings.push_back({Mark::note,
                                "Penyimpanan ini (SQLite) untuk uji coba; untuk pemakaian resmi PostgreSQL.",
                                "This store (SQLite) is for trials; use PostgreSQL for production."});
        }
        append(check_terminals(settings, storage::TerminalRepository(*database).load_all(), now));
        append(check_commands(storage::CommandRepository(*database).list_open(), now));
    } catch (const std::runtime_error& error) {
        findings.push_back(
            {Mark::bad,
             fmt::format("Basis data tidak dapat dibuka: {}. Periksa: systemctl status postgresql", error.what()),
             fmt::format("The database cannot be opened: {}. Look at: systemctl status postgresql", error.what())});
    }
    return findings;
}

}  // namespace presensi::doctor
