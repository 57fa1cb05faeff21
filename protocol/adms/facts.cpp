#include "protocol/adms/facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

constexpr std::size_t longest_fact = 128;

// Blanks around a value mean nothing; NULs follow the text in vendor examples (protocol-adms § 3.0).
std::string_view trim(std::string_view text) {
    constexpr std::string_view padding(" \t\r\n\0", 5);
    const auto begin = text.find_first_not_of(padding);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(padding) + 1 - begin);
}

std::string fact(std::string_view text) { return to_stored_text(trim(text), longest_fact); }

std::optional<std::int64_t> count(std::string_view text) {
    text = trim(text);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

// protocol-adms § 3.6 and 8.12: wire name without "~" → ours. None of them is a secret.
constexpr std::array<std::pair<std::string_view, std::string_view>, 33> named_options{{
    {"IPAddress", "ip_address"},
    {"OEMVendor", "vendor"},
    {"Language", "language"},
    {"FPVersion", "fingerprint_algorithm"},
    {"ZKFPVersion", "fingerprint_algorithm"},
    {"AlgVer", "fingerprint_algorithm"},
    {"FaceVersion", "face_algorithm"},
    {"FvVersion", "finger_vein_algorithm"},
    {"PvVersion", "palm_algorithm"},
    {"FPCount", "fingerprints"},
    {"FaceCount", "faces"},
    {"FvCount", "finger_veins"},
    {"PvCount", "palms"},
    {"FingerFunOn", "reads_fingers"},
    {"FaceFunOn", "reads_faces"},
    {"FvFunOn", "reads_finger_veins"},
    {"PvFunOn", "reads_palms"},
    {"PhotoFunOn", "takes_photos"},
    {"VisilightFun", "visible_light"},
    {"BioDataFun", "sends_biodata"},
    {"BioPhotoFun", "sends_biophotos"},
    {"IsSupportNFC", "reads_nfc"},
    {"MaxUserCount", "max_users_hundreds"},
    {"MaxAttLogCount", "max_records_ten_thousands"},
    {"MaxFingerCount", "max_fingerprints_hundreds"},
    {"MaxFaceCount", "max_faces"},
    {"MaxPvCount", "max_palms"},
    {"MaxUserPhotoCount", "max_user_photos"},
    {"FlashSize", "flash_size"},
    {"FreeFlashSize", "flash_free"},
    {"IsTFT", "colour_screen"},
    {"MachineTZFunOn", "own_time_zone"},
    {"DSTF", "own_daylight_saving"},
}};

void take_more(TerminalFacts& facts, std::string_view name, std::string_view value) {
    std::string text = fact(value);
    if (!text.empty()) facts.more.emplace_back(name, std::move(text));
}

void take_option(TerminalFacts& facts, std::string_view key, std::string_view value) {
    if (key.starts_with('~')) key.remove_prefix(1);
    if (equals_ignoring_case(key, "FWVersion")) facts.firmware = fact(value);
    if (equals_ignoring_case(key, "PushVersion")) facts.push_version = fact(value);
    if (equals_ignoring_case(key, "DeviceName")) facts.model = fact(value);
    if (equals_ignoring_case(key, "Platform")) facts.platform = fact(value);
    if (equals_ignoring_case(key, "MAC")) facts.mac = fact(value);
    if (equals_ignoring_case(key, "UserCount")) facts.users = count(value);
    if (equals_ignoring_case(key, "TransactionCount")) facts.records = count(value);
    for (const auto& [wire, name] : named_options) {
        if (equals_ignoring_case(key, wire)) take_more(facts, name, value);
    }
}

}  // namespace

TerminalFacts decode_info(std::string_view value) {
    TerminalFacts facts;
    // "faces needed" (field 7) and what follows the flags say nothing of use.
    constexpr std::array<std::string_view, 10> names{
        "", "", "fingerprints", "", "ip_address", "fingerprint_algorithm", "face_algorithm", "", "faces", "functions"};
    for (std::size_t field = 0; field < names.size(); ++field) {
        const auto end = value.find(',');
        const auto text = value.substr(0, end);
        if (!names[field].empty()) take_more(facts, names[field], text);
        if (field == 0) facts.firmware = fact(text);
        if (field == 1) facts.users = count(text);
        if (field == 3) facts.records = count(text);
        if (end == value.npos) break;
        value.remove_prefix(end + 1);
    }
    return facts;
}

TerminalFacts decode_options(std::string_view body) {
    TerminalFacts facts;
    std::string_view key;
    std::size_t value_begin = 0;
    std::size_t value_end = 0;
    const auto finish = [&] {
        if (!key.empty()) take_option(facts, key, body.substr(value_begin, value_end - value_begin));
        key = {};
    };
    for (std::size_t begin = 0; begin < body.size();) {
        // protocol-adms § 4.3: some join the pairs of a dump with '&'.
        const auto end = std::min(body.find_first_of(",&\n", begin), body.size());
        const auto piece = body.substr(begin, end - begin);
        const auto equals = piece.find('=');
        if (equals != piece.npos) {
            finish();
            key = trim(piece.substr(0, equals));
            value_begin = begin + equals + 1;
        }
        // A piece without '=' belongs to the value before it: "ZKTECO CO., LTD." (protocol-adms § 3.6).
        value_end = end;
        if (end < body.size() && body[end] == '\n') finish();
        begin = end + 1;
    }
    finish();
    return facts;
}

}  // namespace presensi::adms
