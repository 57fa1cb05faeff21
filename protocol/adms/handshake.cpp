#include "protocol/adms/handshake.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "protocol/adms/target.hpp"
#include "protocol/adms/upload.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

using Version = std::array<unsigned, 3>;

// "2.4.1" -> {2, 4, 1}; nothing if it is not numbers with dots.
std::optional<Version> version_numbers(std::string_view text) {
    text = trim_blanks(text);
    Version numbers{};
    for (std::size_t part = 0;; ++part) {
        unsigned number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc()) return std::nullopt;
        if (part < numbers.size()) numbers[part] = number;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (text.empty()) return numbers;
        if (text.front() != '.') return std::nullopt;
        text.remove_prefix(1);
    }
}

// protocol-adms § 2.3: below this the server's version is not announced (the short block).
constexpr Version first_announced{2, 2, 14};

}  // namespace

std::string encode_time_zone(std::chrono::minutes utc_offset) {
    const auto minutes = utc_offset.count();
    if (minutes % 60 == 0 && std::abs(minutes) <= 12 * 60) return std::to_string(minutes / 60);
    return std::to_string(minutes);
}

std::string encode_handshake(const HandshakeOptions& options) {
    // A line end in any of these would give the terminal options of somebody else's choice.
    const std::string serial = is_valid_serial(options.serial) ? options.serial : std::string();
    const bool has_attlog = is_stamp(options.attlog_stamp);
    const std::string operlog = is_stamp(options.operlog_stamp) ? options.operlog_stamp : "9999";
    std::string block = "GET OPTION FROM: " + serial + "\n";
    const auto put = [&block](std::string_view name, std::string_view value) {
        block.append(name).append("=").append(value).append("\n");
    };
    put("Stamp", has_attlog ? options.attlog_stamp : "0");
    put("OpStamp", operlog);
    put("PhotoStamp", "9999");
    put("ATTLOGStamp", has_attlog ? options.attlog_stamp : "None");
    put("OPERLOGStamp", operlog);
    put("ATTPHOTOStamp", "9999");
    put("ErrorDelay", "60");
    put("Delay", "10");
    put("TransTimes", "00:00;14:05");
    put("TransInterval", "1");
    // protocol-adms § 2.5: in the digits form a missing place counts as on, so all twelve are there.
    put("TransFlag", options.trans_flag == TransFlagForm::text ? "TransData AttLog\tOpLog" : "110000000000");
    put("TimeZone", encode_time_zone(options.utc_offset));
    put("Realtime", "1");
    put("Encrypt", "None");
    put("MaxPostSize", "1048576");
    const auto version = version_numbers(options.push_version);
    if (!version || *version < first_announced) return block;
    put("ServerVer", "2.4.1");
    put("PushProtVer", options.plain_protocol ? "2.2.14" : "2.4.1");
    put("PushOptionsFlag", "1");
    put("PushOptions", "FingerFunOn,FaceFunOn,FWVersion,PushVersion,UserCount,TransactionCount");
    return block;
}

}  // namespace presensi::adms
