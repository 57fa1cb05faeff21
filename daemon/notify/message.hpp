#pragma once
// What a person is told of alarms, as JSON for programs and as mail. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "daemon/alarms.hpp"
#include "protocol/records.hpp"

namespace presensi::notify {

struct Message {
    std::string id;  // a receiver that sees it twice knows so
    Instant at{};
    std::vector<Alarms::Alarm> raised;
    std::vector<Alarms::Alarm> cleared;
    std::vector<Alarms::Alarm> standing;  // told before, and still so after a day
    bool empty() const { return raised.empty() && cleared.empty() && standing.empty(); }
};

std::string encode_json(const Message& message, std::string_view host);

// Value of the header X-Presensi-Signature: "v1=" and the HMAC-SHA256, in hex, of timestamp "." body.
std::string sign(std::string_view secret, std::string_view timestamp, std::string_view body);

// All of it, head and body, in lines of at most 76 bytes; nothing of an alarm can begin a header of its own. In Bahasa
// Indonesia, then in English.
std::string encode_mail(const Message& message, const config::MailSettings& mail, std::string_view host,
                        const std::string& time_zone);

// The first line that a person reads, in Bahasa Indonesia.
std::string subject_of(const Message& message);
// RFC 2047: as a header may hold it.
std::string encode_header_text(std::string_view text);

}  // namespace presensi::notify
