#include "daemon/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace presensi::log {

namespace {

constexpr std::size_t longest_value = 256;

std::shared_ptr<spdlog::logger> logger;

void write(spdlog::level::level_enum level, std::string_view message, Fields fields) {
    if (!logger || !logger->should_log(level)) return;
    std::string line = fmt::format("msg={}", quote(message));
    for (const auto& field : fields) line += fmt::format(" {}={}", field.name, quote(field.value));
    logger->log(level, "{}", line);
}

}  // namespace

void set_up(bool debug) {
    logger = std::make_shared<spdlog::logger>("presensid", std::make_shared<spdlog::sinks::stderr_sink_st>());
    logger->set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
    logger->set_level(debug ? spdlog::level::debug : spdlog::level::info);
}

void error(std::string_view message, Fields fields) { write(spdlog::level::err, message, fields); }
void warn(std::string_view message, Fields fields) { write(spdlog::level::warn, message, fields); }
void info(std::string_view message, Fields fields) { write(spdlog::level::info, message, fields); }
void debug(std::string_view message, Fields fields) { write(spdlog::level::debug, message, fields); }

std::string quote(std::string_view value) {
    const bool cut = value.size() > longest_value;
    value = value.substr(0, longest_value);
    std::string out;
    bool plain = !value.empty() && !cut;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x7f) {
            out += fmt::format("\\x{:02x}", byte);
            plain = false;
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
            plain = false;
        } else {
            if (c == ' ' || c == '=') plain = false;
            out += c;
        }
    }
    if (plain) return out;
    return fmt::format("\"{}{}\"", out, cut ? "…" : "");
}

}  // namespace presensi::log
