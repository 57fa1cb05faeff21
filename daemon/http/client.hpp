#pragma once
// Asks a daemon on this machine, from the command line. Blocking; not for the daemon itself.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace presensi::http {

struct Answer {
    unsigned status = 0;
    std::string body;
};

struct Question {
    std::string method = "GET";
    std::string target{};
    std::string content_type = "application/json";
    std::string body{};
    std::string token{};                         // empty: none
    std::function<void(std::size_t)> on_sent{};  // hears how many bytes of the body are gone
};

// Nothing: nobody answers there, or not in HTTP, or not in time. `certificate` given: by TLS, and only from whoever has
// the key of the first certificate in that file.
std::optional<Answer> ask(const std::string& address, std::uint16_t port, const Question& question,
                          std::chrono::seconds patience, const std::filesystem::path& certificate = {});

}  // namespace presensi::http
