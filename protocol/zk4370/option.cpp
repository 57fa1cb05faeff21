#include "protocol/zk4370/option.hpp"

#include "protocol/text_fields.hpp"

namespace presensi::zk4370 {

namespace {

constexpr std::size_t longest_text = 128;

std::string_view until_nul(std::string_view data) { return data.substr(0, data.find('\0')); }

std::string shown(std::string_view text) { return to_stored_text(trim_blanks(text), longest_text); }

}  // namespace

Option decode_option(std::string_view data) {
    const std::string_view text = until_nul(data);
    const auto equals = text.find('=');
    if (equals == text.npos) return {shown(text), {}};
    return {shown(text.substr(0, equals)), shown(text.substr(equals + 1))};
}

std::string decode_version(std::string_view data) { return shown(until_nul(data)); }

}  // namespace presensi::zk4370
