#include "daemon/notify/message.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "daemon/admin/json_text.hpp"
#include "daemon/clock.hpp"
#include "daemon/http/message.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::notify {

namespace json = boost::json;

namespace {

// Beyond, a message says only how many there are: a power cut of all terminals is one message that can be read.
constexpr std::size_t most_shown = 100;

json::array alarms_in_json(const std::vector<Alarms::Alarm>& alarms) {
    json::array list;
    for (const auto& alarm : alarms) {
        if (list.size() == most_shown) break;
        json::object item;
        item["id"] = alarm.id;
        item["terminal"] = alarm.terminal.empty() ? json::value(nullptr) : json::value(alarm.terminal);
        item["since"] = format_utc(alarm.since);
        item["message"] = alarm.what.en;
        item["what_to_do"] = alarm.todo.en;
        item["message_id"] = alarm.what.id;
        item["what_to_do_id"] = alarm.todo.id;
        list.push_back(std::move(item));
    }
    return list;
}

using Words = std::string Sentence::*;

// "Sejak 20-11 07:55" of its own line, so that a reader sees what came first.
void append_list(std::string& text, std::string_view heading, const std::vector<Alarms::Alarm>& alarms, Words language,
                 const Zone& zone, bool with_todo) {
    if (alarms.empty()) return;
    text += fmt::format("{}\n", heading);
    std::size_t shown = 0;
    for (const auto& alarm : alarms) {
        if (shown++ == most_shown) break;
        text += fmt::format("- {} {}\n", spoken_local(zone, alarm.since), to_stored_text(alarm.what.*language, 1000));
        if (with_todo) text += fmt::format("  {}\n", to_stored_text(alarm.todo.*language, 1000));
    }
    if (alarms.size() > most_shown) text += fmt::format("- … (+{})\n", alarms.size() - most_shown);
    text += '\n';
}

std::string text_of(const Message& message, const std::string& time_zone) {
    const Zone zone(time_zone);
    std::string text;
    append_list(text, "PERINGATAN BARU", message.raised, &Sentence::id, zone, true);
    append_list(text, "MASIH BERLANGSUNG", message.standing, &Sentence::id, zone, true);
    append_list(text, "SUDAH SELESAI", message.cleared, &Sentence::id, zone, false);
    text += "-- \nIn English:\n\n";
    append_list(text, "NEW", message.raised, &Sentence::en, zone, true);
    append_list(text, "STILL SO", message.standing, &Sentence::en, zone, true);
    append_list(text, "OVER", message.cleared, &Sentence::en, zone, false);
    return text;
}

std::string in_lines(std::string_view text) {
    constexpr std::size_t longest = 76;  // RFC 2045 § 6.8
    std::string lines;
    for (; !text.empty(); text.remove_prefix(std::min(longest, text.size()))) {
        lines += text.substr(0, longest);
        lines += "\r\n";
    }
    return lines;
}

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

// RFC 5322 § 3.3: as HTTP writes it, with the zone as a number.
std::string mail_date(Instant at) {
    std::string date = http::format_http_date(std::chrono::floor<std::chrono::seconds>(at));
    return date.replace(date.size() - 3, 3, "+0000");
}

}  // namespace

std::string encode_json(const Message& message, std::string_view host) {
    json::object body;
    body["id"] = message.id;
    body["at"] = format_utc(message.at);
    body["host"] = host;
    body["version"] = PRESENSI_VERSION;
    body["raised"] = alarms_in_json(message.raised);
    body["standing"] = alarms_in_json(message.standing);
    body["cleared"] = alarms_in_json(message.cleared);
    json::object counts;
    counts["raised"] = message.raised.size();
    counts["standing"] = message.standing.size();
    counts["cleared"] = message.cleared.size();
    body["counts"] = std::move(counts);
    return json::serialize(body);
}

std::string sign(std::string_view secret, std::string_view timestamp, std::string_view body) {
    const std::string text = fmt::format("{}.{}", timestamp, body);
    std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
    unsigned length = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), code.data(), &length);
    std::string signature = "v1=";
    for (unsigned i = 0; i < length; ++i) signature += fmt::format("{:02x}", code[i]);
    return signature;
}

std::string subject_of(const Message& message) {
    const auto& first = !message.raised.empty()     ? message.raised
                        : !message.standing.empty() ? message.standing
                                                    : message.cleared;
    std::string_view mark = "peringatan";
    if (message.raised.empty()) mark = message.standing.empty() ? "selesai" : "masih";
    std::string subject = fmt::format("[Presensi] {}: {}", mark, to_stored_text(first.front().what.id, 120));
    if (first.size() > 1) subject += fmt::format(" (+{})", first.size() - 1);
    return subject;
}

std::string encode_header_text(std::string_view text) {
    constexpr std::size_t longest_line = 66;  // behind "Subject: ", within 76
    if (is_plain(text) && text.size() <= longest_line) return std::string(text);
    // So many bytes are 52 in base64, 64 with what stands around them, and behind "Subject: " 73 of at most 76
    // (RFC 2047 § 2).
    constexpr std::size_t bytes_in_word = 39;
    std::string words;
    while (!text.empty()) {
        std::size_t length = std::min(bytes_in_word, text.size());
        // A word holds whole characters.
        while (length < text.size() && length > 1 && (text[length] & 0xc0) == 0x80) --length;
        if (!words.empty()) words += "\r\n ";
        words += fmt::format("=?UTF-8?B?{}?=", admin::base64(text.substr(0, length)));
        text.remove_prefix(length);
    }
    return words;
}

std::string encode_mail(const Message& message, const config::MailSettings& mail, std::string_view host,
                        const std::string& time_zone) {
    std::string head = fmt::format("Date: {}\r\nFrom: Presensi Gateway <{}>\r\n", mail_date(message.at), mail.from);
    head += "To: ";
    for (std::size_t i = 0; i < mail.to.size(); ++i) head += (i == 0 ? "" : ",\r\n ") + mail.to[i];
    head += fmt::format("\r\nSubject: {}\r\nMessage-ID: <{}@{}>\r\n", encode_header_text(subject_of(message)),
                        message.id, host);
    // RFC 3834: so that no absence note answers.
    head +=
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n";
    return head + in_lines(admin::base64(text_of(message, time_zone)));
}

}  // namespace presensi::notify
