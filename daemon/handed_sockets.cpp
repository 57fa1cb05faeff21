#include "daemon/handed_sockets.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace presensi {

namespace {

constexpr int first_descriptor = 3;   // SD_LISTEN_FDS_START
constexpr int most_descriptors = 64;  // far more than anybody hands over

std::string take_variable(const char* name) {
    const char* value = std::getenv(name);
    std::string text = value == nullptr ? "" : value;
    ::unsetenv(name);
    return text;
}

int number_in(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

std::vector<std::string> split_names(std::string_view text) {
    std::vector<std::string> names;
    while (!text.empty()) {
        const auto end = std::min(text.find(':'), text.size());
        names.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return names;
}

}  // namespace

HandedSockets take_handed_sockets() {
    const int count = number_in(take_variable("LISTEN_FDS"));
    const bool ours = number_in(take_variable("LISTEN_PID")) == ::getpid();
    const std::vector<std::string> names = split_names(take_variable("LISTEN_FDNAMES"));
    HandedSockets sockets;
    if (!ours || count <= 0 || count > most_descriptors) return sockets;
    for (int i = 0; i < count; ++i) {
        const int descriptor = first_descriptor + i;
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        const std::string name = static_cast<std::size_t>(i) < names.size() ? names[static_cast<std::size_t>(i)] : "";
        int* place = name == "terminals" ? &sockets.terminals : name == "admin" ? &sockets.admin : nullptr;
        if (place == nullptr || *place >= 0) {
            throw std::runtime_error(
                fmt::format("the service manager handed over a socket named \"{}\"; name one \"terminals\" and one "
                            "\"admin\" (FileDescriptorName= in their .socket units)",
                            name));
        }
        *place = descriptor;
    }
    return sockets;
}

}  // namespace presensi
