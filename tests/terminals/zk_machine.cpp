#include "tests/terminals/zk_machine.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace presensi::terminals {

namespace {

// protocol-4370 § 6
enum : std::uint16_t {
    usertemp_rrq = 9,
    options_rrq = 11,
    attlog_rrq = 13,
    oplog_rrq = 34,
    free_sizes = 50,
    state_rrq = 64,
    get_time = 201,
    reg_event = 500,
    connect = 1000,
    exit_session = 1001,
    enable = 1002,
    disable = 1003,
    version = 1100,
    auth = 1102,
    prepare_data = 1500,
    data = 1501,
    free_data = 1502,
    data_wrrq = 1503,
    data_rdy = 1504,
    ack_ok = 2000,
    ack_error = 2001,
    ack_unauth = 2005,
    ack_unknown = 65535
};

constexpr std::size_t endless = 200'000;

std::uint32_t number_at(const std::string& bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
    return value;
}

void put(std::string& bytes, std::size_t at, std::uint32_t value) {
    if (at + 4 <= bytes.size()) bytes.replace(at, 4, le32(value));
}

}  // namespace

std::optional<ZkFault> zk_fault(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, ZkFault>, 10> names{{{"larger-size", ZkFault::larger_size},
                                                                          {"smaller-size", ZkFault::smaller_size},
                                                                          {"larger-prefix", ZkFault::larger_prefix},
                                                                          {"endless-prepare", ZkFault::endless_prepare},
                                                                          {"cut", ZkFault::cut},
                                                                          {"wrong-checksum", ZkFault::wrong_checksum},
                                                                          {"reboot", ZkFault::reboot},
                                                                          {"silence", ZkFault::silence},
                                                                          {"lost", ZkFault::lost},
                                                                          {"doubled", ZkFault::doubled}}};
    for (const auto& [word, fault] : names) {
        if (word == name) return fault;
    }
    return std::nullopt;
}

ZkMachine::ZkMachine(ZkIdentity identity, ZkShape shape, ZkFaults faults)
    : identity_(std::move(identity)), shape_(shape), faults_(faults) {}

void ZkMachine::set_log(std::vector<ZkPunch> log) {
    const std::lock_guard lock(mutex_);
    log_ = std::move(log);
    encoded_.clear();
}

void ZkMachine::add(const ZkPunch& punch) {
    const std::lock_guard lock(mutex_);
    log_.push_back(punch);
    encoded_.clear();
}

void ZkMachine::set_users(std::vector<ZkUser> users) {
    const std::lock_guard lock(mutex_);
    users_ = std::move(users);
}

void ZkMachine::restart() {
    const std::lock_guard lock(mutex_);
    disabled_ = false;
}

std::vector<ZkPunch> ZkMachine::log() const {
    const std::lock_guard lock(mutex_);
    return log_;
}

bool ZkMachine::is_disabled() const {
    const std::lock_guard lock(mutex_);
    return disabled_;
}

int ZkMachine::sessions() const {
    const std::lock_guard lock(mutex_);
    return sessions_;
}

int ZkMachine::open_sessions() const {
    const std::lock_guard lock(mutex_);
    return open_;
}

int ZkMachine::most_open_sessions() const {
    const std::lock_guard lock(mutex_);
    return most_open_;
}

std::vector<std::uint16_t> ZkMachine::refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
}

ZkSession::ZkSession(ZkMachine& machine, std::size_t most_data) : machine_(machine), most_data_(most_data) {
    const std::lock_guard lock(machine_.mutex_);
    meets_fault_ = machine_.faults_.fault != ZkFault::none && machine_.sessions_ < machine_.faults_.sessions;
    ++machine_.sessions_;
    machine_.most_open_ = std::max(machine_.most_open_, ++machine_.open_);
    // Any number but the same one.
    id_ = static_cast<std::uint16_t>(0x1f2e + 7919 * machine_.sessions_);
}

ZkSession::~ZkSession() {
    const std::lock_guard lock(machine_.mutex_);
    --machine_.open_;
}

ZkPacket ZkSession::reply(const ZkPacket& request, std::uint16_t code, std::string bytes) const {
    return {code, id_, request.reply, std::move(bytes)};
}

std::vector<ZkPacket> ZkSession::answer(const ZkPacket& request) {
    auto packets = answer_now(request);
    const auto before = std::exchange(before_, packets);
    if (machine_.shape_.late_replies) packets.insert(packets.begin(), before.begin(), before.end());
    if (machine_.shape_.events && authorised_ && request.code != ack_ok) {
        // EF_FINGER: its code stands in the session field, its reply id is 0.
        packets.insert(packets.begin(), ZkPacket{reg_event, 2, 0, {}});
    }
    return packets;
}

std::vector<ZkPacket> ZkSession::answer_now(const ZkPacket& request) {
    if (request.code == connect) {
        open_ = true;
        authorised_ = machine_.identity_.comm_key == 0;
        return {reply(request, authorised_ ? ack_ok : ack_unauth)};
    }
    if (request.code == ack_ok) return {};  // to an event
    if (!open_ || request.session != id_) return {};
    if (request.code == auth) {
        authorised_ =
            request.data.size() == 4 &&
            request.data == scrambled_key(machine_.identity_.comm_key, id_, static_cast<std::uint8_t>(request.data[2]));
        return {reply(request, authorised_ ? ack_ok : ack_unauth)};
    }
    if (!authorised_) return {reply(request, ack_unauth)};

    const std::lock_guard lock(machine_.mutex_);
    switch (request.code) {
        case exit_session:
            ended_ = true;
            return {reply(request, ack_ok)};
        case enable:
        case disable:
            machine_.disabled_ = request.code == disable;
            return {reply(request, ack_ok)};
        case free_data:
            buffer_.clear();
            return {reply(request, ack_ok)};
        case reg_event:
        case state_rrq:
            return {reply(request, ack_ok)};
        case free_sizes:
            return {reply(request, ack_ok, counters())};
        case get_time:
            return {reply(request, ack_ok, clock())};
        case version:
            return {reply(request, ack_ok, machine_.identity_.firmware + '\0')};
        case options_rrq:
            return answer_option(request);
        case data_wrrq:
            return prepare(request);
        case data_rdy:
            return piece(request);
        case attlog_rrq:
        case usertemp_rrq: {
            const std::string bytes = table(request.code);
            if (bytes.size() <= machine_.shape_.inline_limit)
                return {reply(request, machine_.shape_.table_in_ack ? ack_ok : data, bytes)};
            return in_packets(request, bytes);
        }
        default:
            machine_.refused_.push_back(request.code);
            return {reply(request, ack_unknown)};
    }
}

std::vector<ZkPacket> ZkSession::answer_option(const ZkPacket& request) {
    const auto& identity = machine_.identity_;
    const std::map<std::string, std::string> options{
        {"~SerialNumber", identity.serial},
        {"~DeviceName", identity.model},
        {"~Platform", identity.platform},
        {"MAC", identity.mac},
        {"~OEMVendor", "Test"},
        {"~ZKFPVersion", "10"},
        {"DeviceID", "1"},
        {"~PIN2Width", "9"},
    };
    const std::string keyword = request.data.substr(0, request.data.find('\0'));
    const auto found = options.find(keyword);
    if (found == options.end()) return {reply(request, ack_error)};
    return {reply(request, ack_ok, keyword + "=" + found->second + '\0')};
}

std::string ZkSession::counters() const {
    const auto& shape = machine_.shape_;
    std::string words(shape.counters, '\0');
    if (shape.counters < 80) return words;
    const auto records =
        static_cast<std::uint32_t>(static_cast<std::int64_t>(machine_.log_.size()) + shape.counter_lie);
    put(words, 16, static_cast<std::uint32_t>(machine_.users_.size()));
    put(words, 32, records);
    put(words, 60, 3000);
    put(words, 64, 200'000);
    put(words, 76, 200'000 - records);
    return words;
}

std::string ZkSession::clock() const {
    const auto& identity = machine_.identity_;
    const auto local = std::chrono::system_clock::now().time_since_epoch() + identity.utc_offset + identity.clock_ahead;
    return le32(pack_time(
        std::chrono::floor<std::chrono::seconds>(std::chrono::local_time<std::chrono::system_clock::duration>(local))));
}

std::string ZkSession::table(int command) {
    const auto& shape = machine_.shape_;
    std::string records;
    if (command == attlog_rrq) {
        if (machine_.encoded_.empty()) {
            for (const auto& punch : machine_.log_) machine_.encoded_ += encode(shape.layout, punch);
        }
        records = machine_.encoded_;
    }
    if (command == usertemp_rrq) {
        for (const auto& user : machine_.users_)
            records += shape.user_record == 28 ? encode_user28(user) : encode_user72(user);
    }
    std::string bytes = with_length(records);
    if (meets_fault_ && machine_.faults_.fault == ZkFault::larger_prefix) {
        put(bytes, 0, static_cast<std::uint32_t>(records.size() + size_of(machine_.shape_.layout)));
    }
    return bytes;
}

std::vector<ZkPacket> ZkSession::prepare(const ZkPacket& request) {
    const auto& shape = machine_.shape_;
    if (!shape.buffered || request.data.size() != 11) return {reply(request, ack_error)};
    buffer_ = table(static_cast<unsigned char>(request.data[1]));
    if (buffer_.size() <= std::min(shape.inline_limit, most_data_)) {
        std::vector<ZkPacket> packets{reply(request, data, buffer_)};
        if (shape.trailing_ack) packets.push_back(reply(request, ack_ok));
        return packets;
    }
    if (shape.follow_prepare) return in_packets(request, buffer_);
    auto size = static_cast<std::uint32_t>(buffer_.size());
    const auto record = static_cast<std::uint32_t>(size_of(shape.layout));
    if (meets_fault_ && machine_.faults_.fault == ZkFault::larger_size) size += record;
    if (meets_fault_ && machine_.faults_.fault == ZkFault::smaller_size) size -= record;
    const std::string told = '\0' + le32(size) + le32(size) + le32(0);
    return {reply(request, shape.prepared_by_1500 ? prepare_data : ack_ok, told)};
}

std::vector<ZkPacket> ZkSession::piece(const ZkPacket& request) {
    if (request.data.size() != 8) return {reply(request, ack_error)};
    const std::size_t offset = number_at(request.data, 0);
    const std::size_t size = number_at(request.data, 4);
    if (offset > buffer_.size()) return {reply(request, ack_error)};
    if (meets_fault_ && machine_.faults_.fault == ZkFault::endless_prepare) {
        return {endless, reply(request, prepare_data, le32(static_cast<std::uint32_t>(size)) + le32(1008))};
    }
    const std::string bytes = buffer_.substr(offset, size);
    if (machine_.shape_.bare_pieces) return {reply(request, data, bytes)};
    return in_packets(request, bytes);
}

std::vector<ZkPacket> ZkSession::in_packets(const ZkPacket& request, const std::string& bytes) {
    const std::size_t width = std::min(machine_.shape_.packet, most_data_);
    std::vector<ZkPacket> packets{
        reply(request, prepare_data,
              le32(static_cast<std::uint32_t>(bytes.size())) + le32(static_cast<std::uint32_t>(width)))};
    for (std::size_t at = 0; at < bytes.size(); at += width) {
        packets.push_back(reply(request, data, bytes.substr(at, width)));
        if (machine_.shape_.numbered) packets.back().session = static_cast<std::uint16_t>(at / width);
    }
    packets.push_back(reply(request, ack_ok));
    return packets;
}

}  // namespace presensi::terminals
