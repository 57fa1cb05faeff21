#include "tests/storage/samples.hpp"

#include <algorithm>
#include <chrono>

#include "protocol/pin.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "storage/terminal_repository.hpp"

namespace presensi::storage {
namespace {

using namespace std::chrono_literals;

constexpr DeviceTime morning = std::chrono::local_days{std::chrono::year{2026} / 11 / 20} + 7h;
constexpr Instant receipt = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + 1h + 123ms;

std::string to_text(const Value& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    if (const auto* real = std::get_if<double>(&value)) return std::to_string(*real);
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* blob = std::get_if<Blob>(&value)) return blob->bytes;
    return "NULL";
}

}  // namespace

Punch make_punch(std::string_view pin, int second, std::uint32_t line) {
    Punch punch;
    punch.pin = pin;
    punch.pin_key = pin_key(pin);
    punch.device_time = morning + std::chrono::seconds(second);
    punch.state = 0;
    punch.verify = 1;
    punch.line = line;
    // Asia/Makassar is UTC+8.
    punch.punched_at = std::chrono::sys_seconds{punch.device_time.time_since_epoch() - 8h};
    return punch;
}

Reject make_reject(std::string_view bytes, std::uint32_t line) {
    Reject reject;
    reject.line = line;
    reject.reason = RejectReason::bad_time;
    reject.bytes = bytes;
    reject.sha256 = sha256(bytes);
    reject.length = bytes.size();
    return reject;
}

Delivery make_delivery(std::int64_t terminal_id, std::vector<Punch> punches, Road road) {
    Delivery delivery;
    delivery.terminal_id = terminal_id;
    delivery.road = road;
    delivery.table = "ATTLOG";
    delivery.query = "SN=TST0000000001&table=ATTLOG&Stamp=9999";
    delivery.peer = "192.0.2.7";
    delivery.received_at = receipt;
    for (const Punch& punch : punches) {
        delivery.body += punch.pin + "\t" + format_device_time(punch.device_time) + "\t0\t1\n";
    }
    delivery.punches = std::move(punches);
    return delivery;
}

Delivery make_unread(std::int64_t terminal_id, std::string_view table, std::string_view body) {
    Delivery delivery = make_delivery(terminal_id, {});
    delivery.table = table;
    delivery.body = body;
    delivery.unread = true;
    return delivery;
}

std::int64_t add_terminal(Database& database, std::string_view serial) {
    TerminalRow row;
    row.serial = serial;
    row.state = TerminalState::approved;
    row.time_zone = "Asia/Makassar";
    return TerminalRepository(database).save(row);
}

std::vector<Receipt> append(Intake& intake, const std::vector<Delivery>& deliveries) {
    std::vector<const Delivery*> pointers;
    pointers.reserve(deliveries.size());
    for (const Delivery& delivery : deliveries) pointers.push_back(&delivery);
    return intake.append(pointers);
}

Receipt append(Intake& intake, const Delivery& delivery) {
    const Delivery* const one[] = {&delivery};
    return intake.append(one).at(0);
}

std::int64_t count(Database& database, const std::string& table) {
    return database.query("SELECT count(*) FROM " + table).at(0).integer(0);
}

std::vector<std::string> rows_of(Database& database, const std::string& sql) {
    std::vector<std::string> lines;
    for (const Row& row : database.query(sql)) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            line += (column == 0 ? "" : "|") + to_text(row[column]);
        }
        lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

}  // namespace presensi::storage
