#include "daemon/upload/take_file.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "daemon/http/multipart.hpp"
#include "daemon/log.hpp"
#include "daemon/pull/record.hpp"
#include "daemon/upload/doubts.hpp"
#include "daemon/upload/read_file.hpp"
#include "protocol/text_fields.hpp"
#include "storage/delivery_repository.hpp"
#include "storage/upload_repository.hpp"

namespace presensi::upload {

namespace asio = boost::asio;
using config::SecondApproval;
using storage::UploadRepository;

namespace {

constexpr auto not_to_its_end = "It is not taken to its end: if it stays so, bring it once more.";
constexpr auto if_it_is_right = "If it is of this terminal all the same, bring it again and confirm it.";

// Of the other terminals whose rows are in it those that we know; on the I/O thread.
std::vector<std::string> known_others(const Read& read, const Corridor& corridor) {
    std::vector<std::string> known;
    for (const auto& [serial, rows] : read.of_others) {
        if (corridor.knows && corridor.knows(serial)) known.push_back(serial);
    }
    return known;
}

// Rows of a terminal that we know are its own files' business, those of one that nobody knows are rejects. Returns how
// many were left out.
std::size_t leave_out(Read& read, const std::vector<std::string>& known) {
    std::size_t rows = 0;
    for (const auto& serial : known) {
        const auto of_it = read.of_others.extract(serial);
        rows += of_it.mapped().size();
    }
    auto& rejects = read.delivery.rejects;
    if (read.of_others.empty()) return rows;
    for (auto& [serial, of_it] : read.of_others) std::move(of_it.begin(), of_it.end(), std::back_inserter(rejects));
    read.of_others.clear();
    std::stable_sort(rejects.begin(), rejects.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
    return rows;
}

// What the store and the directory say of a file.
struct Looked {
    std::string doubt;
    std::string crowd;
    std::size_t left_out = 0;  // rows
    std::int64_t known = 0;
    std::int64_t punches = 0;  // two records of one PIN in one second are one
    bool was_taken = false;    // the very same file
    std::string untimely;
    std::optional<std::size_t> pins_without_person;
    std::vector<std::string> without_person;
};

Read read_bytes(const Brought& brought, std::size_t line_limit, bool with_content) {
    std::optional<http::Spool::Content> spooled;
    if (brought.spool) spooled.emplace(*brought.spool);
    std::string_view bytes = spooled ? spooled->bytes() : std::string_view(brought.bytes);
    if (http::is_multipart(brought.content_type)) {
        http::FilePart part = http::find_file_part(brought.content_type, bytes);
        if (!part.problem.empty()) {
            Read read;
            read.refusal = std::move(part.problem);
            return read;
        }
        bytes = part.content;
    }
    return read_file(bytes, line_limit, brought.said, with_content);
}

void look_for_people(Looked& looked, const attendance::Directory& directory, const std::string& serial,
                     const Read& read) {
    std::vector<std::string_view> pins;
    for (const Punch& punch : read.delivery.punches) {
        const auto day = std::chrono::floor<std::chrono::days>(punch.device_time);
        if (directory.person_of(serial, punch.pin_key, day) == nullptr) pins.push_back(punch.pin_key);
    }
    std::sort(pins.begin(), pins.end());
    pins.erase(std::unique(pins.begin(), pins.end()), pins.end());
    looked.pins_without_person = pins.size();
    pins.resize(std::min(pins.size(), Taken::most_pins));
    looked.without_person.assign(pins.begin(), pins.end());
}

Looked look_at(storage::Database& database, const storage::TerminalRow& terminal, Read& read,
               const std::vector<std::string>& others, const Corridor& corridor) {
    UploadRepository uploads(database);
    Looked looked;
    looked.left_out = leave_out(read, others);
    const auto spread = uploads.find_spread(terminal.id, read.delivery.punches);
    // A pulled file says itself whose it is.
    if (read.serial.empty()) looked.doubt = find_doubt(uploads, terminal.id, read, spread);
    if (corridor.second_approval == SecondApproval::suspicious) looked.crowd = find_crowd(read);
    looked.known = spread.known;
    looked.punches = spread.punches;
    looked.was_taken = uploads.was_taken(terminal.id, read.sha256);
    if (corridor.directory == nullptr) return looked;
    look_for_people(looked, *corridor.directory, terminal.serial, read);
    const auto today = std::chrono::floor<std::chrono::days>(local_at(Zone(corridor.duty.zone), corridor.now()));
    looked.untimely =
        find_untimely(database, *corridor.directory, terminal.unit, spread, today, corridor.duty.enough_working_days);
    return looked;
}

std::vector<std::string> remarks_on(const Read& read, const Looked& looked, const std::vector<std::string>& others) {
    std::vector<std::string> remarks;
    if (looked.left_out > 0) {
        constexpr std::size_t shown = 10;
        const std::vector<std::string> first(
            others.begin(), others.begin() + static_cast<std::ptrdiff_t>(std::min(others.size(), shown)));
        remarks.push_back(fmt::format("{} of its rows are of other terminals and were left out: {}{}.", looked.left_out,
                                      fmt::join(first, ", "), others.size() > shown ? " and others" : ""));
    }
    if (read.cut) remarks.emplace_back(storage::remark_of_cut_file);
    if (!looked.doubt.empty()) remarks.push_back("Confirmed, although: " + looked.doubt);
    if (!looked.untimely.empty()) remarks.push_back(looked.untimely);
    return remarks;
}

// Why somebody else has to look at it first; empty: nobody has to. A file that was taken before and brings nothing new,
// however it is to be read this time, changes nothing.
std::string why_it_waits(SecondApproval setting, const Looked& looked) {
    const bool changes_nothing = looked.was_taken && looked.known == looked.punches;
    if (changes_nothing || setting == SecondApproval::off) return {};
    if (setting == SecondApproval::always) return "Every file waits here for a second person.";
    if (!looked.doubt.empty()) return looked.doubt;
    return looked.crowd;
}

Taken report_on(const Read& read, const Looked& looked) {
    Taken taken;
    const auto& punches = read.delivery.punches;
    const auto& rejects = read.delivery.rejects;
    taken.kind = read.kind;
    taken.terminal_number = read.terminal_number();
    taken.left_out = looked.left_out;
    taken.lines = punches.size() + rejects.size() + looked.left_out;
    taken.rejected = rejects.size();
    taken.known_punches = looked.known;
    taken.new_punches = looked.punches - looked.known;
    taken.pins_without_person = looked.pins_without_person;
    taken.without_person = looked.without_person;
    if (punches.empty() && rejects.empty()) taken.lines = read.users.size();
    const auto shown = std::min(rejects.size(), Taken::most_rejects);
    taken.rejects.assign(rejects.begin(), rejects.begin() + static_cast<std::ptrdiff_t>(shown));
    if (punches.empty()) return taken;
    const auto [first, last] = std::minmax_element(
        punches.begin(), punches.end(), [](const auto& a, const auto& b) { return a.device_time < b.device_time; });
    taken.first = format_device_time(first->device_time);
    taken.last = format_device_time(last->device_time);
    return taken;
}

std::string encode_remarks(const std::vector<std::string>& remarks) {
    return boost::json::serialize(boost::json::array(remarks.begin(), remarks.end()));
}

storage::UploadRow row_of(const Taken& taken, const Read& read, const Terminal& terminal) {
    storage::UploadRow row;
    row.terminal_id = terminal.row.id;
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
    row.waits_for = taken.waits_for;
    row.remarks = encode_remarks(taken.remarks);
    return row;
}

Taken refused(const Terminal& terminal, std::string sentence) {
    // The sentence is for whoever brought it: it may quote the file's first row, a PIN or a name.
    log::warn("upload.refused", "a file was refused", {{"terminal", terminal.row.serial}});
    Taken taken;
    taken.refusal = std::move(sentence);
    return taken;
}

std::string detail_of(const storage::UploadRow& row, std::int64_t id) {
    boost::json::object detail;
    detail["upload"] = std::to_string(id);
    detail["new"] = row.new_punches;
    if (!row.decided_by.empty()) detail["brought_by"] = row.uploaded_by;
    if (!row.waits_for.empty()) detail["waits_for"] = row.waits_for;
    return boost::json::serialize(detail);
}

// The punches, then what is said of users; both by the way of every delivery.
asio::awaitable<void> record(const Corridor& corridor, Terminal& terminal, Read& read, std::string peer, Taken& taken) {
    const Instant now = corridor.now();
    read.delivery.peer = peer;
    read.delivery.received_at = now;
    if (!read.delivery.body.empty()) {
        std::vector<OnlineInterval> pushing =
            co_await pull::pushing_times(corridor.worker, terminal, read.delivery.punches);
        const Receipt receipt = co_await corridor.ingest.record(terminal, std::move(read.delivery), std::move(pushing));
        taken.delivery_id = receipt.delivery_id;
        taken.new_punches = receipt.new_punches;
        taken.known_punches = receipt.known_punches;
    }
    if (read.people.body.empty()) co_return;
    read.people.peer = std::move(peer);
    read.people.received_at = now;
    co_await corridor.ingest.record_log(terminal, std::move(read.people), {}, std::move(read.users));
}

asio::awaitable<void> let_wait(const Corridor& corridor, const Terminal& terminal, const Brought& brought, Read read,
                               Taken& taken) {
    storage::UploadRow row = row_of(taken, read, terminal);
    row.uploaded_at = format_utc(corridor.now());
    row.uploaded_by = brought.by;
    row.said = encode_said(brought.said);
    auto store = [row, content = std::move(read.content), said = encode_said(read.again),
                  serial = terminal.row.serial](storage::Database& database) {
        std::int64_t id = 0;
        database.transaction([&] {
            id = UploadRepository(database).add_waiting(row, content, said);
            storage::append_audit(database, row.uploaded_at, row.uploaded_by, "upload.wait", serial,
                                  detail_of(row, id));
        });
        return id;
    };
    taken.upload_id = co_await corridor.worker.write(std::move(store));
    log::info("upload.waits", "a file waits for a second person",
              {{"terminal", terminal.row.serial}, {"upload", taken.upload_id}, {"by", brought.by}});
}

// Who brings it goes on record before anything of it counts; returns the upload's id. The row says by itself that it is
// not taken to its end, so a kill needs nobody who marks it.
asio::awaitable<std::int64_t> begin(const Corridor& corridor, const Terminal& terminal, const Brought& brought,
                                    const Read& read, const Taken& taken) {
    storage::UploadRow row = row_of(taken, read, terminal);
    row.uploaded_at = format_utc(corridor.now());
    row.uploaded_by = brought.by;
    row.said = encode_said(brought.said);
    row.state = "taking";
    std::vector<std::string> remarks = taken.remarks;
    remarks.emplace_back(not_to_its_end);
    row.remarks = encode_remarks(remarks);
    auto store = [row, serial = terminal.row.serial](storage::Database& database) {
        std::int64_t id = 0;
        database.transaction([&] {
            id = UploadRepository(database).add(row);
            storage::append_audit(database, row.uploaded_at, row.uploaded_by, "upload.take", serial,
                                  detail_of(row, id));
        });
        return id;
    };
    const std::int64_t id = co_await corridor.worker.write(std::move(store));
    co_return id;
}

// Likewise who approves it, who is in `row`; false: somebody else has decided.
asio::awaitable<bool> begin_waiting(const Corridor& corridor, const storage::UploadRow& row) {
    auto store = [row](storage::Database& database) {
        bool is_first = false;
        database.transaction([&] {
            is_first = UploadRepository(database).begin_waiting(row);
            if (!is_first) return;
            storage::append_audit(database, row.decided_at, row.decided_by, "upload.approve", row.serial,
                                  detail_of(row, row.id));
        });
        return is_first;
    };
    const bool is_first = co_await corridor.worker.write(std::move(store));
    co_return is_first;
}

asio::awaitable<void> finish(const Corridor& corridor, const Taken& taken, std::string remarks) {
    storage::UploadRow row;
    row.id = taken.upload_id;
    row.delivery_id = taken.delivery_id;
    row.new_punches = taken.new_punches;
    row.known_punches = taken.known_punches;
    row.remarks = std::move(remarks);
    auto store = [row](storage::Database& database) {
        database.transaction([&] { UploadRepository(database).finish(row); });
        return true;
    };
    co_await corridor.worker.write(std::move(store));
}

void report(const Terminal& terminal, const Taken& taken) {
    log::info("upload.taken", "a file was taken",
              {{"terminal", terminal.row.serial},
               {"kind", taken.kind},
               {"records", taken.lines},
               {"new", taken.new_punches},
               {"rejected", taken.rejected}});
}

}  // namespace

asio::awaitable<Taken> take_file(const Corridor& corridor, Terminal& terminal, Brought brought) {
    brought.said.serial = terminal.row.serial;
    const bool may_wait = corridor.second_approval != SecondApproval::off && !brought.dry_run;
    // On the storage thread: a hundred thousand records must not hold up a terminal.
    auto decode = [&brought, limit = corridor.line_limit, may_wait](StoreWorker::Reader) {
        return read_bytes(brought, limit, may_wait);
    };
    Read read = co_await corridor.worker.read(std::move(decode));
    brought.bytes = std::string();
    brought.spool.reset();
    if (!read.refusal.empty()) co_return refused(terminal, std::move(read.refusal));
    if (!read.serial.empty() && read.serial != terminal.row.serial) {
        co_return refused(terminal,
                          fmt::format("This file is of terminal {}, not of {}.", read.serial, terminal.row.serial));
    }
    const std::vector<std::string> others = known_others(read, corridor);
    auto look = [&read, &others, row = terminal.row, corridor](StoreWorker::Reader reader) {
        return look_at(reader.database, row, read, others, corridor);
    };
    const Looked looked = co_await corridor.worker.read(std::move(look));
    if (!looked.doubt.empty() && !brought.confirmed)
        co_return refused(terminal, fmt::format("{} {}", looked.doubt, if_it_is_right));
    if (corridor.duty.refuses && !looked.untimely.empty()) {
        co_return refused(terminal, looked.untimely +
                                        " periods.outside_window refuses it; a super-admin can grant a "
                                        "longer window.");
    }
    Taken taken = report_on(read, looked);
    taken.remarks = remarks_on(read, looked, others);
    taken.waits_for = why_it_waits(corridor.second_approval, looked);
    if (brought.dry_run) co_return taken;
    if (!taken.waits_for.empty()) {
        co_await let_wait(corridor, terminal, brought, std::move(read), taken);
        co_return taken;
    }
    taken.upload_id = co_await begin(corridor, terminal, brought, read, taken);
    co_await record(corridor, terminal, read, brought.peer, taken);
    std::string remarks = encode_remarks(taken.remarks);
    co_await finish(corridor, taken, std::move(remarks));
    report(terminal, taken);
    co_return taken;
}

asio::awaitable<Taken> take_waiting(const Corridor& corridor, Terminal& terminal, std::int64_t upload_id,
                                    std::string by) {
    struct Found {
        std::optional<storage::KeptUpload> kept;
        Read read;
    };
    auto find = [upload_id, limit = corridor.line_limit](StoreWorker::Reader reader) {
        Found found;
        found.kept = UploadRepository(reader.database).find_kept(upload_id);
        if (!found.kept) return found;
        found.read = read_file(found.kept->content, limit, decode_said(found.kept->said), false);
        found.kept->content = std::string();
        return found;
    };
    Found found = co_await corridor.worker.read(std::move(find));
    if (!found.kept) co_return refused(terminal, "This upload does not wait for anybody any more.");
    if (!found.read.refusal.empty()) co_return refused(terminal, std::move(found.read.refusal));
    const std::vector<std::string> others = known_others(found.read, corridor);
    auto look = [&read = found.read, &others, row = terminal.row, corridor](StoreWorker::Reader reader) {
        return look_at(reader.database, row, read, others, corridor);
    };
    const Looked looked = co_await corridor.worker.read(std::move(look));
    Taken taken = report_on(found.read, looked);
    taken.upload_id = upload_id;
    storage::UploadRow row = found.kept->row;
    const bool interrupted = row.state == "taking";
    if (!interrupted) {
        row.new_punches = taken.new_punches;
        row.known_punches = taken.known_punches;
        row.decided_at = format_utc(corridor.now());
        row.decided_by = std::move(by);
        const bool is_first = co_await begin_waiting(corridor, row);
        if (!is_first) co_return refused(terminal, "Somebody else has just decided about this upload.");
    }
    co_await record(corridor, terminal, found.read, {}, taken);
    if (interrupted && taken.new_punches == 0) {
        // They were stored before: what was counted then is nearer to what it brought.
        taken.new_punches = row.new_punches;
        taken.known_punches = row.known_punches;
    }
    co_await finish(corridor, taken, std::move(row.remarks));
    report(terminal, taken);
    co_return taken;
}

}  // namespace presensi::upload
