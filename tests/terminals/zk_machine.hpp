#pragma once
// A simulated terminal of port 4370 without its network: what it holds, and what it answers (protocol-4370 § 2, 3, 5).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/terminals/zk_log.hpp"
#include "tests/terminals/zk_wire.hpp"

namespace presensi::terminals {

struct ZkIdentity {
    std::string serial = "TST7240100001";
    std::string model = "K-TEST/ID";
    std::string platform = "ZMM220_TFT";
    std::string firmware = "Ver 6.60 Apr 12 2025";
    std::string mac = "02:00:00:00:43:70";
    std::uint32_t comm_key = 0;  // 0: none
    std::chrono::seconds clock_ahead{0};
    std::chrono::seconds utc_offset = std::chrono::hours(8);
};

// Differences between families (protocol-4370 § 3, 7.2).
struct ZkShape {
    ZkLayout layout = ZkLayout::r40;
    bool buffered = true;             // false: 1503 is not known, only direct reads
    bool prepared_by_1500 = false;    // 1503 is answered by PREPARE_DATA in place of ACK_OK
    bool bare_pieces = false;         // a piece is one DATA without PREPARE_DATA before and ACK_OK behind
    bool follow_prepare = false;      // 1503 is answered by the whole transfer (the AK3750 kind)
    bool trailing_ack = false;        // an ACK_OK behind a table that came in the answer to 1503
    bool table_in_ack = false;        // a small table that is read directly comes in the ACK_OK itself
    bool numbered = true;             // data packets are numbered in the session field
    bool late_replies = false;        // the answer before comes once more in front of an answer
    bool events = false;              // somebody's finger between request and answer
    std::size_t inline_limit = 1024;  // bytes of a log that comes in the answer to 1503 itself
    std::size_t packet = 1008;        // data bytes of one DATA
    std::size_t counters = 92;        // bytes of the answer to 50: 92, 80, or 4 with nothing in it
    std::size_t user_record = 72;     // bytes of a user: 72 or 28
    std::int64_t counter_lie = 0;     // added to the number of records that it tells
};

enum class ZkFault {
    none,
    larger_size,      // announces a record more than it has
    smaller_size,     // announces a record less
    larger_prefix,    // the log's own length is a record too long
    endless_prepare,  // answers a piece with PREPARE_DATA for ever
    cut,              // closes the connection
    wrong_checksum,   // one packet has a wrong checksum
    reboot,           // closes, and hears nobody for two seconds
    silence,          // says nothing any more in this session
    lost,             // one packet does not arrive
    doubled           // one packet arrives twice
};

std::optional<ZkFault> zk_fault(std::string_view name);  // "larger-size", …

struct ZkFaults {
    ZkFault fault = ZkFault::none;
    std::size_t at = 0;  // where it is one packet: after so many packets of a session
    int sessions = 1;    // how many sessions meet it
};

// May be looked at and changed from another thread.
class ZkMachine {
public:
    ZkMachine(ZkIdentity identity, ZkShape shape, ZkFaults faults = {});

    void set_log(std::vector<ZkPunch> log);
    void add(const ZkPunch& punch);
    void set_users(std::vector<ZkUser> users);
    void restart();  // it is enabled afterwards

    std::vector<ZkPunch> log() const;
    bool is_disabled() const;
    int sessions() const;                        // begun since the start
    int open_sessions() const;                   // now
    int most_open_sessions() const;              // at once, so far
    std::vector<std::uint16_t> refused() const;  // what it was asked and never does for us

    const ZkIdentity& identity() const { return identity_; }
    const ZkShape& shape() const { return shape_; }
    const ZkFaults& faults() const { return faults_; }

private:
    friend class ZkSession;

    const ZkIdentity identity_;
    const ZkShape shape_;
    const ZkFaults faults_;
    mutable std::mutex mutex_;
    std::vector<ZkPunch> log_;
    std::vector<ZkUser> users_;
    std::string encoded_;  // the log, once it was asked for
    std::vector<std::uint16_t> refused_;
    bool disabled_ = false;
    int sessions_ = 0;
    int open_ = 0;
    int most_open_ = 0;
};

// One client's conversation with it.
class ZkSession {
public:
    // most_data: data bytes that one packet of this transport can carry.
    ZkSession(ZkMachine& machine, std::size_t most_data);
    ~ZkSession();
    ZkSession(const ZkSession&) = delete;
    ZkSession& operator=(const ZkSession&) = delete;

    // What it sends for a request, in order.
    std::vector<ZkPacket> answer(const ZkPacket& request);
    bool ended() const { return ended_; }
    // True for the sessions that meet the machine's fault.
    bool meets_fault() const { return meets_fault_; }

private:
    ZkPacket reply(const ZkPacket& request, std::uint16_t code, std::string data = {}) const;
    std::vector<ZkPacket> answer_now(const ZkPacket& request);
    std::vector<ZkPacket> answer_option(const ZkPacket& request);
    std::vector<ZkPacket> prepare(const ZkPacket& request);
    std::vector<ZkPacket> piece(const ZkPacket& request);
    std::vector<ZkPacket> in_packets(const ZkPacket& request, const std::string& bytes);
    std::string counters() const;
    std::string clock() const;
    std::string table(int command);

    ZkMachine& machine_;
    const std::size_t most_data_;
    bool meets_fault_ = false;
    std::uint16_t id_ = 0;
    bool open_ = false;
    bool authorised_ = false;
    bool ended_ = false;
    std::string buffer_;  // what 1503 prepared
    std::vector<ZkPacket> before_;
};

}  // namespace presensi::terminals
