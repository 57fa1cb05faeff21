#include "daemon/upload/take_file.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "daemon/log.hpp"
#include "daemon/pull/file.hpp"
#include "daemon/pull/record.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "storage/delivery_repository.hpp"
#include "storage/upload_repository.hpp"

namespace presensi::upload {

namespace asio = boost::asio;
using storage::UploadRepository;

namespace {

// As much of it under another serial makes a file another terminal's, in percent.
constexpr int another_terminals = 80;
constexpr auto if_it_is_right = "If it is of this terminal all the same, bring it again and confirm it.";

// A file, read and looked at.
struct Read {
    std::string refusal;
    std::string serial;  // of a pulled file
    Delivery delivery;
    std::optional<zk4370::UserTable> pulled_users;
    std::vector<TerminalUser> users;
    std::string kind;
    std::string terminal_number;
    Sha256 sha256{};
    std::size_t bytes = 0;
    bool cut = false;
};

Read read_pulled(const std::string& bytes) {
    Read read;
    read.kind = "pulled";
    auto content = pull::decode_file(bytes);
    if (auto* sentence = std::get_if<std::string>(&content)) {
        read.refusal = std::move(*sentence);
        return read;
    }
    auto& file = std::get<pull::FileContent>(content);
    read.serial = std::move(file.serial);
    read.delivery = pull::delivery_of(std::move(file.attendance), Road::upload, std::move(file.how));
    read.pulled_users = std::move(file.users);
    return read;
}

Read read_brought(const std::string& bytes, std::size_t line_limit, usb::DateOrder order) {
    Read read;
    auto content = usb::decode_attendance_file(bytes, line_limit, order);
    if (auto* sentence = std::get_if<std::string>(&content)) {
        read.refusal = std::move(*sentence);
        return read;
    }
    auto& file = std::get<usb::AttendanceFile>(content);
    read.kind = to_string(file.kind);
    read.terminal_number = to_stored_text(file.terminal_number, 64);
    read.cut = file.cut;
    read.users = std::move(file.users);
    read.delivery.road = Road::upload;
    read.delivery.table = "ATTLOG";
    read.delivery.query = read.kind;
    read.delivery.body = std::move(file.body);
    read.delivery.punches = std::move(file.punches);
    read.delivery.rejects = std::move(file.rejects);
    return read;
}

Read read_file(const std::string& bytes, std::size_t line_limit, usb::DateOrder order) {
    Read read = pull::is_pulled_file(bytes) ? read_pulled(bytes) : read_brought(bytes, line_limit, order);
    read.sha256 = presensi::sha256(bytes);
    read.bytes = bytes.size();
    return read;
}

// Why it looks like another terminal's; empty: it does not.
std::string find_doubt(storage::Database& database, std::int64_t terminal_id, const Read& read) {
    UploadRepository uploads(database);
    const auto& punches = read.delivery.punches;
    if (const auto other = uploads.find_other(terminal_id, punches, another_terminals)) {
        return fmt::format("{} of the {} punches in this file are stored already, of terminal {}.", other->punches,
                           punches.size(), other->serial);
    }
    if (read.terminal_number.empty()) return {};
    const auto before = uploads.latest_terminal_number(terminal_id, read.kind);
    if (!before || *before == read.terminal_number) return {};
    return fmt::format("The terminal number in this file is {}, in the files of this terminal before it was {}.",
                       read.terminal_number, *before);
}

std::vector<std::string> remarks_on(const Read& read, const std::string& doubt) {
    std::vector<std::string> remarks;
    if (read.cut) remarks.emplace_back("Its last line is not whole: the file was cut; read the terminal once more.");
    if (!doubt.empty()) remarks.push_back("Confirmed, although: " + doubt);
    return remarks;
}

Taken report_on(const Read& read) {
    Taken taken;
    const auto& punches = read.delivery.punches;
    const auto& rejects = read.delivery.rejects;
    taken.kind = read.kind;
    taken.terminal_number = read.terminal_number;
    taken.lines = punches.size() + rejects.size();
    taken.rejected = rejects.size();
    const auto shown = std::min(rejects.size(), Taken::most_rejects);
    taken.rejects.assign(rejects.begin(), rejects.begin() + static_cast<std::ptrdiff_t>(shown));
    if (punches.empty()) return taken;
    const auto [first, last] = std::minmax_element(
        punches.begin(), punches.end(), [](const auto& a, const auto& b) { return a.device_time < b.device_time; });
    taken.first = format_device_time(first->device_time);
    taken.last = format_device_time(last->device_time);
    return taken;
}

storage::UploadRow row_of(const Taken& taken, const Read& read) {
    storage::UploadRow row;
    row.delivery_id = taken.delivery_id;
    row.sha256 = read.sha256;
    row.bytes = static_cast<std::int64_t>(read.bytes);
    row.kind = taken.kind;
    row.terminal_number = taken.terminal_number;
    row.lines = static_cast<std::int64_t>(taken.lines);
    row.new_punches = taken.new_punches;
    row.known_punches = taken.known_punches;
    row.rejects = static_cast<std::int64_t>(taken.rejected);
    row.first = taken.first;
    row.last = taken.last;
    boost::json::array remarks;
    for (const auto& remark : taken.remarks) remarks.emplace_back(remark);
    row.remarks = boost::json::serialize(remarks);
    return row;
}

Taken refused(const Terminal& terminal, std::string sentence) {
    log::warn("a file was refused", {{"terminal", terminal.row.serial}, {"reason", sentence}});
    Taken taken;
    taken.refusal = std::move(sentence);
    return taken;
}

asio::awaitable<void> record_users(const Corridor& corridor, Terminal& terminal, Read& read, std::string peer) {
    Delivery people;
    people.road = Road::upload;
    people.table = "USERINFO";
    people.query = read.delivery.query;
    people.peer = std::move(peer);
    people.received_at = corridor.now();
    std::vector<TerminalUser> users = std::move(read.users);
    if (read.pulled_users) {
        people.body = std::move(read.pulled_users->raw);
        people.rejects = std::move(read.pulled_users->rejects);
        users = std::move(read.pulled_users->people);
    } else {
        // The names stand in the lines of the log; what is said of users is a delivery of its own.
        for (const auto& user : users) people.body += fmt::format("{}\t{}\n", user.pin, user.name);
    }
    if (users.empty() && !read.pulled_users) co_return;
    co_await corridor.ingest.record_log(terminal, std::move(people), {}, std::move(users));
}

}  // namespace

asio::awaitable<Taken> take_file(const Corridor& corridor, Terminal& terminal, Brought brought) {
    // On the storage thread: a hundred thousand records must not hold up a terminal.
    auto decode = [bytes = std::move(brought.bytes), limit = corridor.line_limit,
                   order = brought.date_order](StoreWorker::Reader) { return read_file(bytes, limit, order); };
    Read read = co_await corridor.worker.read(std::move(decode));
    if (!read.refusal.empty()) co_return refused(terminal, std::move(read.refusal));
    if (!read.serial.empty() && read.serial != terminal.row.serial) {
        co_return refused(terminal,
                          fmt::format("This file is of terminal {}, not of {}.", read.serial, terminal.row.serial));
    }
    Taken taken = report_on(read);
    struct Looked {
        std::string doubt;
        std::int64_t known = 0;
        std::int64_t punches = 0;  // two records of one PIN in one second are one
    };
    // A pulled file says itself whose it is.
    auto look = [&read, id = terminal.row.id, count = brought.dry_run](StoreWorker::Reader reader) {
        Looked looked;
        if (read.serial.empty()) looked.doubt = find_doubt(reader.database, id, read);
        if (!count) return looked;
        looked.known = UploadRepository(reader.database).count_known(id, read.delivery.punches);
        std::set<std::pair<DeviceTime, std::string>> punches;
        for (const Punch& punch : read.delivery.punches) punches.emplace(punch.device_time, punch.pin_key);
        looked.punches = static_cast<std::int64_t>(punches.size());
        return looked;
    };
    const Looked looked = co_await corridor.worker.read(std::move(look));
    if (!looked.doubt.empty() && !brought.confirmed)
        co_return refused(terminal, fmt::format("{} {}", looked.doubt, if_it_is_right));
    taken.remarks = remarks_on(read, looked.doubt);
    if (brought.dry_run) {
        taken.known_punches = looked.known;
        taken.new_punches = looked.punches - looked.known;
        co_return taken;
    }
    read.delivery.peer = brought.peer;
    read.delivery.received_at = corridor.now();
    std::vector<OnlineInterval> pushing =
        co_await pull::pushing_times(corridor.worker, terminal, read.delivery.punches);
    std::string how = read.delivery.query;
    const Receipt receipt = co_await corridor.ingest.record(terminal, std::move(read.delivery), std::move(pushing));
    read.delivery.query = std::move(how);
    taken.delivery_id = receipt.delivery_id;
    taken.new_punches = receipt.new_punches;
    taken.known_punches = receipt.known_punches;
    co_await record_users(corridor, terminal, read, brought.peer);
    storage::UploadRow row = row_of(taken, read);
    row.terminal_id = terminal.row.id;
    row.uploaded_at = format_utc(corridor.now());
    row.uploaded_by = brought.by;
    auto store = [row, serial = terminal.row.serial](storage::Database& database) {
        std::int64_t id = 0;
        database.transaction([&] {
            id = UploadRepository(database).add(row);
            boost::json::object detail;
            detail["upload"] = std::to_string(id);
            detail["new"] = row.new_punches;
            storage::append_audit(database, row.uploaded_at, row.uploaded_by, "upload.take", serial,
                                  boost::json::serialize(detail));
        });
        return id;
    };
    const std::int64_t id = co_await corridor.worker.write(std::move(store));
    taken.upload_id = id;
    log::info("a file was taken", {{"terminal", terminal.row.serial},
                                   {"kind", taken.kind},
                                   {"records", taken.lines},
                                   {"new", taken.new_punches},
                                   {"rejected", taken.rejected}});
    co_return taken;
}

}  // namespace presensi::upload
