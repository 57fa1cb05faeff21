#include "daemon/admin/json_text.hpp"

#include <openssl/evp.h>

#include <array>

#include "protocol/csv_text.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::admin {

namespace json = boost::json;

namespace {

template <typename T>
json::value value_or_null(const std::optional<T>& value) {
    return value ? json::value(*value) : json::value(nullptr);
}

template <typename T>
std::string text_of(const std::optional<T>& number) {
    return number ? std::to_string(*number) : std::string();
}

std::string joined(const std::vector<std::string>& words, char separator) {
    std::string all;
    for (const auto& word : words) {
        if (!all.empty()) all += separator;
        all += word;
    }
    return all;
}

bool is_counted(const storage::FeedRow& punch) { return punch.grade != to_string(Grade::suspect); }

constexpr const char* wrong_terminal = "wrong_terminal";

json::value person_of(const people::Named& who) {
    if (who.person == nullptr) return nullptr;
    json::object out;
    out["uuid"] = who.person->uuid;
    out["nip"] = text_or_null(who.person->nip);
    out["name"] = who.person->name;
    out["unit"] = text_or_null(who.unit);
    return out;
}

std::string hex_of(std::string_view bytes) {
    Sha256 digest{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
    return hex(digest);
}

}  // namespace

json::object to_json(const storage::FeedRow& punch, const people::Named& who) {
    json::object out;
    out["id"] = std::to_string(punch.id);
    out["terminal"] = punch.serial;
    out["pin"] = punch.pin;
    out["device_time"] = punch.device_time;
    out["zone"] = punch.zone;
    out["punched_at"] = punch.punched_at;
    out["state"] = value_or_null(punch.state);
    out["verify"] = value_or_null(punch.verify);
    out["work_code"] = value_or_null(punch.work_code);
    out["roads"] = json::array(punch.roads.begin(), punch.roads.end());
    out["grade"] = punch.grade;
    out["counted"] = is_counted(punch);
    out["person"] = person_of(who);
    out["flags"] = who.wrong_terminal ? json::array{wrong_terminal} : json::array();
    out["received_at"] = punch.received_at;
    return out;
}

json::object to_json(const storage::RejectRow& reject) {
    json::object out;
    out["id"] = std::to_string(reject.id);
    out["delivery"] = std::to_string(reject.delivery_id);
    out["terminal"] = reject.serial;
    out["table"] = reject.table;
    out["line"] = reject.line;
    out["reason"] = reject.reason;
    out["text"] = to_stored_text(reject.bytes);
    out["length"] = reject.length;
    out["received_at"] = reject.received_at;
    return out;
}

json::object to_json(const storage::DeliveryRow& delivery) {
    json::object out;
    out["id"] = std::to_string(delivery.id);
    out["terminal"] = delivery.serial;
    out["road"] = delivery.road;
    out["table"] = delivery.table;
    out["query"] = delivery.query;
    out["peer"] = delivery.peer;
    out["received_at"] = delivery.received_at;
    out["sha256"] = hex_of(delivery.sha256);
    out["body_base64"] = base64(delivery.body);
    return out;
}

json::object to_json(const storage::EventRow& event) {
    json::object out;
    out["id"] = std::to_string(event.id);
    out["kind"] = event.kind;
    out["operation"] = value_or_null(event.operation);
    out["operator"] = text_or_null(event.operator_pin);
    out["device_time"] = text_or_null(event.device_time);
    out["detail"] = event.detail;
    out["received_at"] = event.received_at;
    out["delivery"] = std::to_string(event.delivery_id);
    return out;
}

json::object to_json(const storage::PullRow& pull, const std::string& serial) {
    json::object out;
    out["id"] = std::to_string(pull.id);
    out["terminal"] = serial;
    out["state"] = pull.state;
    out["reason"] = text_or_null(pull.reason);
    out["bytes"] = pull.bytes;
    out["records"] = pull.records;
    out["new"] = pull.new_punches;
    out["known"] = pull.known_punches;
    out["rejected"] = pull.rejects;
    out["delivery"] = pull.delivery_id == 0 ? json::value(nullptr) : json::value(std::to_string(pull.delivery_id));
    out["asked_by"] = pull.asked_by;
    out["queued_at"] = pull.queued_at;
    out["started_at"] = text_or_null(pull.started_at);
    out["ended_at"] = text_or_null(pull.ended_at);
    return out;
}

json::object to_json(const storage::CommandRow& command) {
    json::object out;
    out["id"] = std::to_string(command.id);
    out["command"] = command.verb;
    out["text"] = command.text;
    out["state"] = command.state;
    out["asked_by"] = command.asked_by;
    out["reason"] = text_or_null(command.reason);
    out["queued_at"] = command.queued_at;
    out["expires_at"] = command.expires_at;
    out["offers"] = command.offers;
    out["offered_at"] = text_or_null(command.offered_at);
    out["answered_at"] = text_or_null(command.answered_at);
    out["return"] = value_or_null(command.return_code);
    out["records"] = value_or_null(command.records);
    return out;
}

json::object to_json(const Terminal& terminal) {
    const auto& row = terminal.row;
    json::object out;
    out["serial"] = row.serial;
    out["name"] = text_or_null(row.name);
    out["state"] = std::string(to_string(row.state));
    out["role"] = terminal.role == config::TerminalRole::apel ? "apel" : "daily";
    out["portable"] = terminal.portable;
    out["unit"] = text_or_null(row.unit);
    out["time_zone"] = row.time_zone;
    out["first_seen"] = text_or_null(row.first_seen);
    out["last_seen"] = terminal.last_seen ? json::value(format_utc(*terminal.last_seen)) : json::value(nullptr);
    out["address"] = text_or_null(row.address);
    out["firmware"] = text_or_null(row.firmware);
    out["push_version"] = text_or_null(row.push_version);
    out["model"] = text_or_null(row.model);
    out["platform"] = text_or_null(row.platform);
    out["mac"] = text_or_null(row.mac);
    out["users"] = value_or_null(row.users);
    out["records"] = value_or_null(row.records);
    out["last_punch"] = text_or_null(terminal.last_punch);
    json::object counts;
    counts["punches"] = terminal.punches;
    counts["rejects"] = terminal.rejects;
    out["counts"] = std::move(counts);
    return out;
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

std::string csv_header() {
    return "id,terminal,pin,device_time,zone,punched_at,state,verify,work_code,roads,grade,counted,received_at,person,"
           "nip,"
           "name,unit,flags\r\n";
}

std::string csv_line(const storage::FeedRow& punch, const people::Named& who) {
    const attendance::Person nobody;
    const auto& person = who.person == nullptr ? nobody : *who.person;
    const std::array<std::string, 18> fields{std::to_string(punch.id),
                                             punch.serial,
                                             punch.pin,
                                             punch.device_time,
                                             punch.zone,
                                             punch.punched_at,
                                             text_of(punch.state),
                                             text_of(punch.verify),
                                             punch.work_code.value_or(""),
                                             joined(punch.roads, ' '),
                                             punch.grade,
                                             is_counted(punch) ? "true" : "false",
                                             punch.received_at,
                                             person.uuid,
                                             person.nip,
                                             person.name,
                                             who.unit,
                                             who.wrong_terminal ? wrong_terminal : ""};
    return csv_record(fields);
}

std::string base64(std::string_view bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3), '\0');
    if (out.empty()) return out;
    // EVP_EncodeBlock(3) writes a NUL behind the text, which std::string has room for.
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
    return out;
}

}  // namespace presensi::admin
