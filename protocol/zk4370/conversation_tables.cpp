// Which table is read next, and what becomes of it: each in whole or not at all (protocol-4370 § 3.7, § 7.4).
#include <algorithm>
#include <utility>

#include "protocol/zk4370/conversation.hpp"

namespace presensi::zk4370 {

namespace {

FailureKind kind_of(TableProblemKind kind) {
    switch (kind) {
        case TableProblemKind::truncated:
            return FailureKind::truncated;
        case TableProblemKind::unknown_layout:
            return FailureKind::unknown_layout;
        case TableProblemKind::count_mismatch:
            return FailureKind::count_mismatch;
    }
    return FailureKind::protocol_error;
}

std::optional<std::uint32_t> records_in(const std::optional<Counters>& counters) {
    return counters ? std::optional(counters->records) : std::nullopt;
}

}  // namespace

// Also on a new connection: then the table that was under way is read from its beginning.
void PullConversation::begin_tables() {
    if (!tables_begun_) {
        tables_begun_ = true;
        // Users before operations, whose administrators they name; the log last, close to the counters after it.
        if (request_.users) plan_.push_back(Table::users);
        if (request_.operations) plan_.push_back(Table::operations);
        if (request_.attendance) plan_.push_back(Table::attendance);
    }
    const bool reading = reader_ || !plan_.empty();
    if (reading && request_.lock) return enter(noted_ ? Stage::disabling : Stage::noting);
    next_table();
}

void PullConversation::next_table() {
    if (reader_) {
        stage_ = Stage::reading;
        return move(reader_->begin(exchange_.session()));
    }
    if (!plan_.empty()) {
        const Table table = plan_.front();
        plan_.erase(plan_.begin());
        return begin_table(table);
    }
    if (attendance_read_ && !result_.attendance) {
        if (result_.after) return finish_attendance();
        return enter(Stage::counters_after);
    }
    close();
}

void PullConversation::begin_table(Table table) {
    reader_.emplace(table, request_);
    stage_ = Stage::reading;
    move(reader_->begin(exchange_.session()));
}

void PullConversation::move(TableReader::Move move) {
    if (auto* wanted = std::get_if<TableReader::Ask>(&move)) return ask(wanted->request, wanted->patience);
    if (auto* waiting = std::get_if<TableReader::KeepWaiting>(&move)) {
        patience_ = waiting->patience;
        fresh_ = true;
        return;
    }
    if (std::holds_alternative<TableReader::Complete>(move)) return table_complete();
    if (std::holds_alternative<TableReader::Refused>(move)) return table_refused();
    if (std::holds_alternative<TableReader::Reconnect>(move)) return reconnect();
    auto& broken = std::get<TableReader::Broken>(move);
    fail_or_lose_table(broken.kind, std::move(broken.sentence));
}

bool PullConversation::reads_lesser_table() const {
    return stage_ == Stage::reading && reader_->table() != Table::attendance;
}

// What is still on its way, nobody knows: the next table is read on a new connection.
void PullConversation::fail_or_lose_table(FailureKind kind, std::string sentence) {
    if (!reads_lesser_table() || kind == FailureKind::unauthorized) return fail(kind, std::move(sentence));
    table_failed(reader_->table(), kind, std::move(sentence), {});
    reader_.reset();
    largest_announced_ = 0;
    reconnect();
}

void PullConversation::table_complete() {
    const Table table = reader_->table();
    announced_ += std::exchange(largest_announced_, 0);
    std::string buffer = reader_->take_buffer();
    reader_.reset();
    switch (table) {
        case Table::attendance:
            attendance_raw_ = std::move(buffer);
            attendance_read_ = true;
            break;
        case Table::users:
            take_users_table(std::move(buffer));
            break;
        case Table::operations:
            take_operations_table(std::move(buffer));
            break;
    }
    next_table();
}

// Some firmware says so of an empty table (protocol-4370 § 3.7); of the log we believe it where the counter agrees.
void PullConversation::table_refused() {
    const Table table = reader_->table();
    const bool empty = table == Table::attendance && result_.before && result_.before->records == 0;
    if (table == Table::attendance && !empty)
        return fail(FailureKind::refused, "The terminal refuses to give its attendance log.");
    reader_.reset();
    if (empty) {
        attendance_read_ = true;
    } else {
        table_failed(table, FailureKind::refused,
                     "The terminal refuses to give its " + std::string(to_string(table)) + " table.", {});
    }
    next_table();
}

// Of a table that the pull can do without.
void PullConversation::table_failed(Table table, FailureKind kind, std::string sentence, std::string raw) {
    result_.lesser_failures.push_back({kind, std::move(sentence), table, std::move(raw)});
}

void PullConversation::take_users_table(std::string buffer) {
    const auto& counters = result_.after ? result_.after : result_.before;
    auto taken = take_users(std::move(buffer), counters ? std::optional(counters->users) : std::nullopt);
    if (auto* problem = std::get_if<TableProblem>(&taken))
        return table_failed(Table::users, kind_of(problem->kind), std::move(problem->sentence), {});
    result_.users = std::move(std::get<UserTable>(taken));
}

void PullConversation::take_operations_table(std::string buffer) {
    auto taken = decode_operations(buffer, user_ids());
    if (auto* problem = std::get_if<TableProblem>(&taken)) {
        return table_failed(Table::operations, kind_of(problem->kind), std::move(problem->sentence), std::move(buffer));
    }
    result_.operations = PulledOperations{std::move(buffer), std::move(std::get<OperationBatch>(taken))};
}

// All of the log or nothing of it.
void PullConversation::finish_attendance() {
    const CountRange counts{records_in(result_.before), records_in(result_.after)};
    auto detected = detect_attendance(attendance_raw_, counts, request_.this_year);
    if (auto* problem = std::get_if<TableProblem>(&detected))
        return fail(kind_of(problem->kind), std::move(problem->sentence));
    auto& log = std::get<AttendanceLog>(detected);
    if (log.count > request_.most_records) {
        return fail(FailureKind::too_big, "The log has " + std::to_string(log.count) +
                                              " records, which are more than the limit of " +
                                              std::to_string(request_.most_records) + ".");
    }
    if (log.layout && carries_only_slots(*log.layout) && !result_.users) {
        const auto failed = std::find_if(result_.lesser_failures.begin(), result_.lesser_failures.end(),
                                         [](const auto& failure) { return failure.table == Table::users; });
        if (failed == result_.lesser_failures.end()) return begin_table(Table::users);
        return fail(FailureKind::users_unreadable,
                    "The log names slots instead of users, and the user table could not be had. " + failed->sentence);
    }
    PulledAttendance attendance;
    attendance.layout = log.layout;
    attendance.batch = decode_attendance(log, user_ids());
    for (auto& note : log.notes) result_.notes.push_back(std::move(note));
    if (attendance.batch.unknown_slots > 0)
        result_.notes.push_back(std::to_string(attendance.batch.unknown_slots) +
                                " punches are of slots that the user table does not have.");
    constexpr std::size_t prefix = 4;
    attendance_raw_.resize(std::min(attendance_raw_.size(), prefix + log.records.size()));
    attendance.raw = std::move(attendance_raw_);
    result_.attendance = std::move(attendance);
    close();
}

const UserIds& PullConversation::user_ids() const {
    static const UserIds nobody;
    return result_.users ? result_.users->ids : nobody;
}

}  // namespace presensi::zk4370
