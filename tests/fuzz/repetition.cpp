// Hostile bodies are small things many times over. The first line is what stands before, the rest is repeated: to a
// short body mostly, so that many are tried, and for one input in 512 to a long one, where limits on numbers are met
// and what needs time in the square of the length runs into the fuzzer's time limit.

#include <algorithm>
#include <functional>

#include "protocol/adms/attlog.hpp"
#include "protocol/adms/command_result.hpp"
#include "protocol/adms/facts.hpp"
#include "protocol/adms/operlog.hpp"
#include "protocol/adms/redact.hpp"
#include "protocol/adms/upload.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::adms;
using presensi::fuzz::require;

namespace {

constexpr std::size_t usual_length = 512;
constexpr std::size_t long_length = 128 * 1024;
constexpr std::size_t longest_unit = 64;

void check(std::string_view bytes) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    const auto unit = bytes.substr(std::min(end + 1, bytes.size())).substr(0, longest_unit);
    if (unit.empty()) return;
    const auto length = std::hash<std::string_view>{}(bytes) % 512 == 0 ? long_length : usual_length;
    std::string body(bytes.substr(0, end));
    while (body.size() < length) body.append(unit);

    for (const auto kind :
         {TableKind::attlog, TableKind::operlog, TableKind::idcard, TableKind::attphoto, TableKind::other}) {
        redact_body(kind, body);
    }
    redact_query(body);
    require(decode_attlog(body, 4096).lines == count_lines(body), "lines are counted as they are read");
    require(decode_command_results(body).size() <= most_results, "no more results than a terminal can have");
    const OperationLog log = decode_operlog(body, 4096);
    require(log.events.size() + log.users.size() + log.rejects.size() + log.others <= count_lines(body),
            "no line says two things");
    // One line that no limit cuts short: the keys of a user are looked for in all of it.
    decode_operlog(std::string("USER ").append(body), body.size() + 8);
    decode_options(body);
    decode_info(body);
    classify_upload(decode_target(body), body);
}

const fuzz::Property property("repetition", check);

}  // namespace
