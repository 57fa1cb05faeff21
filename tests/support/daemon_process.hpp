#pragma once
// The installed executable as its own process, for what only a process can show: kill -9, signals, memory, files.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace presensi::test {

// A sanitizer keeps what was freed for a while, so its memory says little; the plain build is what is promised.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::size_t memory_factor = 32;
#else
inline constexpr std::size_t memory_factor = 1;
#endif

// What a service manager gives to a process that it starts, beside $STATE_DIRECTORY.
struct ServiceManager {
    std::vector<std::string> environment{};              // NAME=value
    std::vector<std::pair<int, std::string>> sockets{};  // listening ones and their names, sd_listen_fds(3)
};

class DaemonProcess {
public:
    // Starts `presensid run` on `config` with its state in `folder`; returns when it serves. Throws with its log if it
    // does not.
    DaemonProcess(const std::filesystem::path& config, const std::filesystem::path& folder, bool debug = false,
                  const ServiceManager& manager = {});
    ~DaemonProcess();  // kills it if it still runs
    DaemonProcess(const DaemonProcess&) = delete;
    DaemonProcess& operator=(const DaemonProcess&) = delete;

    void signal(int number);
    int wait();  // exit code; 128 + signal
    std::uint16_t terminal_port() const { return terminal_port_; }
    std::uint16_t admin_port() const { return admin_port_; }
    std::string log() const;
    std::size_t resident_kib(const char* field = "VmRSS") const;  // or VmHWM, its highest

private:
    pid_t pid_ = -1;
    std::filesystem::path log_;
    std::uint16_t terminal_port_ = 0;
    std::uint16_t admin_port_ = 0;
};

struct CommandResult {
    int code = 0;
    std::string output;  // both streams
};

// Runs build/…/bin/presensid with these arguments.
CommandResult run_presensid(const std::vector<std::string>& arguments);

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace presensi::test
