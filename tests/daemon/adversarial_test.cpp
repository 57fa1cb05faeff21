// T29: input made to be slow. What a decoder needs for it is compared with what it needs for as much of the usual, side
// by side, so that the machine does not matter; the bounds are wide, because only growth beyond linear is a fault.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "daemon/http/multipart.hpp"
#include "daemon/http/request_line.hpp"
#include "protocol/adms/attlog.hpp"
#include "protocol/adms/command_result.hpp"
#include "protocol/adms/facts.hpp"
#include "protocol/adms/operlog.hpp"
#include "protocol/adms/redact.hpp"
#include "protocol/adms/target.hpp"
#include "protocol/adms/upload.hpp"
#include "protocol/csv_table.hpp"
#include "protocol/usb/attendance_file.hpp"

using namespace presensi;

namespace {

constexpr std::size_t MiB = 1024 * 1024;
constexpr std::size_t line_limit = 64 * 1024;
constexpr double most_times_slower = 30;
constexpr double never_mind_seconds = 0.25;  // so short that it holds nobody up, whatever the ratio

std::string repeated(std::string_view piece, std::size_t size = MiB) {
    std::string text;
    text.reserve(size + piece.size());
    while (text.size() < size) text += piece;
    return text;
}

double processor_seconds() {
    timespec time{};
    REQUIRE(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Of the processor, the best of three, or the first below `good_enough`: what another process takes is none of its own.
double seconds_for(const std::function<void()>& work, double good_enough = 0) {
    double best = 1e9;
    for (int i = 0; i < 3 && best >= good_enough; ++i) {
        const double begun = processor_seconds();
        work();
        best = std::min(best, processor_seconds() - begun);
    }
    return best;
}

struct Decoder {
    const char* name;
    std::string benign;
    std::function<void(const std::string&)> decode;
};

std::string benign_attlog() {
    std::string text;
    for (int i = 0; text.size() < MiB; ++i)
        text += fmt::format("{}\t2026-11-{:02} 07:{:02}:30\t0\t1\t0\t0\t0\n", 1 + i % 500, 1 + i % 28, i % 60);
    return text;
}

std::string benign_operlog() {
    std::string text;
    for (int i = 0; text.size() < MiB; ++i)
        text += fmt::format("OPLOG 4\t0\t2026-11-20 07:{:02}:00\t{}\t0\t0\t0\nUSER PIN={}\tName=A\tPri=0\tGrp=1\n",
                            i % 60, i, i);
    return text;
}

std::vector<Decoder> decoders() {
    const std::string attlog = benign_attlog();
    const std::string pairs = repeated("FirmVer=Ver 8.0.4\nUserCount=12\nIPAddress=10.0.0.1\n");
    std::string csv = "pin,time\n";
    for (int i = 0; csv.size() < MiB; ++i) csv += fmt::format("{},2026-11-20 07:{:02}:{:02}\n", i, i / 60 % 60, i % 60);
    std::string form =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n" + attlog + "\r\n--b--\r\n";
    return {
        {"attlog", attlog, [](const auto& text) { adms::decode_attlog(text, line_limit); }},
        {"operlog", benign_operlog(), [](const auto& text) { adms::decode_operlog(text, line_limit); }},
        {"redact operlog", benign_operlog(),
         [](const auto& text) { adms::redact_body(adms::TableKind::operlog, text); }},
        {"redact biodata", benign_operlog(),
         [](const auto& text) { adms::redact_body(adms::TableKind::biodata, text); }},
        {"redact other", pairs, [](const auto& text) { adms::redact_body(adms::TableKind::other, text); }},
        {"options", pairs, [](const auto& text) { adms::decode_options(text); }},
        {"command results", repeated("ID=1&Return=0&CMD=INFO\n"),
         [](const auto& text) { adms::decode_command_results(text); }},
        {"attendance file", attlog, [](const auto& text) { usb::decode_attendance_file(text, line_limit); }},
        {"general log", repeated("1\t1\t000042\tA\t1\t1\t2026/11/20 07:00:00\n"),
         [](const auto& text) {
             usb::decode_attendance_file("No\tTMNo\tEnNo\tName\tINOUT\tMode\tDateTime\n" + text, line_limit);
         }},
        {"csv table", csv, [](const auto& text) { read_csv_table(text); }},
        {"form", form, [](const auto& text) { http::find_file_part("multipart/form-data; boundary=b", text); }},
    };
}

// Each as large as the usual.
std::vector<std::pair<std::string, std::string>> adversaries() {
    std::string collisions;  // of keys and PINs that differ in little
    for (int i = 0; collisions.size() < MiB; ++i) collisions += fmt::format("{:020d}=1\n", i);
    std::string same_second;
    for (int i = 0; same_second.size() < MiB; ++i) same_second += fmt::format("{}\t2026-11-20 07:00:00\t0\t1\n", i);
    std::string zeros;
    for (int i = 0; zeros.size() < MiB; ++i)
        zeros += fmt::format("{}1\t2026-11-20 07:00:00\t0\t1\n", std::string(200, '0'));
    return {
        {"one line of one letter", std::string(MiB, 'x')},
        {"empty lines", std::string(MiB, '\n')},
        {"carriage returns", std::string(MiB, '\r')},
        {"tabs", std::string(MiB, '\t')},
        {"NUL", std::string(MiB, '\0')},
        {"blanks", std::string(MiB, ' ')},
        {"equals signs", std::string(MiB, '=')},
        {"ampersands", std::string(MiB, '&')},
        {"percent signs", std::string(MiB, '%')},
        {"escapes", repeated("%25")},
        {"quotes", std::string(MiB, '"')},
        {"a quote that never ends", "\"" + repeated("a,\"\"b\n")},
        {"commas", std::string(MiB, ',')},
        {"digits", std::string(MiB, '9')},
        {"dashes", std::string(MiB, '-')},
        {"byte order marks", repeated("\xef\xbb\xbf")},
        {"byte order marks of UTF-16", repeated("\xff\xfe")},
        {"no UTF-8", repeated("\xff\xfe\x80")},
        {"UTF-8 cut short", repeated("\xf0\x9f\x98")},
        {"pairs without end", repeated("a=b\t")},
        {"keys of secrets", repeated("Passwd=1\tCard=[2]\tPIN2=3\t")},
        {"almost keys", repeated("Passw Passw=\tTMP=\tTM")},
        {"template after template", repeated("FP PIN=1\tFID=6\tSize=8\tValid=1\tTMP=AAAA\n")},
        {"base64 without end", repeated("QUFBQUFBQUFBQUFB")},
        {"USER lines", repeated("USER PIN=1\tName=")},
        {"many users", collisions},
        {"one second, many PINs", same_second},
        {"PINs of zeros", zeros},
        {"boundaries of a form", repeated("\r\n--b\r\n")},
        {"almost boundaries", repeated("\r\n--")},
        {"headers of a form", "--b\r\n" + repeated("X: y\r\n")},
        {"results", repeated("ID=")},
        {"ids", repeated("ID=1\nReturn=0\n")},
    };
}

}  // namespace

TEST_CASE("T29 input made to be slow takes no decoder much longer than as much of the usual") {
    const auto evil = adversaries();
    double worst = 0;
    std::string worst_name;
    for (const auto& decoder : decoders()) {
        const double usual = seconds_for([&] { decoder.decode(decoder.benign); });
        const double bound = std::max(never_mind_seconds, most_times_slower * usual);
        for (const auto& each : evil) {
            const auto& name = each.first;
            const auto& text = each.second;
            CAPTURE(decoder.name);
            CAPTURE(name);
            const double taken = seconds_for([&] { decoder.decode(text); }, bound);
            CHECK_MESSAGE(taken < bound, taken << " s against " << usual << " s");
            if (taken > 0.01 && taken / usual > worst) {
                worst = taken / usual;
                worst_name = fmt::format("{} by {}", decoder.name, name);
            }
        }
    }
    MESSAGE("the worst is " << worst << " times the usual: " << worst_name);
}

TEST_CASE("T29 the largest head there may be is looked at in no time") {
    const auto line = [](std::string_view piece) {
        return "GET /iclock/cdata?" + repeated(piece, 64 * 1024) + " HTTP/1.1";
    };
    const double usual = seconds_for([&] {
        const auto mended = http::mend_request_line(line("a=b&"));
        adms::decode_target(mended);
        adms::redact_query(mended);
    });
    for (const char* piece :
         {"&", "=", "%", "%25", " ", "?", "/", "SN=", "key=1&", "http://", "\t", "\xff", "pushcommkey="}) {
        CAPTURE(piece);
        const double taken = seconds_for([&] {
            const auto mended = http::mend_request_line(line(piece));
            adms::decode_target(mended);
            adms::redact_query(mended);
        });
        CHECK_MESSAGE((taken < never_mind_seconds || taken < most_times_slower * usual),
                      taken << " s against " << usual << " s");
    }
}
