#include "protocol/adms/handshake.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>

namespace presensi::adms {

namespace {

// "2.4.1" -> {2, 4, 1}; nothing if it is not numbers with dots.
std::optional<std::array<int, 3>> version_numbers(std::string_view text) {
    std::array<int, 3> numbers{};
    if (text.empty()) return std::nullopt;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), numbers[i]);
        if (error != std::errc()) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (text.empty()) return numbers;
        if (text.front() != '.') return std::nullopt;
        text.remove_prefix(1);
    }
    return numbers;
}

// protocol-adms § 2.3: below this, or unreadable, the last four lines are left out.
constexpr std::array<int, 3> first_with_versions{2, 2, 14};

}  // namespace

std::string encode_time_zone(std::chrono::minutes utc_offset) {
    const auto minutes = utc_offset.count();
    if (minutes % 60 == 0 && std::abs(minutes) <= 12 * 60) return std::to_string(minutes / 60);
    return std::to_string(minutes);
}

std::string encode_handshake(const HandshakeOptions& options) {
    const std::string attlog = options.attlog_stamp;
    const std::string operlog = options.operlog_stamp.empty() ? "9999" : options.operlog_stamp;
    std::string block = "GET OPTION FROM: " + options.serial + "\n";
    const auto put = [&block](std::string_view name, std::string_view value) {
        block.append(name).append("=").append(value).append("\n");
    };
    put("Stamp", attlog.empty() ? "0" : attlog);
    put("OpStamp", operlog);
    put("PhotoStamp", "9999");
    put("ATTLOGStamp", attlog.empty() ? "None" : attlog);
    put("OPERLOGStamp", operlog);
    put("ATTPHOTOStamp", "9999");
    put("ErrorDelay", "60");
    put("Delay", "10");
    put("TransTimes", "00:00;14:05");
    put("TransInterval", "1");
    // § 2.5: a missing digit counts as on, so all twelve are there.
    put("TransFlag", options.trans_flag == TransFlagForm::text ? "TransData AttLog\tOpLog" : "110000000000");
    put("TimeZone", encode_time_zone(options.utc_offset));
    put("Realtime", "1");
    put("Encrypt", "None");
    put("MaxPostSize", "1048576");
    const auto version = version_numbers(options.push_version);
    if (!version || *version < first_with_versions) return block;
    put("ServerVer", "2.4.1");
    put("PushProtVer", options.plain_protocol ? "2.2.14" : "2.4.1");
    put("PushOptionsFlag", "1");
    put("PushOptions", "FingerFunOn,FaceFunOn,FWVersion,PushVersion,UserCount,TransactionCount");
    return block;
}

}  // namespace presensi::adms
