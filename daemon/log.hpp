#pragma once
// key=value lines on standard error, one per event. A healthy day is quiet at info (house style 3.8).

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace presensi::log {

struct Field {
    template <typename T>
    Field(std::string_view field_name, const T& field_value)
        : name(field_name), value(fmt::format("{}", field_value)) {}
    std::string_view name;
    std::string value;
};
using Fields = std::initializer_list<Field>;

// Nothing is written before this.
void set_up(bool debug);

void error(std::string_view message, Fields fields = {});  // a person must act
void warn(std::string_view message, Fields fields = {});   // we coped; look if it repeats
void info(std::string_view message, Fields fields = {});   // state changed
void debug(std::string_view message, Fields fields = {});  // one line per exchange

// Quoted where needed, control characters and quotes escaped, at most 256 bytes: what a peer sends can neither break
// nor forge a line.
std::string quote(std::string_view value);

}  // namespace presensi::log
