// The body of an ATTLOG upload, on the way that handle_attlog sends it.

#include "protocol/adms/attlog.hpp"

#include <algorithm>

#include "protocol/adms/redact.hpp"
#include "protocol/adms/upload.hpp"
#include "protocol/pin.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::adms;
using presensi::fuzz::require;
using presensi::fuzz::require_stored_text;

namespace {

// Far below limits.line, so that short inputs have lines that are too long.
constexpr std::size_t line_limit = 256;

void check_punch(const Punch& punch) {
    require(!punch.pin.empty(), "a PIN has a character");
    require_stored_text(punch.pin, 64, "a PIN is 1-64 bytes of text");
    require(punch.pin_key == pin_key(punch.pin) && !punch.pin_key.empty(), "the PIN key is that of the PIN");
    require(pin_key(punch.pin_key) == punch.pin_key, "the key of a PIN key is itself", {punch.pin});
    require(decode_device_time(format_device_time(punch.device_time)) == punch.device_time, "a time can be read again");
    require(punch.state.value_or(0) >= 0 && punch.state.value_or(0) <= 255, "a state is 0-255");
    require(punch.verify.value_or(0) >= 0 && punch.verify.value_or(0) <= 65535, "a verify mode is 0-65535");
    if (punch.work_code) {
        require(!punch.work_code->empty(), "no work code is none, not an empty one");
        require_stored_text(*punch.work_code, 64, "a work code is at most 64 bytes of text");
    }
}

void check_reject(const Reject& reject) {
    if (reject.reason == RejectReason::line_too_long) {
        require(reject.length > line_limit && reject.bytes.size() == 256, "of a long line its first 256 bytes stay");
        return;
    }
    require(reject.length <= line_limit && reject.bytes.size() == reject.length, "a reject is its line");
    require(reject.sha256 == sha256(reject.bytes), "a reject's hash is its line's");
    require(reject.bytes.find('\n') == std::string::npos, "a reject is one line");
}

bool same(const Punch& a, const Punch& b) {
    return a.pin == b.pin && a.device_time == b.device_time && a.state == b.state && a.verify == b.verify &&
           a.work_code == b.work_code;
}

// What the line becomes when it is sent alone. The "x" keeps its own end from being taken for padding.
AttlogBatch decode_alone(std::string_view line) {
    AttlogBatch batch = decode_attlog(std::string(line).append("\nx"), line_limit);
    require(batch.lines == 2 && batch.rejects.size() + batch.punches.size() == 2, "two lines are two lines", {line});
    return batch;
}

// Promise P4: a line means the same whatever stands around it.
void check_neighbours(std::string_view body, const AttlogBatch& batch) {
    auto punch = batch.punches.begin();
    std::uint32_t number = 0;
    for (auto end = body.find('\n'); end != body.npos; end = body.find('\n')) {
        ++number;
        const auto line = body.substr(0, end);
        body.remove_prefix(end + 1);
        if (body.find_first_not_of(std::string_view("\0\t\r\n", 4)) == body.npos) return;
        if (line.empty() || line == "\r") continue;
        const AttlogBatch alone = decode_alone(line);
        const bool is_punch = punch != batch.punches.end() && punch->line == number;
        require(is_punch == (alone.punches.size() == 1), "a line is a punch whatever its neighbours are", {line});
        if (is_punch) require(same(*punch++, alone.punches.front()), "and the same punch", {line});
    }
}

// Redaction takes away what only looks like a secret, but no punch, and it invents none.
void check_redaction(const AttlogBatch& raw, const AttlogBatch& clean) {
    for (const auto& before : raw.punches) {
        // A key within a PIN is redacted with what follows, whoever wears it.
        if (before.pin.find_first_of("=:>%\"'") != before.pin.npos) continue;
        const auto after = std::lower_bound(clean.punches.begin(), clean.punches.end(), before.line,
                                            [](const Punch& punch, std::uint32_t line) { return punch.line < line; });
        require(after != clean.punches.end() && after->line == before.line && after->pin == before.pin &&
                    after->device_time == before.device_time,
                "redaction leaves punches", {before.pin});
    }
    for (const auto& after : clean.punches) {
        const bool was_punch = std::any_of(raw.punches.begin(), raw.punches.end(),
                                           [&](const Punch& punch) { return punch.line == after.line; });
        require(was_punch || after.pin.find("<redacted>") != after.pin.npos, "redaction makes no punches", {after.pin});
    }
}

void check(std::string_view body) {
    const std::string clean = redact_body(TableKind::attlog, std::string(body));
    const AttlogBatch batch = decode_attlog(clean, line_limit);
    require(batch.punches.size() + batch.rejects.size() == batch.lines, "every line is a punch or a reject");
    require(batch.lines == count_lines(body), "lines are counted before redaction as after it", {body, clean});
    for (const auto& punch : batch.punches) check_punch(punch);
    for (const auto& reject : batch.rejects) check_reject(reject);
    const auto in_order = [](const auto& a, const auto& b) { return a.line <= b.line; };
    require(std::is_sorted(batch.punches.begin(), batch.punches.end(),
                           [&](const auto& a, const auto& b) { return !in_order(b, a) && a.line != b.line; }),
            "punches stand in the order of their lines");
    check_neighbours(clean, batch);
    constexpr std::size_t unlimited = 1 << 24;
    check_redaction(decode_attlog(body, unlimited), decode_attlog(clean, unlimited));
}

const fuzz::Property property("attlog", check);

}  // namespace
