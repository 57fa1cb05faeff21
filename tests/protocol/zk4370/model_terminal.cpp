#include "tests/protocol/zk4370/model_terminal.hpp"

#include <algorithm>

#include "protocol/zk4370/comm_key.hpp"
#include "protocol/zk4370/little_endian.hpp"
#include "tests/protocol/zk4370/terminal_packets.hpp"

namespace presensi::test {

using namespace zk4370;

namespace {

std::string words(std::initializer_list<std::uint32_t> values) {
    std::string out;
    for (const auto value : values) put_u32(out, value);
    return out;
}

}  // namespace

ModelTerminal::ModelTerminal(ModelShape shape, std::uint32_t seed) : shape_(std::move(shape)), random_(seed) {}

TestTerminal::Answer ModelTerminal::answer(const Packet& request) {
    out_ = {};
    reply_id_ = request.reply_id;
    const std::string_view data = request.data;
    if (chance(shape_.late_replies)) {
        const auto old = static_cast<std::uint16_t>(reply_id_ - 1 - random_() % 3);
        out_.packets.push_back(framed(shape_.transport, reply::data, session_, old, "late"));
    }
    disturb();
    if (request.code == 1000) {
        session_ = static_cast<std::uint16_t>(1 + random_() % 65535);
        authorized_ = shape_.comm_key == 0;
        reply_with(authorized_ ? reply::ok : reply::unauthorized, "");
    } else if (request.session_field != session_) {
        reply_with(reply::error, "");
    } else if (request.code == 1102) {
        authorized_ = data == scramble_comm_key(shape_.comm_key, session_);
        reply_with(authorized_ ? reply::ok : reply::unauthorized, "");
    } else if (!authorized_) {
        reply_with(reply::unauthorized, "");
    } else {
        switch (request.code) {
            case 11: {
                const std::string value = option(data.substr(0, data.find('\0')));
                reply_with(value.empty() ? reply::error : reply::ok, value + std::string(1, '\0'));
                break;
            }
            case 50:
                reply_with(reply::ok, counters());
                break;
            case 201:
                reply_with(reply::ok, words({864266645}));
                break;
            case 1100:
                reply_with(reply::ok, std::string("Ver 6.60 Jun 16 2015\0", 21));
                break;
            case 1001:
            case 1002:
            case 1003:
                reply_with(reply::ok, "");
                break;
            case 1502:
                buffer_.clear();
                reply_with(reply::ok, "");
                break;
            case 1503:
                prepared(table_of(u16_at(data, 1)));
                break;
            case 1504: {
                const std::size_t offset = u32_at(data, 0);
                const std::size_t size = u32_at(data, 4);
                if (size == 0 || offset + size > buffer_.size()) {
                    reply_with(reply::error, "");
                } else {
                    transfer(std::string_view(buffer_).substr(offset, size));
                }
                break;
            }
            case 13:
                direct(shape_.attendance);
                break;
            case 9:
                direct(shape_.users);
                break;
            default:
                reply_with(reply::unknown, "");
                break;
        }
    }
    if (shape_.transport == Transport::udp && out_.packets.size() > 1 && chance(shape_.swapped)) {
        const auto at = random_() % (out_.packets.size() - 1);
        std::swap(out_.packets[at], out_.packets[at + 1]);
    }
    return std::move(out_);
}

void ModelTerminal::reply_with(std::uint16_t code, std::string_view data) { packet(code, session_, data); }

void ModelTerminal::packet(std::uint16_t code, std::uint16_t session_field, std::string_view data) {
    const bool udp = shape_.transport == Transport::udp;
    const std::string bytes = framed(shape_.transport, code, session_field, reply_id_, data);
    if (!udp || !chance(shape_.lost)) out_.packets.push_back(bytes);
    if (udp && chance(shape_.doubled)) out_.packets.push_back(bytes);
    disturb();
}

void ModelTerminal::disturb() {
    if (!chance(shape_.events)) return;
    const std::string punch =
        std::string("31337", 5) + std::string(19, '\0') + std::string("\x01\0\x1a\x0b\x14\x08\0\0", 8);
    out_.packets.push_back(framed(shape_.transport, reply::event, 1, 0, punch));
}

void ModelTerminal::transfer(std::string_view bytes) {
    if (shape_.small_piece_alone && bytes.size() <= shape_.packet_data) {
        packet(reply::data, session_, bytes);
        if (shape_.trailing_ack) reply_with(reply::ok, "");
        return;
    }
    reply_with(reply::prepare_data,
               words({static_cast<std::uint32_t>(bytes.size()), static_cast<std::uint32_t>(shape_.packet_data)}));
    std::uint16_t number = 0;
    for (std::size_t at = 0; at < bytes.size(); at += shape_.packet_data)
        packet(reply::data, shape_.numbers_packets ? number++ : session_, bytes.substr(at, shape_.packet_data));
    packet(reply::ok, shape_.numbers_packets ? number : session_, "");
}

void ModelTerminal::prepared(std::string_view table) {
    if (table == shape_.attendance) log_read_ = true;
    if (shape_.direct_only) return reply_with(random_() % 2 == 0 ? reply::error : reply::unknown, "");
    if (shape_.data_follow_prepare) return transfer(table);
    if (table.size() <= shape_.inline_limit) {
        reply_with(reply::data, table);
        if (shape_.trailing_ack) reply_with(reply::ok, "");
        return;
    }
    buffer_ = table;
    const auto size = static_cast<std::uint32_t>(table.size());
    std::string data(1, '\0');
    data += words({size, size, 0x0023efcd});
    reply_with(shape_.announces_with_1500 ? reply::prepare_data : reply::ok, data);
}

void ModelTerminal::direct(std::string_view table) {
    if (table == shape_.attendance) log_read_ = true;
    if (!shape_.direct_only) return reply_with(reply::error, "");
    if (shape_.direct_inline) return reply_with(reply::ok, table);
    transfer(table);
}

std::string ModelTerminal::table_of(std::uint16_t inner) const {
    return inner == 13 ? shape_.attendance : inner == 9 ? shape_.users : shape_.operations;
}

std::string ModelTerminal::counters() {
    if (!shape_.records) return words({0});
    std::string out(80, '\0');
    const auto set = [&](std::size_t at, std::uint32_t value) { out.replace(at, 4, words({value})); };
    set(16, shape_.counted_users);
    set(32, *shape_.records + (log_read_ ? shape_.grows : 0));
    set(64, 100'000);
    set(76, 100'000 - *shape_.records - (log_read_ ? shape_.grows : 0));
    return out;
}

std::string ModelTerminal::option(std::string_view keyword) const {
    if (keyword == "~SerialNumber") return "~SerialNumber=" + shape_.serial;
    if (keyword == "~Platform") return "~Platform=ZMM220_TFT";
    if (keyword == "~DeviceName") return "~DeviceName=K40";
    if (keyword == "MAC") return "MAC=00:17:61:11:ca:6f";
    return {};
}

}  // namespace presensi::test
