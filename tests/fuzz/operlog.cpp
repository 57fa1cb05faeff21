// The body of an OPERLOG upload, on the way that handle_terminal_log sends it.

#include "protocol/adms/operlog.hpp"

#include <algorithm>
#include <string>

#include "protocol/adms/redact.hpp"
#include "protocol/adms/upload.hpp"
#include "protocol/pin.hpp"
#include "protocol/sha256.hpp"
#include "protocol/terminal_event.hpp"
#include "protocol/text_fields.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::adms;
using presensi::fuzz::require;
using presensi::fuzz::require_stored_text;

namespace {

// Far below limits.line, so that short inputs have lines that are too long.
constexpr std::size_t line_limit = 256;

// What a line may consist of and still say nothing.
constexpr std::string_view blanks(" \t\r\n\0", 5);

void check_event(const TerminalEvent& event) {
    if (event.operation) {
        require(*event.operation >= 0 && *event.operation <= 65535, "an operation is 0-65535");
        require(event.kind == operation_name(*event.operation), "an operation has its name", {event.kind});
        require(event.device_time.has_value(), "an operation has its time");
        require(decode_device_time(format_device_time(*event.device_time)) == event.device_time,
                "a time can be read again");
    } else {
        require(event.kind == "error" && !event.device_time && event.operator_pin.empty(),
                "what is no operation is an error, of no time and nobody", {event.kind});
    }
    require(event.operator_pin != "0", "nobody is nobody, not the PIN 0");
    require_stored_text(event.operator_pin, 64, "an operator is at most 64 bytes of text");
    // 256 bytes are enough; the object that reaches them is at most 64 bytes more, behind a blank.
    require_stored_text(event.detail, 256 + 1 + 64, "a detail is short text");
}

void check_user(const TerminalUser& user) {
    require(!user.pin.empty(), "a PIN has a character");
    require_stored_text(user.pin, 64, "a PIN is 1-64 bytes of text");
    require(user.pin.find_first_of(" \t") == user.pin.npos, "a user's PIN is one word", {user.pin});
    require(user.pin_key == pin_key(user.pin) && !user.pin_key.empty(), "the PIN key is that of the PIN", {user.pin});
    require_stored_text(user.name, 64, "a name is at most 64 bytes of text");
}

void check_reject(const Reject& reject) {
    require(reject.length <= line_limit && reject.bytes.size() == reject.length, "a reject is its line");
    require(reject.sha256 == sha256(reject.bytes), "a reject's hash is its line's");
    require(reject.bytes.find('\n') == std::string::npos, "a reject is one line", {reject.bytes});
}

std::size_t size_of(const OperationLog& log) {
    return log.events.size() + log.users.size() + log.rejects.size() + log.others;
}

template <typename Item>
void check_order(const std::vector<Item>& items) {
    const auto unordered = [](const Item& a, const Item& b) { return a.line >= b.line; };
    require(std::adjacent_find(items.begin(), items.end(), unordered) == items.end() &&
                (items.empty() || items.front().line > 0),
            "a line says one thing, and in the order of the lines");
}

// The event, the user or the reason of line `number`, in words.
std::string said(const OperationLog& log, std::uint32_t number) {
    const auto at = [number](const auto& item) { return item.line == number; };
    if (const auto event = std::find_if(log.events.begin(), log.events.end(), at); event != log.events.end()) {
        return "event " + event->kind + " " + event->operator_pin + " " + event->detail +
               std::string(event->sha256.begin(), event->sha256.end());
    }
    if (const auto user = std::find_if(log.users.begin(), log.users.end(), at); user != log.users.end()) {
        return "user " + user->pin + "\t" + user->name;
    }
    const auto reject = std::find_if(log.rejects.begin(), log.rejects.end(), at);
    if (reject == log.rejects.end()) return "other";
    return "reject " + std::string(to_string(reject->reason)) + reject->bytes;
}

// Promise P4: a line means the same whatever stands around it; and every line that says anything is counted once.
void check_lines(std::string_view body, const OperationLog& log) {
    std::size_t lines = 0;
    std::uint32_t number = 0;
    while (!body.empty()) {
        ++number;
        const auto end = std::min(body.find('\n'), body.size());
        const auto line = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        if (line.find_first_not_of(blanks) == line.npos) continue;
        ++lines;
        // Of the last line some of the end may be padding, which the "x" keeps from being taken for it here.
        if (body.find_first_not_of(blanks) == body.npos) continue;
        const OperationLog alone = decode_operlog(std::string(line).append("\nx"), line_limit);
        require(size_of(alone) == 2, "two lines are two lines", {line});
        require(said(log, number) == said(alone, 1), "a line says the same whatever its neighbours are", {line});
    }
    require(size_of(log) == lines, "every line is an event, a user, a reject or another", {body});
}

void require_without(const OperationLog& log, std::string_view secret, std::string_view body) {
    for (const auto& event : log.events) {
        require(event.detail.find(secret) == std::string::npos && event.operator_pin.find(secret) == std::string::npos,
                "no secret is in an event", {body, event.detail, event.operator_pin});
    }
    for (const auto& user : log.users) {
        require(user.name.find(secret) == std::string::npos && user.pin.find(secret) == std::string::npos,
                "no secret is in a user", {body, user.name, user.pin});
    }
}

// A secret in a column of its own, wherever that stands in the body, does not get into what is decoded.
void check_planted(std::string_view body) {
    constexpr std::string_view secret = "Zq7CaNaRy";
    if (body.find("Zq7") != body.npos) return;
    const auto middle = std::min(body.find_first_of("\t\n", body.size() / 2), body.size());
    for (const std::string_view column : {"\tPasswd=Zq7CaNaRy", "\tCard=[Zq7CaNaRy]", "\tTMP=Zq7CaNaRyAAAA"}) {
        const std::string planted = std::string(body.substr(0, middle)).append(column).append(body.substr(middle));
        constexpr std::size_t unlimited = 1 << 24;
        require_without(decode_operlog(redact_body(TableKind::operlog, planted), unlimited), secret, planted);
    }
}

void check(std::string_view body) {
    const std::string clean = redact_body(TableKind::operlog, std::string(body));
    const OperationLog log = decode_operlog(clean, line_limit);
    for (const auto& event : log.events) check_event(event);
    for (const auto& user : log.users) check_user(user);
    for (const auto& reject : log.rejects) check_reject(reject);
    check_order(log.events);
    check_order(log.users);
    check_order(log.rejects);
    require(size_of(log) <= count_lines(body), "no more than the lines that OK counts", {body, clean});
    check_lines(clean, log);
    check_planted(body);
}

const fuzz::Property property("operlog", check);

}  // namespace
