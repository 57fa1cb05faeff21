#pragma once
// How the families of terminals write their requests; forms as in tests/captures/adms.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace presensi::terminals {

enum class Profile {
    x100c,      // push 2.4.0, HTTP/1.0, CRLF, empty work code, one record per POST (captures 01–04)
    senseface,  // push 2.4.1, face, state 255, options after the handshake (captures 05–12)
    mb10        // 11 columns with a sequence number, up to 128 lines per POST, no Content-Type (captures 18, 19)
};

std::optional<Profile> profile_of(std::string_view name);

struct Record {
    std::chrono::local_seconds device_time;
    std::string pin;
    int state = 0;
    long sequence = 0;
};

std::string format_time(std::chrono::local_seconds time, char separator);  // "2026-11-20 07:58:03"

std::size_t records_per_post(Profile profile);
std::string encode_record(Profile profile, const Record& record);  // with its line end
std::string handshake_request(Profile profile, const std::string& serial);
std::string options_request(Profile profile, const std::string& serial);  // empty: the family has none
std::string poll_request(Profile profile, const std::string& serial, std::size_t records);
std::string upload_request(Profile profile, const std::string& serial, const std::string& body, bool keep_alive);

// An upload that answers a query (protocol-adms § 4.5), and the results of commands, one line each (§ 4.3).
std::string answer_request(Profile profile, const std::string& serial, const std::string& command, std::size_t records,
                           const std::string& body);
std::string result_request(Profile profile, const std::string& serial, const std::string& body);

// State and way of verification as encode_record() writes them: "255 15".
std::string columns_of(Profile profile, const Record& record);

// Empty, or what is wrong with the answer to a handshake (protocol-adms § 2.2) of a terminal in that zone.
std::string fault_of_options(const std::string& serial, const std::string& block, std::chrono::minutes zone);

}  // namespace presensi::terminals
