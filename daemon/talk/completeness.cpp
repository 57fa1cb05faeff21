#include "daemon/talk/completeness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "daemon/log.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::talk {

namespace asio = boost::asio;
using adms::CommandVerb;
using pull::Steady;
using storage::CompletenessRepository;
using storage::CompletenessRow;

namespace {

// A terminal with a long backlog is asked all the same.
constexpr std::chrono::minutes longest_quiet_wait{60};
// Longer than the offers of a command take, so that an answer is never asked for twice at once.
constexpr std::chrono::hours question_valid{24};
// Without a push for so long it may be one that is pulled by now.
constexpr std::chrono::hours push_is_over{1};

Instant instant_of(const std::string& text) { return decode_utc(text).value_or(Instant{}); }

std::string first_reading(const CompletenessRow& row) { return row.day + "T00:00:00"; }

DeviceTime time_of(const std::string& reading) { return decode_device_time(reading).value_or(DeviceTime{}); }

}  // namespace

Completeness::Completeness(const config::Settings& settings, TerminalRegistry& registry, StoreWorker& worker,
                           CommandQueue& commands, pull::Puller& puller, Now now, Sharing sharing)
    : settings_(settings),
      registry_(registry),
      worker_(worker),
      commands_(commands),
      puller_(puller),
      now_(std::move(now)),
      sharing_(sharing) {}

asio::awaitable<void> Completeness::go_on() {
    try {
        co_await store_pulled();
        co_await plan_night();
        if (stale_) co_await read_open();
        co_await beat();
        std::vector<std::int64_t> ids;
        at_work_.clear();
        for (const auto& [id, inquiry] : inquiries_) {
            ids.push_back(id);
            if (inquiry.step != Step::wait_until_quiet) ++at_work_[inquiry.row.terminal_id];
        }
        for (const auto id : ids) co_await go_on_with(id);
    } catch (const storage::StoreUnavailable&) {
        stale_ = true;  // what was under way is read again when it is back
    }
}

// One that cannot be judged must not keep the others waiting.
asio::awaitable<void> Completeness::go_on_with(std::int64_t id) {
    const auto found = inquiries_.find(id);
    if (found == inquiries_.end()) co_return;
    Inquiry& inquiry = found->second;
    std::string mistake;
    try {
        co_await advance(inquiry);
    } catch (const storage::StoreUnavailable&) {
        throw;
    } catch (const std::exception& error) {
        mistake = error.what();
    }
    if (!mistake.empty()) {
        log::mistake("completeness.day_failed", "a day of a terminal could not be compared",
                     {{"terminal", inquiry.serial}, {"day", inquiry.row.day}, {"error", mistake}});
        inquiry.note = "It could not be compared: " + mistake;
        co_await close(inquiry, "unknown", "", 0, std::nullopt);
    }
    if (inquiry.row.result != "open") inquiries_.erase(found);
}

void Completeness::enter(Inquiry& inquiry, Step step) {
    inquiry.step = step;
    inquiry.since = now_();
}

bool Completeness::is_in_contact(const Terminal& terminal) const {
    return terminal.last_push && now_() - *terminal.last_push <= TerminalRegistry::contact_gap;
}

bool Completeness::is_quiet(const Terminal& terminal, std::chrono::seconds time) const {
    return !terminal.last_upload || has_passed(*terminal.last_upload, time, now_());
}

bool Completeness::can_be_pulled(const Terminal& terminal) const { return puller_.has_place(terminal); }

asio::awaitable<void> Completeness::advance(Inquiry& inquiry) {
    if (!is_ours(inquiry) && !is_free(inquiry)) co_return;
    Terminal* terminal = registry_.find_by_id(inquiry.row.terminal_id);
    if (terminal == nullptr) co_return;
    inquiry.serial = terminal->row.serial;
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
    command.from = inquiry.asked_from.value_or(time_of(first_reading(inquiry.row)));
    command.to = time_of(inquiry.row.until);
    adms::EncodedCommand encoded = adms::encode_command(command);
    if (!encoded.problem.empty()) throw std::runtime_error(encoded.problem);
    CommandQueue::Ask question{asked_by, "the records of " + inquiry.row.day, question_valid};
    const storage::CommandRow asked =
        co_await commands_.add(terminal, verb, std::move(encoded.text), std::move(question), false);
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
    int& at_work = at_work_[inquiry.row.terminal_id];
    if (at_work >= most_at_once) co_return;
    if (!is_in_contact(terminal)) {
        // One that does not push has only its log to be asked for; one that does is asked when it is back, unless it
        // pushes no more.
        const bool pushes = terminal.last_push && !has_passed(*terminal.last_push, push_is_over, now);
        const bool pushed_once = terminal.last_push.has_value();
        if (pushes || !(pushed_once ? puller_.has_settings(terminal) : can_be_pulled(terminal))) co_return;
        const bool claimed = co_await claim(inquiry);
        if (!claimed) co_return;
        ++at_work;
        std::string nothing_to_say;
        co_await begin_pull(inquiry, terminal, std::move(nothing_to_say));
        co_return;
    }
    const bool waited = has_passed(inquiry.since, longest_quiet_wait, now);
    if (!waited && (!has_passed(inquiry.since, quiet, now) || !is_quiet(terminal, quiet))) co_return;
    const bool claimed = co_await claim(inquiry);
    if (!claimed) co_return;
    ++at_work;
    co_await ask(inquiry, terminal, CommandVerb::verify_attlog, Step::count);
}

asio::awaitable<void> Completeness::end_count(Inquiry& inquiry, Terminal& terminal) {
    const std::optional<storage::CommandRow> answer = co_await answer_of(inquiry);
    if (!answer && !is_in_contact(terminal)) {
        std::string why_not = "The terminal did not answer when it was asked for its count.";
        co_await begin_pull(inquiry, terminal, std::move(why_not));
        co_return;
    }
    const std::int64_t stored = co_await count_stored(inquiry);
    const bool counted = answer && answer->return_code.value_or(-1) >= 0 && answer->records;
    if (counted) inquiry.terminal_count = answer->records;
    if (counted && *answer->records == stored) {
        inquiry.before = inquiry.row.stored_count.value_or(stored);
        std::string means = "verify_sum";
        co_await judge(inquiry, terminal, std::move(means), true);
        co_return;
    }
    co_await note_before(inquiry, stored);
    const DeviceTime begin = time_of(first_reading(inquiry.row));
    // That nothing comes of an empty day proves it only if what lies before it comes.
    if (!counted && stored == 0) {
        auto newest = [id = inquiry.row.terminal_id, from = format_device_time(begin - std::chrono::days(most_days)),
                       to = first_reading(inquiry.row)](StoreWorker::Reader reader) {
            return CompletenessRepository(reader.database).newest(id, from, to);
        };
        const std::optional<std::string> neighbour = co_await worker_.read(std::move(newest));
        if (neighbour) inquiry.asked_from = decode_device_time(*neighbour);
    }
    terminal.fetches[inquiry.row.id] = {begin, time_of(inquiry.row.until), inquiry.asked_from.value_or(begin)};
    co_await ask(inquiry, terminal, CommandVerb::query_attlog, Step::fetch);
}

// Kept with the row, so that what was fetched is counted also after a restart.
asio::awaitable<void> Completeness::note_before(Inquiry& inquiry, std::int64_t stored) {
    inquiry.before = inquiry.row.stored_count.value_or(stored);
    if (inquiry.row.stored_count) co_return;
    auto note = [row = inquiry.row, stored](storage::Database& database) {
        CompletenessRepository(database).note_before(row, stored);
        return true;
    };
    co_await worker_.write(std::move(note));
    inquiry.row.stored_count = stored;
}

// The query has been answered, or not.
asio::awaitable<void> Completeness::begin_fetch(Inquiry& inquiry, Terminal& terminal) {
    const std::optional<storage::CommandRow> answer = co_await answer_of(inquiry);
    if (!answer || answer->return_code.value_or(-1) < 0) {
        std::string why_not = answer ? "The terminal does not know the question for its records."
                                     : "The terminal did not answer when it was asked for its records.";
        co_await begin_pull(inquiry, terminal, std::move(why_not));
        co_return;
    }
    inquiry.said = *answer->return_code;
    enter(inquiry, Step::settle);
    inquiry.since = instant_of(answer->answered_at);
}

asio::awaitable<void> Completeness::end_fetch(Inquiry& inquiry, Terminal& terminal) {
    const Instant now = now_();
    // Quiet because it has nothing more to send, not because it was cut off.
    const bool heard = terminal.last_push && *terminal.last_push >= inquiry.since + aftermath;
    const bool waited = has_passed(inquiry.since, longest_quiet_wait, now);
    if (!waited && (!heard || !has_passed(inquiry.since, aftermath, now) || !is_quiet(terminal, aftermath))) co_return;
    const std::int64_t stored = co_await count_stored(inquiry);
    const bool has_all = heard && has_sent_all(inquiry, terminal, stored);
    if (!has_all && can_be_pulled(terminal)) {
        std::string nothing_to_say;
        co_await begin_pull(inquiry, terminal, std::move(nothing_to_say));
        co_return;
    }
    std::string means = "query";
    co_await judge(inquiry, terminal, std::move(means), has_all);
}

// What came counts, not what the terminal says it sent. Punches may be fewer than records: two of one PIN in one
// second, one without a PIN.
bool Completeness::has_sent_all(const Inquiry& inquiry, const Terminal& terminal, std::int64_t stored) const {
    const auto fetch = terminal.fetches.find(inquiry.row.id);
    const SentAgain nothing;
    const SentAgain& sent = fetch == terminal.fetches.end() ? nothing : fetch->second;
    const std::int64_t came = sent.records();
    if (!inquiry.terminal_count) {
        const std::int64_t all = came + sent.older();
        return all > 0 && all >= inquiry.said && came >= inquiry.before;
    }
    return came >= *inquiry.terminal_count || (inquiry.before < stored && stored == *inquiry.terminal_count);
}

asio::awaitable<void> Completeness::begin_pull(Inquiry& inquiry, Terminal& terminal, std::string why_not) {
    inquiry.note = std::move(why_not);
    if (!can_be_pulled(terminal)) {
        std::string no_means;
        co_await judge(inquiry, terminal, std::move(no_means), false);
        co_return;
    }
    const std::int64_t stored = co_await count_stored(inquiry);
    co_await note_before(inquiry, stored);
    pull::Ask wanted;
    wanted.by = asked_by;
    wanted.as_a_try = !puller_.has_settings(terminal);
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
    const auto first = first_days_.find(inquiry.serial);
    const bool reaches_back = first != first_days_.end() && !first->second.empty() && first->second <= inquiry.row.day;
    if (done && !reaches_back) inquiry.note = fmt::format("{} The terminal's log begins later.", inquiry.note);
    // What somebody else's pull brought was counted with it; where pull is the road, nothing had to be fetched.
    if (done && (pull->asked_by != asked_by || !terminal.last_push)) inquiry.before = co_await count_stored(inquiry);
    std::string means = done ? "pull" : "";
    co_await judge(inquiry, terminal, std::move(means), done && reaches_back);
    log::debug("completeness.judged", "judged after a pull",
               {{"terminal", terminal.row.serial}, {"day", inquiry.row.day}});
}

// `has_all`: what the terminal has is here now.
asio::awaitable<void> Completeness::judge(Inquiry& inquiry, const Terminal& terminal, std::string means, bool has_all) {
    const std::int64_t stored = co_await count_stored(inquiry);
    const std::int64_t fetched = std::max<std::int64_t>(stored - inquiry.before, 0);
    std::string result = "unknown";
    std::int64_t difference = 0;
    if (has_all && fetched > 0) {
        result = "mended";
        difference = fetched;
    } else if (has_all) {
        auto look = [id = terminal.row.id,
                     now = format_device_time(local_at(terminal.zone, now_()))](StoreWorker::Reader reader) {
            return CompletenessRepository(reader.database).last_deletion(id, now);
        };
        const std::optional<std::string> deletion = co_await worker_.read(std::move(look));
        const bool deleted = deletion && *deletion >= first_reading(inquiry.row);
        const bool has_fewer = inquiry.terminal_count && *inquiry.terminal_count < stored;
        // A log that was cut agrees with everything.
        if (deleted)
            inquiry.note = fmt::format("{} Records were deleted at the terminal on {}.", inquiry.note, *deletion);
        else if (has_fewer)
            inquiry.note = fmt::format("{} The terminal has fewer records of this day than are stored.", inquiry.note);
        else
            result = "complete";
    } else if (inquiry.terminal_count && *inquiry.terminal_count > stored) {
        if (means.empty()) means = "verify_sum";
        result = "short";
        difference = *inquiry.terminal_count - stored;
    }
    co_await close(inquiry, std::move(result), std::move(means), difference, stored);
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
    const bool closed = co_await worker_.write(std::move(store));
    if (!closed) {
        // It reaches further by now, or is another's: what was found does not answer what is asked.
        stale_ = true;
        co_return;
    }
    inquiry.row = row;
    if (Terminal* terminal = registry_.find(inquiry.serial)) terminal->fetches.erase(row.id);
    const bool is_well = row.result == "complete" || row.result == "mended";
    (is_well ? log::info : log::warn)("completeness.compared", "a day of a terminal was compared",
                                      {{"terminal", inquiry.serial},
                                       {"day", row.day},
                                       {"result", row.result},
                                       {"difference", row.difference},
                                       {"means", row.means}});
}

}  // namespace presensi::talk
