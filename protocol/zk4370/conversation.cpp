#include "protocol/zk4370/conversation.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "protocol/text_fields.hpp"
#include "protocol/zk4370/little_endian.hpp"
#include "protocol/zk4370/option.hpp"
#include "protocol/zk4370/packed_time.hpp"

namespace presensi::zk4370 {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view serial_option = "~SerialNumber";  // protocol-4370 § 5.3
constexpr auto exit_patience = 2s;                           // protocol-4370 § 3.9

// Never for ever, which is what 0 would say (protocol-4370 § 2.5).
std::uint32_t lock_seconds(const PullRequest& request) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(request.lock_time.count(), 1, 3600));
}

}  // namespace

PullConversation::PullConversation(PullRequest request) : request_(std::move(request)), exchange_(request_.transport) {
    assert(request_.this_year >= 2000);
    result_.may_be_disabled = request_.enable_first;
    enter(Stage::connecting);
}

Step PullConversation::next() {
    if (auto send = exchange_.take_outgoing()) return std::move(*send);
    switch (stage_) {
        case Stage::noting:
            return NoteDisabling{};
        case Stage::reconnecting:
            return Reconnect{only_to_enable_};
        case Stage::finished:
            return Finished{};
        default:
            return Wait{patience_, std::exchange(fresh_, false)};
    }
}

void PullConversation::ask(const Request& request, std::chrono::milliseconds patience) {
    exchange_.ask(request);
    patience_ = patience;
    fresh_ = true;
    repeated_ = false;
}

// Every stage begins by what it asks.
void PullConversation::enter(Stage stage) {
    stage_ = stage;
    switch (stage) {
        case Stage::connecting:
            return ask(Request::connect(), request_.patience);
        case Stage::authenticating:
            return ask(Request::authenticate(request_.comm_key, exchange_.session()), request_.patience);
        case Stage::enabling_first:
        case Stage::enabling:
            return ask(Request::enable(), request_.patience);
        case Stage::serial:
            return ask(Request::option(serial_option), request_.patience);
        case Stage::platform:
            return ask(Request::option("~Platform"), request_.patience);
        case Stage::model:
            return ask(Request::option("~DeviceName"), request_.patience);
        case Stage::mac:
            return ask(Request::option("MAC"), request_.patience);
        case Stage::firmware:
            return ask(Request::version(), request_.patience);
        case Stage::clock:
            return ask(Request::clock(), request_.patience);
        case Stage::counters_before:
        case Stage::counters_after:
            return ask(Request::counters(), request_.patience);
        case Stage::disabling:
            result_.may_be_disabled = true;
            return ask(Request::disable(lock_seconds(request_)), request_.patience);
        case Stage::freeing:
            return ask(Request::free_data(), exit_patience);
        case Stage::exiting:
            return ask(Request::exit(), exit_patience);
        case Stage::noting:
        case Stage::reading:
        case Stage::reconnecting:
        case Stage::finished:
            return;
    }
}

void PullConversation::received(std::string_view bytes) {
    if (stage_ == Stage::noting || stage_ == Stage::reconnecting || stage_ == Stage::finished) return;
    exchange_.received(bytes);
    // 15 s without a byte (protocol-4370 § 3.9): on a slow link one data packet takes longer.
    if (stage_ == Stage::reading && request_.transport == Transport::tcp) fresh_ = true;
    while (stage_ != Stage::noting && stage_ != Stage::reconnecting && stage_ != Stage::finished) {
        auto packet = exchange_.next_answer();
        if (!packet) break;
        if (packet->intact) {
            answered(std::move(*packet));
        } else if (is_closing()) {
            timed_out();  // as good as none
        } else {
            fail_or_lose_table(FailureKind::protocol_error,
                               "An answer of the terminal came damaged: its checksum is wrong.");
        }
    }
    if (reader_) largest_announced_ = std::max(largest_announced_, reader_->bytes_announced());
    result_.events = exchange_.events();
    result_.statistics = exchange_.statistics();
    if (stage_ == Stage::finished || stage_ == Stage::reconnecting) return;
    if (!exchange_.error() && !exchange_.flooded()) return;
    if (!is_closing() && exchange_.error()) {
        fail(stage_ == Stage::connecting ? FailureKind::not_a_terminal : FailureKind::protocol_error,
             "What came is not the protocol of a terminal (port 4370).");
    } else if (!is_closing()) {
        fail(FailureKind::protocol_error, "The terminal sends packets without end that nobody asked for.");
    }
    lose_connection();
}

void PullConversation::answered(Packet packet) {
    switch (stage_) {
        case Stage::connecting:
        case Stage::authenticating:
            return connect_answered(packet);
        case Stage::reading:
            return move(reader_->answered(std::move(packet)));
        case Stage::enabling_first:
        case Stage::enabling:
            return enable_answered(packet);
        case Stage::freeing:
            return close();
        case Stage::exiting:
            return enter(Stage::finished);
        case Stage::noting:
        case Stage::reconnecting:
        case Stage::finished:
            return;
        default:
            break;
    }
    if (packet.code == reply::unauthorized)
        return fail(FailureKind::unauthorized, "The terminal asks for the comm key again.");
    if (stage_ == Stage::serial) return serial_answered(packet);
    simple_answered(packet);
}

// protocol-4370 § 2.1
void PullConversation::connect_answered(const Packet& packet) {
    const bool first = stage_ == Stage::connecting;
    if (first) exchange_.set_session(packet.session_field);
    if (packet.code == reply::ok) return session_open();
    if (packet.code != reply::unauthorized) {
        return fail(FailureKind::protocol_error,
                    "The terminal answers the greeting with a " + std::string(code_name(packet.code)) + " packet.");
    }
    if (!first) return fail(FailureKind::unauthorized, "The terminal refuses the comm key that is configured for it.");
    if (request_.comm_key == 0)
        return fail(FailureKind::unauthorized,
                    "The terminal asks for a comm key (menu Comm. > PC Connection), and none was given.");
    enter(Stage::authenticating);
}

void PullConversation::session_open() {
    if (only_to_enable_) return enter(Stage::enabling);
    // Before anything else: whoever stands in front of it has waited long enough.
    enter(request_.enable_first ? Stage::enabling_first : Stage::serial);
}

void PullConversation::enable_answered(const Packet& packet) {
    if (packet.code == reply::ok) {
        result_.may_be_disabled = false;
    } else {
        result_.notes.push_back("The terminal answers to being enabled with a " + std::string(code_name(packet.code)) +
                                " packet.");
    }
    if (stage_ == Stage::enabling) return enter(Stage::exiting);
    request_.enable_first = false;
    enter(Stage::serial);
}

// Addresses get reassigned: the logs of two terminals must never mix (protocol-4370 § 7.4). Asked once per connection.
void PullConversation::serial_answered(const Packet& packet) {
    std::string serial;
    if (packet.code == reply::ok) {
        const Option option = decode_option(packet.data);
        if (equals_ignoring_case(option.keyword, serial_option)) serial = option.value;
    }
    const std::string& expected = tables_begun_ ? result_.serial : request_.expected_serial;
    if (!tables_begun_) result_.serial = serial;
    if (serial != expected && (tables_begun_ || !expected.empty())) {
        const std::string found =
            serial.empty() ? "does not tell its serial number" : "has the serial number " + serial;
        return fail(FailureKind::wrong_terminal, "The terminal at this address " + found + "; expected is " +
                                                     to_stored_text(expected) + ". Nothing was read from it.");
    }
    if (tables_begun_) return begin_tables();
    enter(Stage::platform);
}

// Facts: a terminal that does not tell one is none the worse.
void PullConversation::simple_answered(const Packet& packet) {
    const bool told = packet.code == reply::ok;
    const auto option = [&] { return told ? decode_option(packet.data).value : std::string(); };
    switch (stage_) {
        case Stage::platform:
            result_.platform = option();
            return enter(Stage::model);
        case Stage::model:
            result_.model = option();
            return enter(Stage::mac);
        case Stage::mac:
            result_.mac = option();
            return enter(Stage::firmware);
        case Stage::firmware:
            if (told) result_.firmware = decode_version(packet.data);
            return enter(Stage::clock);
        case Stage::clock:
            if (told && packet.data.size() >= 4) {
                result_.clock_raw = u32_at(packet.data, 0);
                if (*result_.clock_raw != no_time) result_.clock = decode_packed_time(*result_.clock_raw);
            }
            return enter(Stage::counters_before);
        case Stage::counters_before:
            if (told) result_.before = decode_counters(packet.data);
            if (result_.before && !result_.before->add_up())
                result_.notes.push_back("The terminal's count of records and its free space do not add up.");
            return begin_tables();
        case Stage::disabling:
            if (!told) result_.notes.push_back("The terminal refuses to be disabled; it was read all the same.");
            return next_table();
        case Stage::counters_after:
            if (told) result_.after = decode_counters(packet.data);
            return finish_attendance();
        default:
            return;
    }
}

void PullConversation::timed_out() {
    switch (stage_) {
        case Stage::noting:
        case Stage::reconnecting:
        case Stage::finished:
            return;
        case Stage::reading:
            move(reader_->timed_out(exchange_.in_packet()));
            break;
        case Stage::freeing:
            close();
            break;
        case Stage::exiting:
            enter(Stage::finished);
            break;
        default:
            simple_timed_out();
            break;
    }
    result_.statistics = exchange_.statistics();
}

// Whatever these ask may be asked twice (protocol-4370 § 1.6, § 3.9).
void PullConversation::simple_timed_out() {
    const bool position_known = !exchange_.in_packet();
    const bool greeting = stage_ == Stage::connecting && request_.transport == Transport::tcp;
    if (!repeated_ && position_known && !greeting) {
        exchange_.repeat();
        repeated_ = true;
        fresh_ = true;
        return;
    }
    if (stage_ == Stage::connecting) {
        fail(FailureKind::no_answer,
             "The terminal does not answer. Most often another program (the vendor's software) is connected to it.");
        return lose_connection();
    }
    if (is_closing()) return lose_connection();
    if (!position_known && exchange_.statistics().reconnects < 1) return reconnect();
    fail(FailureKind::timed_out, "The terminal stopped answering.");
}

}  // namespace presensi::zk4370
