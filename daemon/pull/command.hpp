#pragma once
// What the command line does with terminals and files; each returns the exit code.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "daemon/pull/visit.hpp"
#include "protocol/usb/attendance_file.hpp"

namespace presensi::pull {

// A log to a file: whole, or no file. Needs no configuration, store or root.
int pull_to_file(const Place& place, std::uint32_t comm_key, const std::filesystem::path& file);

// One pull now, by the running daemon if it answers, else by this process. token: what a daemon with accounts wants to
// see; empty: none.
int pull_terminal(const config::Settings& settings, const std::string& serial, const std::string& token = {});

// Files in, likewise. Goes on after a file that is refused; then the exit code is 1.
struct ImportOptions {
    usb::Said said{};
    bool dry_run = false;
    bool confirmed = false;
    std::string token{};  // as above
};
int import_files(const config::Settings& settings, const std::string& serial,
                 const std::vector<std::filesystem::path>& files, const ImportOptions& options);

int probe_address(const Place& place, const std::filesystem::path& comm_key_file);

// "10.20.0.14", "10.20.0.14:4371", "[fd00::1]:4370", "terminal.lan". Throws std::runtime_error with a sentence.
Place decode_place(const std::string& text);
// The number in a file; empty path: 0, no key. Throws std::runtime_error.
std::uint32_t read_comm_key(const std::filesystem::path& file);

}  // namespace presensi::pull
