#include "daemon/doctor/ports.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

namespace presensi::doctor {

namespace {

namespace fs = std::filesystem;
constexpr std::chrono::seconds patience{3};

// proc(5), /proc/net/tcp: local address and port in hexadecimal, state 0A is LISTEN.
std::set<std::string> listening_inodes(std::uint16_t port) {
    std::set<std::string> inodes;
    const std::string wanted = fmt::format(":{:04X}", port);
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::ifstream in(table);
        for (std::string line; std::getline(in, line);) {
            std::istringstream fields(line);
            std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
            fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
            if (state == "0A" && local.ends_with(wanted)) inodes.insert(inode);
        }
    }
    return inodes;
}

bool is_process(const fs::path& folder) {
    const std::string name = folder.filename();
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool holds_one_of(const fs::path& process, const std::set<std::string>& inodes) {
    std::error_code error;
    for (fs::directory_iterator each(process / "fd", error), end; !error && each != end; each.increment(error)) {
        std::error_code gone;
        const std::string target = fs::read_symlink(each->path(), gone);
        constexpr std::string_view socket = "socket:[";
        if (gone || !target.starts_with(socket)) continue;
        if (inodes.contains(target.substr(socket.size(), target.size() - socket.size() - 1))) return true;
    }
    return false;
}

Finding says(Mark mark, std::string indonesian, std::string english) {
    return {mark, std::move(indonesian), std::move(english)};
}

// One port on which presensid does not answer. Nothing: it is free.
std::optional<Finding> taken_port(std::uint16_t port) {
    const PortHolder holder = holder_of(port);
    if (!holder.taken) return std::nullopt;
    const auto has = [&](const char* program) {
        return std::find(holder.programs.begin(), holder.programs.end(), program) != holder.programs.end();
    };
    if (has("presensid") || has("systemd")) {
        return says(Mark::bad,
                    fmt::format("presensid belum menjawab di port {}: masih mulai, menunggu basis data, atau gagal "
                                "mulai. Lihat: journalctl -u presensid -n 20",
                                port),
                    fmt::format("presensid does not answer on port {} yet: it starts, waits for its database, or fails "
                                "to start. Look at: journalctl -u presensid -n 20",
                                port));
    }
    if (!holder.programs.empty()) {
        const std::string names = fmt::format("{}", fmt::join(holder.programs, ", "));
        return says(Mark::bad,
                    fmt::format("Port {0} dipakai program lain ({1}). Hentikan program itu, atau ganti port; lihat: ss "
                                "-ltnp 'sport = :{0}'",
                                port, names),
                    fmt::format("Port {0} is taken by another program ({1}). Stop it, or change the port; look at: ss "
                                "-ltnp 'sport = :{0}'",
                                port, names));
    }
    return says(Mark::bad,
                fmt::format("Port {0} dipakai, tetapi presensid tidak menjawab. Cari siapa pemakainya: sudo ss -ltnp "
                            "'sport = :{0}'",
                            port),
                fmt::format("Port {0} is taken and presensid does not answer. Find out by whom: sudo ss -ltnp 'sport = "
                            ":{0}'",
                            port));
}

Finding about_running(const config::Settings& settings) {
    const auto port = settings.terminal_listener.port;
    const auto ready = ask(settings.admin_listener, {.target = "/readyz"});
    if (!ready || ready->status != 200) {
        return says(Mark::bad,
                    "presensid berjalan, tetapi penyimpanan tidak dapat menulis; mesin menyimpan datanya sendiri. "
                    "Periksa: systemctl status postgresql, dan ruang disk",
                    "presensid is running but its store cannot write; terminals keep their data. Look at: systemctl "
                    "status postgresql, and the disk");
    }
    // A serial number is missing: only a terminal listener of ours says so.
    const auto ping = ask(settings.terminal_listener, {.target = "/iclock/ping"});
    if (!ping || ping->body.find("UNKNOWN DEVICE") == ping->body.npos) {
        return says(Mark::bad,
                    fmt::format("presensid berjalan, tetapi port mesin {} tidak menjawab. Lihat: journalctl -u "
                                "presensid -n 20",
                                port),
                    fmt::format("presensid is running but the terminal port {} does not answer. Look at: journalctl -u "
                                "presensid -n 20",
                                port));
    }
    return says(Mark::good, fmt::format("presensid berjalan; mesin dilayani di port {}.", port),
                fmt::format("presensid is running; terminals are served on port {}.", port));
}

// The ListenStream= lines that hold of a unit; nothing: there is no such unit.
std::optional<std::vector<std::string>> listen_streams(const std::string& unit,
                                                       const std::vector<fs::path>& unit_folders) {
    std::vector<fs::path> files;
    for (const auto& folder : unit_folders) {
        std::error_code error;
        if (fs::is_regular_file(folder / unit, error)) files = {folder / unit};
    }
    if (files.empty()) return std::nullopt;
    for (const auto& folder : unit_folders) {
        std::vector<fs::path> more;
        std::error_code error;
        for (fs::directory_iterator each(folder / (unit + ".d"), error), end; !error && each != end;
             each.increment(error)) {
            if (each->path().extension() == ".conf") more.push_back(each->path());
        }
        std::sort(more.begin(), more.end());
        files.insert(files.end(), more.begin(), more.end());
    }
    std::vector<std::string> streams;
    for (const auto& file : files) {
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);) {
            constexpr std::string_view key = "ListenStream=";
            if (!line.starts_with(key)) continue;
            if (line.size() == key.size()) streams.clear();
            if (line.size() > key.size()) streams.push_back(line.substr(key.size()));
        }
    }
    return streams;
}

bool is_enabled(const std::string& unit, const std::vector<fs::path>& unit_folders) {
    return std::any_of(unit_folders.begin(), unit_folders.end(), [&](const fs::path& folder) {
        std::error_code error;
        return fs::is_symlink(folder / "sockets.target.wants" / unit, error);
    });
}

bool is_same_place(const std::string& stream, const config::ListenerSettings& listener) {
    if (stream == std::to_string(listener.port)) return true;  // on all addresses
    const bool is_six = listener.address.find(':') != std::string::npos;
    const std::string address = is_six ? "[" + listener.address + "]" : listener.address;
    return stream == fmt::format("{}:{}", address, listener.port);
}

}  // namespace

std::optional<http::Answer> ask(const config::ListenerSettings& listener, const http::Question& question) {
    if (listener.port == 0) return std::nullopt;
    std::string address = listener.address;
    if (address == "0.0.0.0") address = "127.0.0.1";
    if (address == "::") address = "::1";
    return http::ask(address, listener.port, question, patience, listener.tls.certificate);
}

PortHolder holder_of(std::uint16_t port) {
    PortHolder holder;
    const auto inodes = listening_inodes(port);
    holder.taken = !inodes.empty();
    if (!holder.taken) return holder;
    std::set<std::string> names;
    std::error_code error;
    for (fs::directory_iterator each("/proc", error), end; !error && each != end; each.increment(error)) {
        if (!is_process(each->path()) || !holds_one_of(each->path(), inodes)) continue;
        std::string name;
        std::ifstream(each->path() / "comm") >> name;
        names.insert(name);
    }
    holder.programs.assign(names.begin(), names.end());
    return holder;
}

Finding check_daemon(const config::Settings& settings) {
    const auto alive = ask(settings.admin_listener, {.target = "/healthz"});
    if (alive && alive->body == "alive\n") return about_running(settings);
    for (const auto port : {settings.admin_listener.port, settings.terminal_listener.port}) {
        if (auto taken = taken_port(port)) return std::move(*taken);
    }
    return says(Mark::bad,
                fmt::format("presensid TIDAK berjalan (port {} dan {} bebas). Jalankan: systemctl start presensid",
                            settings.terminal_listener.port, settings.admin_listener.port),
                fmt::format("presensid is NOT running (ports {} and {} are free). Run: systemctl start presensid",
                            settings.terminal_listener.port, settings.admin_listener.port));
}

Findings check_sockets(const config::Settings& settings, const std::vector<fs::path>& unit_folders) {
    Findings findings;
    for (const auto& [unit, key, listener] :
         {std::tuple("presensid.socket", "terminal_listener", settings.terminal_listener),
          std::tuple("presensid-admin.socket", "admin_listener", settings.admin_listener)}) {
        const auto streams = listen_streams(unit, unit_folders);
        if (!streams || !is_enabled(unit, unit_folders)) continue;
        if (streams->size() == 1 && is_same_place(streams->front(), listener)) continue;
        const std::string there = fmt::format("{}", fmt::join(*streams, ", "));
        findings.push_back(says(
            Mark::bad,
            fmt::format("{0} di konfigurasi ({1} port {2}) tidak sama dengan {3} ({4}), sehingga presensid menolak "
                        "berjalan. Samakan: systemctl edit {3}, lalu: systemctl stop presensid presensid.socket "
                        "presensid-admin.socket; systemctl start presensid.socket presensid-admin.socket presensid",
                        key, listener.address, listener.port, unit, there),
            fmt::format(
                "{0} in the configuration ({1} port {2}) is not what {3} says ({4}), so presensid refuses to "
                "start. Make them the same: systemctl edit {3}, then: systemctl stop presensid presensid.socket "
                "presensid-admin.socket; systemctl start presensid.socket presensid-admin.socket presensid",
                key, listener.address, listener.port, unit, there)));
    }
    return findings;
}

}  // namespace presensi::doctor
