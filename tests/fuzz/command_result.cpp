// The body of /devicecmd, and what Routes::handle_command_results takes from it.

#include "protocol/adms/command_result.hpp"

#include <algorithm>

#include "protocol/adms/facts.hpp"
#include "protocol/text_fields.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::adms;
using presensi::fuzz::require;
using presensi::fuzz::require_stored_text;

namespace {

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

void check_result(const CommandResult& result) {
    require(result.id.size() <= 20 && std::all_of(result.id.begin(), result.id.end(), is_alphanumeric),
            "an id is 1-20 letters and digits, or empty", {result.id});
    require_stored_text(result.command, 64, "a command is at most 64 bytes of text");
    require_stored_text(result.serial, 32, "a serial number is at most 32 bytes of text");
    require(result.return_code.value_or(0) >= -1'000'000'000 && result.return_code.value_or(0) <= 1'000'000'000,
            "a return code is a number");
    require_stored_text(decode_options(result.content).firmware, 128, "a dump is read like options");
}

void check(std::string_view body) {
    const auto results = decode_command_results(body);
    require(results.size() <= most_results, "no more results than a terminal can have");
    std::size_t kept = 0;
    for (const auto& result : results) {
        check_result(result);
        kept += result.content.size();
    }
    // The last line and a last pair may get the line end that they lack.
    require(kept <= body.size() + results.size(), "content is what was sent, once");

    // A result counts whatever follows it.
    const std::string later = std::string("ID=77&Return=-3&CMD=CHECK&SN=T1\n").append(body);
    const auto with_first = decode_command_results(later);
    require(!with_first.empty() && with_first[0].id == "77" && with_first[0].return_code == -3 &&
                with_first[0].command == "CHECK" && with_first[0].serial == "T1",
            "the first result is read whatever follows", {body});
}

const fuzz::Property property("command_result", check);

}  // namespace
