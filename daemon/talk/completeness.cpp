#include "daemon/talk/completeness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "daemon/log.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::talk {

namespace asio = boost::asio;
using adms::CommandVerb;
using std::chrono::days;
using std::chrono::local_days;
using storage::CompletenessRepository;
using storage::CompletenessRow;

namespace {

// A terminal with a long backlog is asked all the same.
constexpr std::chrono::minutes longest_quiet_wait{60};
constexpr std::chrono::minutes night_every{1};
// Longer than the offers of a command take, so that an answer is never asked for twice at once.
constexpr std::chrono::hours question_valid{24};
constexpr auto asked_by = "completeness";

Instant instant_of(const std::string& text) { return decode_utc(text).value_or(Instant{}); }

DeviceTime local_now(const Terminal& terminal, Instant now) {
    return terminal.zone.to_local(std::chrono::floor<std::chrono::seconds>(now));
}

local_days day_at(const Terminal& terminal, Instant at) { return std::chrono::floor<days>(local_now(terminal, at)); }

DeviceTime last_second_of(local_days day) { return DeviceTime(day + days(1)) - std::chrono::seconds(1); }

std::string first_reading(const CompletenessRow& row) { return row.day + "T00:00:00"; }

}  // namespace

std::string format_day(local_days day) { return format_device_time(DeviceTime(day)).substr(0, 10); }

std::optional<local_days> decode_day(std::string_view text) {
    if (text.size() != 10) return std::nullopt;
    const auto time = decode_device_time(std::string(text) + "T00:00:00");
    if (!time) return std::nullopt;
    return std::chrono::floor<days>(*time);
}

Completeness::Completeness(const config::Settings& settings, TerminalRegistry& registry, StoreWorker& worker,
                           CommandQueue& commands, pull::Puller& puller, Now now)
    : settings_(settings),
      registry_(registry),
      worker_(worker),
      commands_(commands),
      puller_(puller),
      now_(std::move(now)) {}

void Completeness::load(storage::Database& database) {
    for (auto& row : CompletenessRepository(database).list_open()) {
        Inquiry inquiry;
        inquiry.row = std::move(row);
        inquiry.since = instant_of(inquiry.row.asked_at);
        inquiries_[inquiry.row.id] = std::move(inquiry);
    }
}

// Meanwhile others may have been opened, by us or by another daemon, and some closed there.
asio::awaitable<void> Completeness::read_open() {
    stale_ = false;
    auto look = [](storage::Database& database) { return CompletenessRepository(database).list_open(); };
    const std::vector<CompletenessRow> rows = co_await worker_.write(std::move(look));
    std::set<std::int64_t> open;
    for (const auto& row : rows) {
        open.insert(row.id);
        Inquiry& inquiry = inquiries_[row.id];
        const bool is_new = inquiry.row.id == 0;
        if (is_new || inquiry.row.until != row.until) {
            inquiry = {};
            inquiry.since = is_new ? instant_of(row.asked_at) : now_();
        }
        inquiry.row = row;
    }
    std::erase_if(inquiries_, [&](const auto& entry) {
        if (open.contains(entry.first)) return false;
        if (Terminal* terminal = registry_.find(entry.second.serial)) terminal->fetches.erase(entry.first);
        return true;
    });
}

std::vector<CompletenessRow> Completeness::days_of(const Terminal& terminal, local_days from, local_days to,
                                                   const std::string& cause) const {
    const Instant now = now_();
    std::vector<CompletenessRow> rows;
    for (local_days day = from; day <= to; day += days(1)) {
        CompletenessRow row;
        row.terminal_id = terminal.row.id;
        row.day = format_day(day);
        row.until = format_device_time(std::min(last_second_of(day), local_now(terminal, now)));
        row.cause = cause;
        row.asked_at = format_utc(now);
        row.result = "open";
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<CompletenessRow> Completeness::days_of(const std::vector<TerminalRegistry::Gap>& gaps) const {
    std::vector<CompletenessRow> all;
    for (const auto& gap : gaps) {
        const Terminal& terminal = *gap.terminal;
        if (terminal.row.id == 0) continue;
        const local_days last = day_at(terminal, gap.to);
        const local_days first = std::max(day_at(terminal, gap.from), last - days(most_days - 1));
        auto rows = days_of(terminal, first, last, "gap");
        all.insert(all.end(), rows.begin(), rows.end());
        log::info("a terminal was silent and is asked what it has",
                  {{"terminal", terminal.row.serial}, {"since", format_utc(gap.from)}, {"days", rows.size()}});
    }
    return all;
}

// Each terminal that is in contact is asked once a night about the last days; one that comes later in the day, then.
asio::awaitable<void> Completeness::plan_night() {
    const Instant now = now_();
    if (settings_.completeness.days == 0 || (night_looked_at_ && now - *night_looked_at_ < night_every)) co_return;
    night_looked_at_ = now;
    Zone zone(settings_.time_zone);
    const auto today = std::chrono::floor<days>(zone.to_local(std::chrono::floor<std::chrono::seconds>(now)));
    Instant night(zone.to_utc(DeviceTime(today) + settings_.completeness.nightly));
    if (night > now) night = Instant(zone.to_utc(DeviceTime(today - days(1)) + settings_.completeness.nightly));
    std::vector<Terminal*> due;
    for (Terminal* terminal : registry_.each()) {
        if (!terminal->approved() || terminal->row.id == 0 || !is_in_contact(*terminal)) continue;
        // The hours in which people punch are not for this.
        if (pull::after_quiet(now, settings_.pull.quiet, terminal->zone) > now) continue;
        Instant& planned = nights_[terminal->row.serial];
        if (planned == night) continue;
        due.push_back(terminal);
    }
    if (due.empty()) co_return;
    const auto back = static_cast<int>(settings_.completeness.days);
    auto look = [from = format_day(today - days(back + 1)), since = format_utc(night)](StoreWorker::Reader reader) {
        return CompletenessRepository(reader.database).list_compared_since(from, since);
    };
    const std::vector<CompletenessRepository::Day> compared = co_await worker_.read(std::move(look));
    std::set<std::pair<std::int64_t, std::string>> done;
    for (const auto& day : compared) done.emplace(day.terminal_id, day.day);
    std::vector<CompletenessRow> rows;
    for (const Terminal* terminal : due) {
        const local_days yesterday = day_at(*terminal, now) - days(1);
        for (auto& row : days_of(*terminal, yesterday - days(back - 1), yesterday, "nightly")) {
            if (!done.contains({row.terminal_id, row.day})) rows.push_back(std::move(row));
        }
    }
    auto open = [rows](storage::Database& database) {
        database.transaction([&] {
            CompletenessRepository repository(database);
            for (const auto& row : rows) repository.open(row);
        });
        return true;
    };
    co_await worker_.write(std::move(open));
    for (const Terminal* terminal : due) nights_[terminal->row.serial] = night;
    look_again();
}

asio::awaitable<void> Completeness::go_on() {
    try {
        co_await store_pulled();
        co_await plan_night();
        if (stale_) co_await read_open();
        std::vector<std::int64_t> ids;
        for (const auto& [id, inquiry] : inquiries_) ids.push_back(id);
        for (const auto id : ids) {
            const auto found = inquiries_.find(id);
            if (found == inquiries_.end()) continue;
            co_await advance(found->second);
            if (found->second.row.result != "open") inquiries_.erase(found);
        }
    } catch (const storage::StoreUnavailable&) {
        stale_ = true;  // what was under way is read again when it is back
    }
}

void Completeness::enter(Inquiry& inquiry, Step step) {
    inquiry.step = step;
    inquiry.since = now_();
}

bool Completeness::is_in_contact(const Terminal& terminal) const {
    return terminal.last_push && now_() - *terminal.last_push <= TerminalRegistry::contact_gap;
}

bool Completeness::is_quiet(const Terminal& terminal, std::chrono::seconds time) const {
    return !terminal.last_upload || now_() - *terminal.last_upload >= time;
}

bool Completeness::can_be_pulled(const Terminal& terminal) const { return puller_.has_place(terminal); }

asio::awaitable<void> Completeness::advance(Inquiry& inquiry) {
    Terminal* terminal = nullptr;
    if (inquiry.serial.empty()) {
        terminal = registry_.find_by_id(inquiry.row.terminal_id);
        if (terminal == nullptr) co_return;
        inquiry.serial = terminal->row.serial;
    }
    terminal = registry_.find(inquiry.serial);
    if (terminal == nullptr) co_return;
    if (!terminal->approved()) {
        inquiry.note = "The terminal is no longer approved.";
        co_await close(inquiry, "unknown", "", 0, std::nullopt);
        co_return;
    }
    switch (inquiry.step) {
        case Step::wait_until_quiet:
            co_await begin_count(inquiry, *terminal);
            co_return;
        case Step::count:
            if (!commands_.is_open(inquiry.row.terminal_id, inquiry.command)) co_await end_count(inquiry, *terminal);
            co_return;
        case Step::fetch:
            if (!commands_.is_open(inquiry.row.terminal_id, inquiry.command)) co_await begin_fetch(inquiry, *terminal);
            co_return;
        case Step::settle:
            co_await end_fetch(inquiry, *terminal);
            co_return;
        case Step::pull:
            co_await end_pull(inquiry, *terminal);
            co_return;
    }
}

asio::awaitable<void> Completeness::ask(Inquiry& inquiry, Terminal& terminal, CommandVerb verb, Step next) {
    adms::Command command;
    command.verb = verb;
    command.from = decode_device_time(first_reading(inquiry.row));
    command.to = decode_device_time(inquiry.row.until);
    std::string text = adms::encode_command(command).text;
    CommandQueue::Ask question{asked_by, "the records of " + inquiry.row.day, question_valid};
    const storage::CommandRow asked =
        co_await commands_.add(terminal, verb, std::move(text), std::move(question), false);
    inquiry.command = asked.id;
    enter(inquiry, next);
}

asio::awaitable<std::int64_t> Completeness::count_stored(const Inquiry& inquiry) {
    auto count = [row = inquiry.row](StoreWorker::Reader reader) {
        return CompletenessRepository(reader.database).count(row.terminal_id, first_reading(row), row.until);
    };
    const std::int64_t stored = co_await worker_.read(std::move(count));
    co_return stored;
}

asio::awaitable<std::optional<storage::CommandRow>> Completeness::answer_of(const Inquiry& inquiry) {
    auto read = [id = inquiry.command](StoreWorker::Reader reader) {
        return storage::CommandRepository(reader.database).find(id);
    };
    const std::optional<storage::CommandRow> row = co_await worker_.read(std::move(read));
    if (!row || row->state != "answered") co_return std::nullopt;
    co_return row;
}

asio::awaitable<void> Completeness::begin_count(Inquiry& inquiry, Terminal& terminal) {
    const Instant now = now_();
    if (!is_in_contact(terminal)) {
        // One that does not push has only its log to be asked for; one that does is asked when it is back.
        if (!terminal.last_push && can_be_pulled(terminal)) co_await begin_pull(inquiry, terminal, {});
        co_return;
    }
    const bool waited = now - inquiry.since >= longest_quiet_wait;
    if (!waited && (now - inquiry.since < quiet || !is_quiet(terminal, quiet))) co_return;
    co_await ask(inquiry, terminal, CommandVerb::verify_attlog, Step::count);
}

asio::awaitable<void> Completeness::end_count(Inquiry& inquiry, Terminal& terminal) {
    const std::optional<storage::CommandRow> answer = co_await answer_of(inquiry);
    if (!answer) {
        co_await begin_pull(inquiry, terminal, "The terminal did not answer when it was asked for its count.");
        co_return;
    }
    const std::int64_t stored = co_await count_stored(inquiry);
    const bool counted = answer->return_code.value_or(-1) >= 0 && answer->records;
    if (counted) inquiry.terminal_count = answer->records;
    if (counted && *answer->records == stored) {
        co_await close(inquiry, "complete", "verify_sum", 0, stored);
        co_return;
    }
    inquiry.before = stored;
    terminal.fetches[inquiry.row.id] = {decode_device_time(first_reading(inquiry.row)).value_or(DeviceTime{}),
                                        decode_device_time(inquiry.row.until).value_or(DeviceTime{})};
    co_await ask(inquiry, terminal, CommandVerb::query_attlog, Step::fetch);
}

// The query has been answered, or not.
asio::awaitable<void> Completeness::begin_fetch(Inquiry& inquiry, Terminal& terminal) {
    const std::optional<storage::CommandRow> answer = co_await answer_of(inquiry);
    if (!answer || answer->return_code.value_or(-1) < 0) {
        co_await begin_pull(inquiry, terminal,
                            answer ? "The terminal does not know the question for its records."
                                   : "The terminal did not answer when it was asked for its records.");
        co_return;
    }
    inquiry.said = *answer->return_code;
    enter(inquiry, Step::settle);
    inquiry.since = instant_of(answer->answered_at);
}

asio::awaitable<void> Completeness::end_fetch(Inquiry& inquiry, Terminal& terminal) {
    const Instant now = now_();
    const bool waited = now - inquiry.since >= longest_quiet_wait;
    if (!waited && (now - inquiry.since < aftermath || !is_quiet(terminal, aftermath))) co_return;
    const std::int64_t stored = co_await count_stored(inquiry);
    const bool has_all = has_sent_all(inquiry, terminal, stored);
    if (!has_all && can_be_pulled(terminal)) {
        co_await begin_pull(inquiry, terminal, {});
        co_return;
    }
    co_await judge(inquiry, "query", has_all);
}

// What came counts, not what the terminal says it sent. Punches may be fewer than records: two of one PIN in one
// second.
bool Completeness::has_sent_all(const Inquiry& inquiry, const Terminal& terminal, std::int64_t stored) const {
    const auto fetch = terminal.fetches.find(inquiry.row.id);
    const std::int64_t came = fetch == terminal.fetches.end() ? 0 : fetch->second.records();
    if (!inquiry.terminal_count) return came >= std::max(inquiry.said, inquiry.before);
    return came >= *inquiry.terminal_count || (inquiry.before < stored && stored == *inquiry.terminal_count);
}

asio::awaitable<void> Completeness::begin_pull(Inquiry& inquiry, Terminal& terminal, std::string why_not) {
    inquiry.note = std::move(why_not);
    if (!can_be_pulled(terminal)) {
        co_await judge(inquiry, "", false);
        co_return;
    }
    if (inquiry.step != Step::settle && inquiry.step != Step::fetch) inquiry.before = co_await count_stored(inquiry);
    pull::Ask wanted;
    wanted.by = asked_by;
    inquiry.pull = co_await puller_.request(terminal, std::move(wanted));
    enter(inquiry, Step::pull);
}

asio::awaitable<void> Completeness::end_pull(Inquiry& inquiry, Terminal& terminal) {
    if (puller_.find(inquiry.pull)) co_return;
    auto read = [id = inquiry.pull](StoreWorker::Reader reader) {
        return storage::PullRepository(reader.database).find(id);
    };
    const std::optional<storage::PullRow> pull = co_await worker_.read(std::move(read));
    if (pull && pull->state != "done" && pull->state != "failed") co_return;
    const bool done = pull && pull->state == "done";
    if (!done) inquiry.note = fmt::format("{} {}", inquiry.note, pull ? pull->reason : "The pull is gone.");
    co_await judge(inquiry, done ? "pull" : "", done);
    log::debug("judged after a pull", {{"terminal", terminal.row.serial}, {"day", inquiry.row.day}});
}

// `has_all`: what the terminal has is here now.
asio::awaitable<void> Completeness::judge(Inquiry& inquiry, std::string means, bool has_all) {
    const std::int64_t stored = co_await count_stored(inquiry);
    const std::int64_t fetched = std::max<std::int64_t>(stored - inquiry.before, 0);
    if (has_all) {
        co_await close(inquiry, fetched > 0 ? "mended" : "complete", std::move(means), fetched, stored);
    } else if (inquiry.terminal_count && *inquiry.terminal_count > stored) {
        if (means.empty()) means = "verify_sum";
        const std::int64_t missing = *inquiry.terminal_count - stored;
        co_await close(inquiry, "short", std::move(means), missing, stored);
    } else {
        co_await close(inquiry, "unknown", std::move(means), 0, stored);
    }
}

asio::awaitable<void> Completeness::close(Inquiry& inquiry, std::string result, std::string means,
                                          std::int64_t difference, std::optional<std::int64_t> stored) {
    CompletenessRow row = inquiry.row;
    row.result = std::move(result);
    row.means = std::move(means);
    row.difference = difference;
    row.terminal_count = inquiry.terminal_count;
    row.stored_count = stored;
    row.compared_at = format_utc(now_());
    row.note = std::string(trim_blanks(inquiry.note));
    auto store = [row](storage::Database& database) { return CompletenessRepository(database).close(row); };
    co_await worker_.write(std::move(store));
    inquiry.row = row;
    if (Terminal* terminal = registry_.find(inquiry.serial)) terminal->fetches.erase(row.id);
    const bool is_well = row.result == "complete" || row.result == "mended";
    (is_well ? log::info : log::warn)("a day of a terminal was compared", {{"terminal", inquiry.serial},
                                                                           {"day", row.day},
                                                                           {"result", row.result},
                                                                           {"difference", row.difference},
                                                                           {"means", row.means}});
}

void Completeness::log_was_pulled(Terminal& terminal, std::map<std::string, std::int64_t> records,
                                  std::int64_t delivery_id, Instant begun, std::optional<Instant> last_success) {
    const local_days today = day_at(terminal, begun);
    const local_days first = today - days(most_days - 1);
    const local_days from = last_success ? std::max(first, day_at(terminal, *last_success)) : first;
    pulled_.push_back({terminal.row.serial, std::move(records), delivery_id, begun, from});
}

// A whole log is the answer for every day since the one before.
asio::awaitable<void> Completeness::store_pulled() {
    while (!pulled_.empty()) {
        const Pulled pulled = pulled_.front();
        const Terminal* terminal = registry_.find(pulled.serial);
        if (terminal == nullptr) co_return;
        const local_days today = day_at(*terminal, pulled.begun);
        auto rows = days_of(*terminal, pulled.from, today, "pull");
        for (auto& row : rows) {
            row.until = std::min(row.until, format_device_time(local_now(*terminal, pulled.begun)));
            row.means = "pull";
            row.compared_at = row.asked_at;
            const auto counted = pulled.records.find(row.day);
            row.terminal_count = counted == pulled.records.end() ? 0 : counted->second;
        }
        const bool pushes = terminal->last_push.has_value() && !terminal->portable;
        auto store = [rows, pulled, pushes, id = terminal->row.id](storage::Database& database) mutable {
            database.transaction([&] {
                CompletenessRepository repository(database);
                std::map<std::string, std::int64_t> brought;
                const std::string first = rows.empty() ? "" : first_reading(rows.front());
                if (pulled.delivery_id != 0 && !rows.empty()) {
                    for (const auto& day : repository.count_of_delivery(id, pulled.delivery_id, first))
                        brought[day.day] = day.punches;
                }
                for (auto& row : rows) {
                    row.stored_count = repository.count(id, first_reading(row), row.until);
                    // Where it should have been pushed, it was mended; where pull is the road, it is as it should be.
                    row.difference = pushes ? brought[row.day] : 0;
                    row.result = row.difference > 0 ? "mended" : "complete";
                    repository.add(row);
                }
            });
            return true;
        };
        co_await worker_.write(std::move(store));
        pulled_.erase(pulled_.begin());
    }
}

}  // namespace presensi::talk
