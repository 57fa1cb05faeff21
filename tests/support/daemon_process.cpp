#include "tests/support/daemon_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace presensi::test {

namespace {

const std::string executable = PRESENSI_BIN_DIR "/presensid";

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// "…terminals=http://127.0.0.1:40123/iclock…" or "…=https://…" -> 40123
std::uint16_t port_after(const std::string& log, const std::string& field) {
    const auto at = log.find(field + "=http");
    const auto host = at == std::string::npos ? at : log.find("://", at);
    const auto colon = host == std::string::npos ? host : log.find(':', host + 3);
    if (colon == std::string::npos) return 0;
    return static_cast<std::uint16_t>(std::atoi(log.c_str() + colon + 1));
}

// Between fork and exec, where little is allowed. To 3, 4, …, by way of numbers that are none of these.
void hand_over(const std::vector<std::pair<int, std::string>>& sockets) {
    constexpr int apart = 1000;
    for (std::size_t i = 0; i < sockets.size(); ++i) dup2(sockets[i].first, apart + static_cast<int>(i));
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        dup2(apart + static_cast<int>(i), 3 + static_cast<int>(i));
        close(apart + static_cast<int>(i));
    }
}

void write_number(char* after_equals, pid_t number) {
    char* at = after_equals + std::char_traits<char>::length(after_equals);
    char digits[16];
    int count = 0;
    for (; number > 0; number /= 10) digits[count++] = static_cast<char>('0' + number % 10);
    while (count > 0) *at++ = digits[--count];
    *at = '\0';
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void write_file(const std::filesystem::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

DaemonProcess::DaemonProcess(const std::filesystem::path& config, const std::filesystem::path& folder, bool debug,
                             const ServiceManager& manager) {
    static int starts = 0;
    log_ = folder / ("log." + std::to_string(++starts));
    std::vector<std::string> words{executable, "run", "--config", config.string()};
    if (debug) words.push_back("--debug");
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const std::string state = "STATE_DIRECTORY=" + folder.string();
    std::vector<char*> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
    environment.push_back(const_cast<char*>(state.c_str()));
    std::vector<std::string> given = manager.environment;
    if (!manager.sockets.empty()) given.push_back("LISTEN_FDS=" + std::to_string(manager.sockets.size()));
    std::string names = "LISTEN_FDNAMES=";
    for (const auto& [descriptor, name] : manager.sockets) names += (names.back() == '=' ? "" : ":") + name;
    given.push_back(names);
    char listen_pid[32] = "LISTEN_PID=";  // filled in by the child, who knows it
    for (auto& entry : given) environment.push_back(entry.data());
    environment.push_back(listen_pid);
    environment.push_back(nullptr);

    pid_ = fork();
    if (pid_ == 0) {
        const int out = open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(out, 1);
        dup2(out, 2);
        hand_over(manager.sockets);
        // What else the test has open, sockets of its terminals among it, is not the daemon's.
        close_range(3 + static_cast<unsigned>(manager.sockets.size()), ~0U, 0);
        write_number(listen_pid, getpid());
        const rlimit limit{manager.descriptors, manager.descriptors};
        if (manager.descriptors != 0) setrlimit(RLIMIT_NOFILE, &limit);
        execve(executable.c_str(), arguments.data(), environment.data());
        _exit(127);
    }
    // Long, for a machine with much else to do; one that cannot start ends by itself.
    for (int i = 0; i < 12'000; ++i) {
        const std::string text = log();
        terminal_port_ = port_after(text, "terminals");
        admin_port_ = port_after(text, "page");
        if (terminal_port_ != 0 && admin_port_ != 0) return;
        int status = 0;
        if (waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = -1;
            throw std::runtime_error("presensid ended with " + std::to_string(exit_code(status)) + ":\n" + text);
        }
        usleep(10'000);
    }
    throw std::runtime_error("presensid does not serve after two minutes:\n" + log());
}

DaemonProcess::~DaemonProcess() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

void DaemonProcess::signal(int number) { kill(pid_, number); }

int DaemonProcess::wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return exit_code(status);
}

std::string DaemonProcess::log() const { return read_file(log_); }

std::chrono::milliseconds DaemonProcess::processor_time() const {
    // proc(5): after the name in parentheses the state is the third field, utime the 14th, stime the 15th.
    const std::string stat = read_file("/proc/" + std::to_string(pid_) + "/stat");
    std::istringstream rest(stat.substr(stat.rfind(')') + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) rest >> skipped;
    long user = 0;
    long system = 0;
    rest >> user >> system;
    return std::chrono::milliseconds((user + system) * 1000 / sysconf(_SC_CLK_TCK));
}

std::size_t DaemonProcess::open_descriptors() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/fd")) {
        static_cast<void>(entry);
        ++count;
    }
    return count;
}

void DaemonProcess::limit_descriptors(std::uint64_t most) const {
    const rlimit limit{most, most};
    prlimit(pid_, RLIMIT_NOFILE, &limit, nullptr);
}

std::size_t DaemonProcess::resident_kib(const char* field) const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.starts_with(std::string(field) + ":"))
            return std::stoul(line.substr(line.find_first_of("0123456789")));
    }
    return 0;
}

CommandResult run_presensid(const std::vector<std::string>& arguments) {
    std::string command = executable;
    for (const auto& argument : arguments) command += " '" + argument + "'";
    command += " 2>&1";
    CommandResult result;
    std::FILE* pipe = popen(command.c_str(), "r");
    char buffer[4096];
    while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) result.output += buffer;
    result.code = exit_code(pclose(pipe));
    return result;
}

}  // namespace presensi::test
