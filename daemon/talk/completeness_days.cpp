// Which days are asked about, who of several daemons asks, and what pulls answer unasked.
#include <algorithm>
#include <set>
#include <utility>

#include "attendance/records.hpp"
#include "daemon/log.hpp"
#include "daemon/talk/completeness.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::talk {

namespace asio = boost::asio;
using attendance::format_day;
using pull::Steady;
using std::chrono::days;
using std::chrono::local_days;
using storage::CompletenessRepository;
using storage::CompletenessRow;

namespace {

constexpr std::chrono::minutes night_every{1};
constexpr std::size_t rows_at_once = 200;

Instant instant_of(const std::string& text) { return decode_utc(text).value_or(Instant{}); }

local_days day_at(const Terminal& terminal, Instant at) {
    return std::chrono::floor<days>(local_at(terminal.zone, at));
}

DeviceTime last_second_of(local_days day) { return DeviceTime(day + days(1)) - std::chrono::seconds(1); }

std::string first_reading(const CompletenessRow& row) { return row.day + "T00:00:00"; }

}  // namespace

void Completeness::load(storage::Database& database) {
    CompletenessRepository repository(database);
    if (!sharing_.shared) repository.release_all();
    take_over(repository.list_open());
}

// What is open now: others may have been opened, by us or by another daemon, and some closed there.
void Completeness::take_over(std::vector<CompletenessRow> rows) {
    std::set<std::int64_t> open;
    for (auto& row : rows) {
        open.insert(row.id);
        Inquiry& inquiry = inquiries_[row.id];
        const bool is_new = inquiry.row.id == 0;
        const bool is_another = inquiry.row.until != row.until || inquiry.row.worker != row.worker;
        const bool stands_still = !is_new && inquiry.row.worker == row.worker && inquiry.row.beat == row.beat;
        const auto beat_since = stands_still ? inquiry.beat_since : Steady::now();
        if (is_new || is_another) {
            inquiry = {};
            inquiry.since = is_new ? instant_of(row.asked_at) : now_();
        }
        inquiry.beat_since = beat_since;
        inquiry.row = std::move(row);
    }
    std::erase_if(inquiries_, [&](const auto& entry) {
        if (open.contains(entry.first)) return false;
        if (Terminal* terminal = registry_.find(entry.second.serial)) terminal->fetches.erase(entry.first);
        return true;
    });
}

asio::awaitable<void> Completeness::read_open() {
    stale_ = false;
    auto look = [](storage::Database& database) { return CompletenessRepository(database).list_open(); };
    std::vector<CompletenessRow> rows = co_await worker_.write(std::move(look));
    take_over(std::move(rows));
}

bool Completeness::is_free(const Inquiry& inquiry) const {
    if (inquiry.row.worker.empty()) return true;
    return !is_ours(inquiry) && Steady::now() - inquiry.beat_since > sharing_.times.silence;
}

asio::awaitable<bool> Completeness::claim(Inquiry& inquiry) {
    if (is_ours(inquiry)) co_return true;
    auto take = [row = inquiry.row, me = puller_.holder()](storage::Database& database) {
        return CompletenessRepository(database).claim(row, me);
    };
    const bool claimed = co_await worker_.write(std::move(take));
    stale_ = stale_ || !claimed;
    if (claimed) inquiry.row.worker = puller_.holder();
    co_return claimed;
}

asio::awaitable<void> Completeness::release() {
    auto let_go = [me = puller_.holder()](storage::Database& database) {
        CompletenessRepository(database).release(me);
        return true;
    };
    co_await worker_.write(std::move(let_go));
}

asio::awaitable<void> Completeness::beat() {
    if (!sharing_.shared || Steady::now() - beaten_at_ < sharing_.times.beat) co_return;
    const bool at_work =
        std::any_of(inquiries_.begin(), inquiries_.end(), [this](const auto& entry) { return is_ours(entry.second); });
    if (!at_work) co_return;
    auto tell = [me = puller_.holder()](storage::Database& database) {
        CompletenessRepository(database).beat(me);
        return true;
    };
    co_await worker_.write(std::move(tell));
    beaten_at_ = Steady::now();
}

std::vector<CompletenessRow> Completeness::days_of(const Terminal& terminal, local_days from, local_days to,
                                                   const std::string& cause) const {
    const Instant now = now_();
    std::vector<CompletenessRow> rows;
    for (local_days day = from; day <= to && DeviceTime(day) <= local_at(terminal.zone, now); day += days(1)) {
        CompletenessRow row;
        row.terminal_id = terminal.row.id;
        row.day = format_day(day);
        row.until = format_device_time(std::min(last_second_of(day), local_at(terminal.zone, now)));
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
        log::info("completeness.asked", "a terminal was silent and is asked what it has",
                  {{"terminal", terminal.row.serial}, {"since", format_utc(gap.from)}, {"days", rows.size()}});
    }
    return all;
}

// Each terminal that is in contact is asked once a night about the last days; one that comes later in the day, then.
asio::awaitable<void> Completeness::plan_night() {
    const Instant now = now_();
    if (settings_.completeness.days == 0 || (night_looked_at_ && !has_passed(*night_looked_at_, night_every, now)))
        co_return;
    night_looked_at_ = now;
    Zone zone(settings_.time_zone);
    const auto today = std::chrono::floor<days>(local_at(zone, now));
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
    // Punches are stored between two parts of it.
    for (std::size_t begin = 0; begin < rows.size(); begin += rows_at_once) {
        const auto end = std::min(begin + rows_at_once, rows.size());
        std::vector<CompletenessRow> part(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                          rows.begin() + static_cast<std::ptrdiff_t>(end));
        auto open = [part = std::move(part)](storage::Database& database) {
            database.transaction([&] { CompletenessRepository(database).open(part); });
            return true;
        };
        co_await worker_.write(std::move(open));
    }
    for (const Terminal* terminal : due) nights_[terminal->row.serial] = night;
    look_again();
}

void Completeness::log_was_pulled(pull::Puller::Log log) {
    // A clock that stood at its beginning tells nothing of how far the log goes back.
    const auto first = log.records.lower_bound("2015-01-01");
    first_days_[log.serial] = first == log.records.end() ? std::string() : first->first;
    pulled_.push_back(std::move(log));
}

asio::awaitable<void> Completeness::store_pulled() {
    while (!pulled_.empty()) {
        pull::Puller::Log log = pulled_.front();
        const std::string serial = log.serial;
        try {
            co_await store(std::move(log));
        } catch (const storage::StoreUnavailable&) {
            throw;
        } catch (const std::exception& mistake) {
            log::mistake("completeness.proof_unstored", "what a pull proves could not be stored",
                         {{"terminal", serial}, {"error", mistake.what()}});
        }
        pulled_.erase(pulled_.begin());
    }
}

// A whole log is the answer for every day since the one before, as far back as it goes: of what was deleted, or gave
// way to newer records, it says nothing.
asio::awaitable<void> Completeness::store(pull::Puller::Log log) {
    const Terminal* terminal = registry_.find(log.serial);
    const std::string first_day = first_days_[log.serial];
    if (terminal == nullptr || first_day.empty()) co_return;
    const local_days today = day_at(*terminal, log.begun);
    local_days from = today - days(most_days - 1);
    if (log.last_success) from = std::max(from, day_at(*terminal, *log.last_success));
    auto rows = days_of(*terminal, from, today, "pull");
    std::erase_if(rows, [&](const CompletenessRow& row) { return row.day < first_day; });
    if (rows.empty()) co_return;
    for (auto& row : rows) {
        row.until = std::min(row.until, format_device_time(local_at(terminal->zone, log.begun)));
        row.means = "pull";
        row.compared_at = row.asked_at;
        const auto counted = log.records.find(row.day);
        row.terminal_count = counted == log.records.end() ? 0 : counted->second;
    }
    const bool pushes = terminal->last_push.has_value() && !terminal->portable;
    const bool is_our_own = log.asked_by == asked_by;
    auto store = [rows, pushes, is_our_own, id = terminal->row.id, delivery = log.delivery_id, begun = log.begun,
                  now = format_device_time(local_at(terminal->zone, now_()))](storage::Database& database) {
        database.transaction([&] {
            CompletenessRepository repository(database);
            const std::string deletion = repository.last_deletion(id, now).value_or("");
            std::map<std::string, std::int64_t> brought;
            if (delivery != 0) {
                for (const auto& day : repository.count_of_delivery(id, delivery, first_reading(rows.front())))
                    brought[day.day] = day.punches;
            }
            for (CompletenessRow row : rows) {
                if (deletion >= first_reading(row)) continue;
                row.stored_count = repository.count(id, first_reading(row), row.until);
                // Where it should have been pushed, it was mended; where pull is the road, it is as it should be.
                row.difference = pushes ? brought[row.day] : 0;
                row.result = row.difference > 0 ? "mended" : "complete";
                const std::optional<CompletenessRow> open = repository.find_open(id, row.day);
                const bool at_work = open && !open->worker.empty();
                if (at_work && is_our_own) continue;  // it is judged there
                const bool answers = open && instant_of(open->asked_at) <= begun && open->until <= row.until;
                if (answers && !at_work) {
                    row.id = open->id;
                    row.until = open->until;
                    repository.close(row);
                } else {
                    repository.add(row);
                }
            }
        });
        return true;
    };
    co_await worker_.write(std::move(store));
    look_again();
}

}  // namespace presensi::talk
