#include "daemon/doctor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daemon/clock.hpp"
#include "daemon/open_store.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"
#include "storage/terminal_repository.hpp"

namespace presensi {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::uintmax_t little_space = 500ULL * 1024 * 1024;
constexpr auto silent_after = std::chrono::hours(24);

struct Finding {
    bool good = false;
    std::string indonesian;
    std::string english;
};

Finding check_clock() {
    if (clock_is_synchronised().value_or(false))
        return {true, "Jam komputer tersinkron.", "The computer's clock is synchronised."};
    return {
        false,
        "Jam komputer TIDAK tersinkron; mesin tidak diberi waktu. Jalankan: systemctl enable --now systemd-timesyncd",
        "The computer's clock is NOT synchronised; terminals are not told the time. Run: systemctl enable --now "
        "systemd-timesyncd"};
}

Finding check_folder(const std::filesystem::path& folder) {
    std::error_code error;
    const auto space = std::filesystem::space(folder.empty() ? "." : folder, error);
    const auto name = folder.string();
    if (error) {
        return {false,
                fmt::format("Folder data {} tidak dapat dibuka ({}). Buat folder itu dan beri hak tulis.", name,
                            error.message()),
                fmt::format("The state folder {} cannot be opened ({}). Create it and make it writable.", name,
                            error.message())};
    }
    const auto free = space.available / (1024 * 1024);
    if (space.available < little_space) {
        return {false, fmt::format("Ruang disk di {} tinggal {} MiB. Kosongkan ruang.", name, free),
                fmt::format("Only {} MiB are free in {}. Make room.", free, name)};
    }
    return {true, fmt::format("Ruang disk cukup: {} MiB di {}.", free, name),
            fmt::format("Enough disk space: {} MiB in {}.", free, name)};
}

// Something listens there: the daemon, or whoever took its port.
bool answers(const config::ListenerSettings& listener, const std::string& path, const std::string& expected) {
    asio::io_context io;
    tcp::socket socket(io);
    boost::system::error_code error;
    auto address = asio::ip::make_address(listener.address, error);
    if (address.is_unspecified()) address = asio::ip::make_address("127.0.0.1");
    socket.connect({address, listener.port}, error);
    if (error) return false;
    const timeval patience{3, 0};
    setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
    asio::write(socket, asio::buffer(request), error);
    std::string reply(512, '\0');
    const ssize_t count = recv(socket.native_handle(), reply.data(), reply.size(), 0);
    return count > 0 && reply.substr(0, static_cast<std::size_t>(count)).find(expected) != std::string::npos;
}

bool is_free(const config::ListenerSettings& listener) {
    asio::io_context io;
    boost::system::error_code error;
    const tcp::endpoint endpoint(asio::ip::make_address(listener.address, error), listener.port);
    tcp::acceptor acceptor(io);
    acceptor.open(endpoint.protocol(), error);
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    acceptor.bind(endpoint, error);
    return !error;
}

Finding check_daemon(const config::Settings& settings) {
    const auto admin = settings.admin_listener.port;
    const auto terminals = settings.terminal_listener.port;
    if (answers(settings.admin_listener, "/healthz", "alive")) {
        // An unknown serial: the terminal listener of ours says so.
        if (answers(settings.terminal_listener, "/iclock/ping", "UNKNOWN DEVICE")) {
            return {true, fmt::format("presensid berjalan; mesin dilayani di port {}.", terminals),
                    fmt::format("presensid is running; terminals are served on port {}.", terminals)};
        }
        return {
            false, fmt::format("presensid berjalan, tetapi port mesin {} tidak menjawab. Periksa log.", terminals),
            fmt::format("presensid is running but the terminal port {} does not answer. Look at the log.", terminals)};
    }
    for (const auto* listener : {&settings.admin_listener, &settings.terminal_listener}) {
        if (!is_free(*listener)) {
            return {false,
                    fmt::format("Port {} dipakai program lain. Cari dengan: ss -ltnp 'sport = :{}'", listener->port,
                                listener->port),
                    fmt::format("Port {} is taken by another program. Find it with: ss -ltnp 'sport = :{}'",
                                listener->port, listener->port)};
        }
    }
    return {false,
            fmt::format("presensid TIDAK berjalan (port {} dan {} bebas). Jalankan: systemctl start presensid",
                        terminals, admin),
            fmt::format("presensid is NOT running (ports {} and {} are free). Run: systemctl start presensid",
                        terminals, admin)};
}

Finding silent_terminal(const std::string& serial, const std::string& name, const std::string& last_seen) {
    if (last_seen.empty()) {
        return {
            false,
            fmt::format("Mesin {} {} belum pernah menghubungi server. Periksa menu Cloud Server/ADMS: alamat dan port.",
                        serial, name),
            fmt::format("Terminal {} {} has never called. Check its Cloud Server/ADMS menu: address and port.", serial,
                        name)};
    }
    return {
        false,
        fmt::format("Mesin {} {} diam sejak {}. Periksa listrik, kabel jaringan, dan alamat server di menu mesin.",
                    serial, name, last_seen),
        fmt::format(
            "Terminal {} {} has been silent since {}. Check power, network cable and the server address in its menu.",
            serial, name, last_seen)};
}

std::vector<Finding> check_database(const config::Settings& settings) {
    const std::string place = place_of_store(settings);
    std::error_code missing;
    if (settings.storage.backend == config::Backend::sqlite &&
        !std::filesystem::exists(settings.database_path(), missing)) {
        return {{false, fmt::format("Basis data {} belum ada; dibuat saat presensid pertama kali berjalan.", place),
                 fmt::format("The database {} does not exist yet; the first start of presensid creates it.", place)}};
    }
    std::vector<Finding> findings;
    try {
        const auto store = open_store(settings, false, StoreUse::beside_a_daemon);
        const auto database = store->open_database();
        const auto rows = storage::TerminalRepository(*database).load_all();
        findings.push_back({true, fmt::format("Basis data {} dapat dibaca.", place),
                            fmt::format("The database {} can be read.", place)});
        const auto now = system_now();
        for (const auto& wanted : settings.terminals) {
            if (wanted.portable) continue;  // hears no network for days (architecture 3.9)
            std::string last_seen;
            for (const auto& row : rows) {
                if (row.serial == wanted.serial) last_seen = row.last_seen;
            }
            const auto heard = decode_utc(last_seen);
            if (!heard || now - *heard > silent_after)
                findings.push_back(silent_terminal(wanted.serial, wanted.name, last_seen));
        }
        for (const auto& row : rows) {
            if (row.state != storage::TerminalState::seen) continue;
            findings.push_back(
                {false,
                 fmt::format("Mesin {} di {} menunggu persetujuan. Tambahkan ke konfigurasi atau setujui lewat API.",
                             row.serial, row.address),
                 fmt::format(
                     "Terminal {} at {} waits for approval. Add it to the configuration or approve it over the API.",
                     row.serial, row.address)});
        }
    } catch (const std::runtime_error& error) {
        findings.push_back({false, fmt::format("Basis data tidak dapat dibuka: {}", error.what()),
                            fmt::format("The database cannot be opened: {}", error.what())});
    }
    return findings;
}

}  // namespace

bool run_doctor(const config::Settings& settings, DoctorLanguage language, std::FILE* out) {
    std::vector<Finding> findings{check_clock(), check_folder(settings.state_folder), check_daemon(settings)};
    for (auto& finding : check_database(settings)) findings.push_back(std::move(finding));
    bool good = true;
    for (const auto& finding : findings) {
        good = good && finding.good;
        fmt::print(out, "{} {}\n", finding.good ? "[ok]" : "[!!]",
                   language == DoctorLanguage::english ? finding.english : finding.indonesian);
    }
    return good;
}

}  // namespace presensi
