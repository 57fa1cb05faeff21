#include "protocol/zk4370/request.hpp"

#include <utility>

#include "protocol/zk4370/comm_key.hpp"
#include "protocol/zk4370/little_endian.hpp"

namespace presensi::zk4370 {

namespace {

std::string four_bytes(std::uint32_t value) {
    std::string out;
    put_u32(out, value);
    return out;
}

// protocol-4370 § 3.2
struct Selector {
    std::uint16_t inner = 0;
    std::uint32_t table = 0;
};

Selector selector(Table table) {
    switch (table) {
        case Table::attendance:
            return {13, 0};
        case Table::users:
            return {9, 5};
        case Table::operations:
            return {34, 0};
    }
    return {13, 0};
}

}  // namespace

std::string_view to_string(Table table) {
    switch (table) {
        case Table::attendance:
            return "attendance";
        case Table::users:
            return "users";
        case Table::operations:
            return "operations";
    }
    return "attendance";
}

Request::Request(Command command, std::string data) : command_(command), data_(std::move(data)) {}

Request Request::connect() { return Request(Command::connect); }

Request Request::authenticate(std::uint32_t comm_key, std::uint16_t session) {
    return Request(Command::authenticate, scramble_comm_key(comm_key, session));
}

Request Request::exit() { return Request(Command::exit); }

Request Request::option(std::string_view keyword) {
    std::string data(keyword);
    data.push_back('\0');
    return Request(Command::option, std::move(data));
}

Request Request::version() { return Request(Command::version); }

Request Request::clock() { return Request(Command::clock); }

Request Request::counters() { return Request(Command::counters); }

Request Request::state() { return Request(Command::state); }

Request Request::free_data() { return Request(Command::free_data); }

Request Request::prepare(Table table) {
    const Selector wanted = selector(table);
    std::string data("\x01", 1);
    put_u16(data, wanted.inner);
    put_u32(data, wanted.table);
    put_u32(data, 0);
    return Request(Command::prepare_table, std::move(data));
}

Request Request::piece(std::uint32_t offset, std::uint32_t size) {
    std::string data;
    put_u32(data, offset);
    put_u32(data, size);
    return Request(Command::read_piece, std::move(data));
}

Request Request::direct_attendance() { return Request(Command::direct_attendance); }

// protocol-4370 § 3.8: the selector of the user table.
Request Request::direct_users() { return Request(Command::direct_users, "\x05"); }

Request Request::disable(std::uint32_t seconds) {
    return Request(Command::disable, seconds == 0 ? std::string() : four_bytes(seconds));
}

Request Request::enable() { return Request(Command::enable); }

Request Request::events(std::uint32_t mask) { return Request(Command::events, four_bytes(mask)); }

Request Request::event_received() { return Request(Command::event_received); }

std::string encode(const Request& request, std::uint16_t session, std::uint16_t reply_id, Transport transport) {
    std::string packet;
    put_u16(packet, static_cast<std::uint16_t>(request.command()));
    put_u16(packet, 0);
    put_u16(packet, session);
    put_u16(packet, reply_id);
    packet += request.data();
    const std::uint16_t sum = checksum(packet);
    packet[2] = static_cast<char>(sum & 0xff);
    packet[3] = static_cast<char>(sum >> 8);
    if (transport == Transport::udp) return packet;
    std::string framed("\x50\x50\x82\x7d");  // protocol-4370 § 1.1
    put_u32(framed, static_cast<std::uint32_t>(packet.size()));
    return framed + packet;
}

}  // namespace presensi::zk4370
