#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records.hpp"

namespace presensi {

// What a person should know now: raised and cleared by key, shown in /api/v1/status and, once each way, in the log.
class Alarms {
public:
    struct Alarm {
        std::string id;        // e.g. "store_unavailable"
        std::string terminal;  // serial, or empty
        std::string message;   // a sentence that says what to do
        Instant since{};
    };

    void raise(const std::string& id, const std::string& terminal, const std::string& message, Instant now);
    void clear(const std::string& id, const std::string& terminal);
    std::vector<Alarm> list() const;

private:
    static constexpr std::size_t most = 1000;
    std::map<std::pair<std::string, std::string>, Alarm> alarms_;
};

}  // namespace presensi
