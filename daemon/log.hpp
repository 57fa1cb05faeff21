#pragma once
// One line per event on standard error, as key=value or as JSON. A healthy day is quiet at info (house style 3.8).
// docs/messages.md lists every message; a test compares both.

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include "config/settings.hpp"

namespace presensi::log {

struct Field {
    template <typename T>
    Field(std::string_view field_name, const T& field_value)
        : name(field_name),
          value(fmt::format("{}", field_value)),
          is_number(std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>) {}
    std::string_view name;
    std::string value;
    bool is_number;
};
using Fields = std::initializer_list<Field>;

struct SetUp {
    bool debug = false;
    config::LogFormat format = config::LogFormat::text;
    int descriptor = 2;
};

// Nothing is written before this. Once in a process.
void set_up(const SetUp& how);

// `id` names the message for good: "terminal.unknown". No field is called time, level, id or msg. What names a terminal
// (or else a peer) is limited: the first lines of a minute, then how many more there were.
void error(std::string_view id, std::string_view message, Fields fields = {});    // a person must act
void mistake(std::string_view id, std::string_view message, Fields fields = {});  // an error that is ours to mend
void warn(std::string_view id, std::string_view message, Fields fields = {});     // we coped; look if it repeats
void info(std::string_view id, std::string_view message, Fields fields = {});     // state changed
void debug(std::string_view id, std::string_view message, Fields fields = {});    // one line per exchange

// Says how many lines of terminals were left out, once their minute is over. Every second or so.
void tick();

// Waits until everything is written, or no longer than this: before the process ends. False: it was not.
bool flush(std::chrono::milliseconds patience);

struct Counts {
    std::uint64_t written = 0;
    std::uint64_t dropped = 0;  // standard error took them too slowly, or not at all
    std::uint64_t limited = 0;  // beyond what a terminal may say in a minute
};
Counts counts();
std::uint64_t mistakes();  // since the start, also while nothing is set up

}  // namespace presensi::log
