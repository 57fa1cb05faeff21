// Options, versions, counters, operations and events of a terminal.

#include "protocol/zk4370/counters.hpp"
#include "protocol/zk4370/event.hpp"
#include "protocol/zk4370/little_endian.hpp"
#include "protocol/zk4370/operation_log.hpp"
#include "protocol/zk4370/option.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::zk4370;
using presensi::fuzz::require;
using presensi::fuzz::require_stored_text;

namespace {

void check_event(std::string_view bytes) {
    Packet packet;
    packet.code = reply::event;
    packet.session_field = u16_at(bytes, 0);
    packet.data = bytes.substr(2);
    const Event event = decode_event(packet);
    require(!event.name.empty(), "an event has a name");
    require(!event.bad_time || event.punches.empty(), "a bad time is no punch");
    require_stored_text(event.user_id, 64, "whose it is, is text");
    for (const auto& punch : event.punches) require_stored_text(punch.user_id, 64, "whose it is, is text");
}

void check(std::string_view bytes) {
    const Option option = decode_option(bytes);
    require_stored_text(option.keyword, 128, "a keyword is at most 128 bytes of text");
    require_stored_text(option.value, 128, "a value is at most 128 bytes of text");
    require_stored_text(decode_version(bytes), 128, "a version is at most 128 bytes of text");
    if (const auto counters = decode_counters(bytes)) static_cast<void>(counters->add_up());
    if (bytes.size() >= 2) check_event(bytes);
    auto operations = decode_operations(bytes, {{1, "9"}});
    if (const auto* batch = std::get_if<OperationBatch>(&operations)) {
        for (const auto& event : batch->events) {
            require(!event.kind.empty(), "an event has a kind");
            require_stored_text(event.detail, 1024, "a detail is text");
            require_stored_text(event.operator_pin, 64, "an operator is text");
        }
        require(
            bytes.size() < 4 || (batch->events.size() + batch->rejects.size()) * operation_record_size <= bytes.size(),
            "operations are what came");
    }
}

const fuzz::Property property("zk_option", check);

}  // namespace
