#include "daemon/talk/command_queue.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

#include "daemon/log.hpp"
#include "protocol/text_fields.hpp"
#include "storage/delivery_repository.hpp"
#include "storage/store_error.hpp"

namespace presensi::talk {

namespace asio = boost::asio;
using storage::CommandRow;

namespace {

// As we write it (protocol-adms § 4.1); anything else is no id of ours.
std::optional<std::int64_t> id_in(const std::string& text) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size() || id <= 0) return std::nullopt;
    return id;
}

// What VERIFY SUM counted (protocol-adms § 4.2; V201 and DEV say AttlogCount).
std::optional<std::int64_t> records_in(std::string_view content) {
    constexpr int most = 1'000'000'000;
    while (!content.empty()) {
        const auto line = content.substr(0, content.find('\n'));
        content.remove_prefix(std::min(line.size() + 1, content.size()));
        const auto equals = line.find('=');
        if (equals == line.npos) continue;
        const auto key = line.substr(0, equals);
        if (!equals_ignoring_case(key, "AttlogSum") && !equals_ignoring_case(key, "AttlogCount")) continue;
        const auto number = decode_number(trim_blanks(line.substr(equals + 1)), 0, most);
        return number ? std::optional<std::int64_t>(*number) : std::nullopt;
    }
    return std::nullopt;
}

Instant instant_of(const std::string& text) { return decode_utc(text).value_or(Instant{}); }

std::string audit_of(const CommandRow& row) {
    boost::json::object detail;
    detail["command"] = row.text;
    detail["reason"] = row.reason;
    return boost::json::serialize(detail);
}

}  // namespace

void CommandQueue::load(storage::Database& database) {
    std::unordered_map<std::int64_t, Rows> found;
    for (auto& row : storage::CommandRepository(database).list_open()) found[row.terminal_id][row.id] = std::move(row);
    open_ = std::move(found);
}

asio::awaitable<void> CommandQueue::refresh() {
    // As a write, so that a change of ours that is under way comes before or after it, never between.
    auto look = [](storage::Database& database) { return storage::CommandRepository(database).list_open(); };
    std::vector<CommandRow> rows = co_await worker_.write(std::move(look));
    open_.clear();
    for (auto& row : rows) open_[row.terminal_id][row.id] = std::move(row);
}

asio::awaitable<CommandRow> CommandQueue::add(const Terminal& terminal, adms::CommandVerb verb, std::string text,
                                              Ask ask, bool by_a_person) {
    const Instant now = now_();
    CommandRow row;
    row.terminal_id = terminal.row.id;
    row.verb = adms::to_string(verb);
    row.text = std::move(text);
    row.asked_by = std::move(ask.by);
    row.reason = std::move(ask.reason);
    row.queued_at = format_utc(now);
    row.expires_at = format_utc(now + ask.valid);
    auto store = [row, by_a_person, serial = terminal.row.serial](storage::Database& database) {
        CommandRow added;
        database.transaction([&] {
            added = storage::CommandRepository(database).add(row);
            if (by_a_person)
                storage::append_audit(database, row.queued_at, row.asked_by, "command.add", serial, audit_of(row));
        });
        return added;
    };
    CommandRow added = co_await worker_.write(std::move(store));
    open_[added.terminal_id][added.id] = added;
    log::info("command.queued", "command queued",
              {{"terminal", terminal.row.serial}, {"number", added.id}, {"command", added.verb}, {"by", row.asked_by}});
    co_return added;
}

bool CommandQueue::may_be_offered(const CommandRow& row, Instant now) const {
    if (now >= instant_of(row.expires_at)) return false;
    if (row.offers == 0) return true;
    const auto verb = adms::command_verb(row.verb);
    if (!verb || !adms::is_repeatable(*verb) || row.offers >= most_offers) return false;
    return has_passed(instant_of(row.offered_at), answer_expected, now);
}

asio::awaitable<std::string> CommandQueue::answer_poll(const Terminal& terminal) {
    const auto waiting = open_.find(terminal.row.id);
    if (waiting == open_.end() || terminal.row.id == 0) co_return "OK";
    const Instant now = now_();
    std::vector<adms::QueuedCommand> queued;
    for (const auto& [id, row] : waiting->second) {
        const auto verb = adms::command_verb(row.verb);
        if (verb && may_be_offered(row, now)) queued.push_back({id, *verb, row.text});
    }
    const auto chosen = adms::choose_commands(queued);
    if (chosen.empty()) co_return "OK";
    std::vector<CommandRow> rows;
    rows.reserve(chosen.size());
    for (const auto& command : chosen) rows.push_back(waiting->second.at(command.id));
    const std::string at = format_utc(now);
    auto offer = [rows, at](storage::Database& database) {
        std::vector<bool> ours;
        database.transaction([&] {
            ours.clear();
            storage::CommandRepository commands(database);
            for (const auto& row : rows) ours.push_back(commands.note_offer(row, at));
        });
        return ours;
    };
    std::vector<bool> ours;
    try {
        ours = co_await worker_.write(std::move(offer));
    } catch (const storage::StoreUnavailable&) {
        co_return "OK";
    }
    std::vector<adms::QueuedCommand> offered;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        if (!ours[i]) continue;  // another connection or daemon was quicker
        offered.push_back(chosen[i]);
        const auto of_terminal = open_.find(terminal.row.id);
        if (of_terminal == open_.end()) continue;
        const auto row = of_terminal->second.find(chosen[i].id);
        if (row == of_terminal->second.end()) continue;
        row->second.state = "offered";
        row->second.offers = rows[i].offers + 1;
        row->second.offered_at = at;
    }
    co_return adms::encode_poll_reply(offered);
}

asio::awaitable<void> CommandQueue::take_results(const Terminal& terminal, std::vector<adms::CommandResult> results) {
    struct Known {
        std::int64_t id;
        std::optional<std::int64_t> return_code;
        std::optional<std::int64_t> records;
    };
    std::vector<Known> known;
    for (const auto& result : results) {
        const auto id = id_in(result.id);
        // A terminal of its own behind this one (protocol-adms § 4.3, form 4) was never asked.
        if (!id || (!result.serial.empty() && result.serial != terminal.row.serial)) continue;
        known.push_back({*id, result.return_code, records_in(result.content)});
    }
    if (known.empty()) co_return;
    auto store = [known, terminal_id = terminal.row.id, at = format_utc(now_())](storage::Database& database) {
        std::vector<CommandRow> answered;
        database.transaction([&] {
            answered.clear();
            storage::CommandRepository commands(database);
            for (const auto& result : known) {
                auto row = commands.note_answer(terminal_id, result.id, at, result.return_code, result.records);
                if (row) answered.push_back(std::move(*row));
            }
        });
        return answered;
    };
    const std::vector<CommandRow> answered = co_await worker_.write(std::move(store));
    for (const auto& row : answered) {
        forget(row.terminal_id, row.id);
        log::info("command.answered", "command answered",
                  {{"terminal", terminal.row.serial},
                   {"number", row.id},
                   {"command", row.verb},
                   {"return", row.return_code ? std::to_string(*row.return_code) : "missing"}});
    }
}

asio::awaitable<void> CommandQueue::expire_overdue() {
    const Instant now = now_();
    std::vector<CommandRow> overdue;
    for (const auto& [terminal_id, rows] : open_) {
        for (const auto& [id, row] : rows) {
            const bool waits = row.offers > 0 && !has_passed(instant_of(row.offered_at), answer_expected, now);
            if (!waits && !may_be_offered(row, now)) overdue.push_back(row);
        }
    }
    if (overdue.empty()) co_return;
    auto expire = [overdue](storage::Database& database) {
        std::vector<bool> ours;
        database.transaction([&] {
            ours.clear();
            storage::CommandRepository commands(database);
            for (const auto& row : overdue) ours.push_back(commands.expire(row));
        });
        return ours;
    };
    const std::vector<bool> ours = co_await worker_.write(std::move(expire));
    for (std::size_t i = 0; i < overdue.size(); ++i) {
        if (!ours[i]) continue;
        forget(overdue[i].terminal_id, overdue[i].id);
        log::warn("command.given_up", "command given up: the terminal did not answer it",
                  {{"number", overdue[i].id}, {"command", overdue[i].verb}, {"offers", overdue[i].offers}});
    }
}

void CommandQueue::forget(std::int64_t terminal_id, std::int64_t id) {
    const auto rows = open_.find(terminal_id);
    if (rows == open_.end()) return;
    rows->second.erase(id);
    if (rows->second.empty()) open_.erase(rows);
}

bool CommandQueue::is_open(std::int64_t terminal_id, std::int64_t id) const {
    const auto rows = open_.find(terminal_id);
    return rows != open_.end() && rows->second.contains(id);
}

std::size_t CommandQueue::open() const {
    std::size_t all = 0;
    for (const auto& [terminal_id, rows] : open_) all += rows.size();
    return all;
}

}  // namespace presensi::talk
