#pragma once
// tests/captures/zk4370/*.json, and bytes as these write them.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace presensi::test {

// The named list ("cases", "detection") of one file.
inline boost::json::array vectors(const std::string& file, std::string_view list = "cases") {
    std::ifstream in(PRESENSI_SOURCE_DIR "/tests/captures/zk4370/" + file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (text.empty()) throw std::runtime_error("no vectors " + file);
    return boost::json::parse(text).as_object().at(list).as_array();
}

inline std::string text_of(const boost::json::object& object, std::string_view key) {
    return std::string(object.at(key).as_string());
}

template <typename Number>
Number number_of(const boost::json::object& object, std::string_view key) {
    return object.at(key).to_number<Number>();
}

// null and absent alike: nothing to compare with.
inline bool has(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && !value->is_null();
}

inline std::string unhex(std::string_view digits) {
    const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string bytes;
    for (std::size_t at = 0; at + 1 < digits.size(); at += 2)
        bytes.push_back(static_cast<char>(nibble(digits[at]) << 4 | nibble(digits[at + 1])));
    return bytes;
}

inline std::string hex_of(std::string_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
        out.push_back(digits[static_cast<unsigned char>(c) & 15]);
    }
    return out;
}

inline std::string bytes_of(const boost::json::object& object, std::string_view key) {
    return unhex(text_of(object, key));
}

}  // namespace presensi::test
