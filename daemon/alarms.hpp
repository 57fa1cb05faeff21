#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/records.hpp"

namespace presensi {

// In the two languages of this house (architecture 3.14).
struct Sentence {
    std::string en;
    std::string id;
};

// Every alarm there is. {terminal} and other words in braces are filled in when it is raised.
struct AlarmKind {
    std::string_view id;  // "clock_off"
    bool urgent;          // one of the four that a person is told of at once
    std::string_view what_en;
    std::string_view todo_en;
    std::string_view what_id;
    std::string_view todo_id;
    std::chrono::seconds sent_after{0};  // an urgent one that is over before is not sent
};
std::span<const AlarmKind> alarm_kinds();
const AlarmKind& kind_of_alarm(std::string_view id);

// What a person should know now: raised and cleared by key, shown in /api/v1/status, on the page and, once each way, in
// the log.
class Alarms {
public:
    struct Alarm {
        std::string id;
        std::string terminal;  // serial, or empty
        bool urgent = false;
        Sentence what;
        Sentence todo;  // what to do about it
        Instant since{};
    };
    using Details = std::vector<std::pair<std::string_view, Sentence>>;

    // A terminal's name for people, by its serial; without it they read the serial.
    void name_terminals(std::function<std::string(const std::string& serial)> name) { name_ = std::move(name); }

    // `id` is one of alarm_kinds(). Raised again, it keeps its beginning and takes the new details.
    void raise(std::string_view id, const std::string& terminal, Instant now, const Details& details = {});
    void clear(std::string_view id, const std::string& terminal);
    void clear_of(const std::string& terminal);  // all of them
    bool stands(std::string_view id, const std::string& terminal) const;
    std::vector<Alarm> list() const;                  // the urgent ones first
    std::vector<Alarm> urgent() const;                // those alone
    std::size_t standing(std::string_view id) const;  // of how many terminals; of the gateway: 1

private:
    static constexpr std::size_t most = 1000;
    std::map<std::pair<std::string, std::string>, Alarm> alarms_;
    std::function<std::string(const std::string&)> name_;
};

// The same words in both languages, such as a number.
Sentence both(std::string text);

}  // namespace presensi
