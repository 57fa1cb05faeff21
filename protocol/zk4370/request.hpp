#pragma once
// Everything that we can say to a terminal: a closed list (protocol-4370 § 6, promise P3). A Request has no constructor
// that takes a number, so no clearing, no clock, no users, no power can be sent, by whatever mistake.

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/zk4370/packet.hpp"

namespace presensi::zk4370 {

enum class Command : std::uint16_t {
    direct_users = 9,
    option = 11,
    direct_attendance = 13,
    counters = 50,
    state = 64,
    clock = 201,
    events = 500,
    connect = 1000,
    exit = 1001,
    enable = 1002,
    disable = 1003,
    version = 1100,
    authenticate = 1102,
    free_data = 1502,
    prepare_table = 1503,
    read_piece = 1504,
    event_received = 2000,  // our only answer
};

// What can be read in bulk (protocol-4370 § 3.2). Fingerprints and faces cannot.
enum class Table : std::uint8_t { attendance, users, operations };

std::string_view to_string(Table table);  // "attendance", "users", "operations"

class Request {
public:
    static Request connect();
    // `session` is that of the answer to connect().
    static Request authenticate(std::uint32_t comm_key, std::uint16_t session);
    static Request exit();

    static Request option(std::string_view keyword);  // protocol-4370 § 5.3; the NUL is added
    static Request version();
    static Request clock();
    static Request counters();
    static Request state();

    static Request free_data();
    static Request prepare(Table table);
    static Request piece(std::uint32_t offset, std::uint32_t size);
    // Old firmware; there is no direct form for operations that could be sent.
    static Request direct_attendance();
    static Request direct_users();

    // The terminal enables itself again after `seconds`; with 0 only when told, or restarted (protocol-4370 § 2.5).
    static Request disable(std::uint32_t seconds);
    static Request enable();

    static Request events(std::uint32_t mask);  // 0 none, 1 attendance, 0xffff all (protocol-4370 § 5.8)
    static Request event_received();

    Command command() const { return command_; }
    // Of authenticate() as secret as the comm key.
    std::string_view data() const { return data_; }

private:
    explicit Request(Command command, std::string data = {});

    Command command_;
    std::string data_;
};

// The bytes to write on TCP, or the datagram to send (protocol-4370 § 1).
std::string encode(const Request& request, std::uint16_t session, std::uint16_t reply_id, Transport transport);

}  // namespace presensi::zk4370
