// What a terminal says about itself: the body of table=options and INFO of a poll.

#include <algorithm>

#include "protocol/adms/facts.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::adms;
using presensi::fuzz::require;
using presensi::fuzz::require_stored_text;

namespace {

void check_facts(const TerminalFacts& facts) {
    for (const auto* text : {&facts.firmware, &facts.push_version, &facts.model, &facts.platform, &facts.mac}) {
        require_stored_text(*text, 128, "a fact is at most 128 bytes of text");
    }
    for (const auto& [name, value] : facts.more) {
        require(!name.empty() && !value.empty(), "what is not said is not kept", {name});
        require_stored_text(value, 128, "a fact is at most 128 bytes of text");
    }
    require(facts.users.value_or(0) >= 0 && facts.records.value_or(0) >= 0, "nobody has fewer than no users");
}

void check(std::string_view bytes) {
    check_facts(decode_options(bytes));
    check_facts(decode_info(bytes));

    // Lines do not reach into each other, and what was said last counts.
    const auto behind = decode_options(std::string(bytes).append("\nUserCount=5,FWVersion=Ver 1"));
    require(behind.users == 5 && behind.firmware == "Ver 1", "a line is read whatever stands before it", {bytes});
    const auto before = decode_options(std::string("TransactionCount=7,~DeviceName=A B\n").append(bytes));
    if (bytes.find('=') == bytes.npos) {
        require(before.records == 7 && before.model == "A B", "a line is read whatever follows", {bytes});
    }
    const auto info = decode_info(std::string("Ver 8.0.4,3,5,40,").append(bytes));
    require(info.firmware == "Ver 8.0.4" && info.users == 3 && info.records == 40,
            "INFO is read whatever its later columns say", {bytes});
}

const fuzz::Property property("options", check);

}  // namespace
