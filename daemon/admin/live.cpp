#include "daemon/admin/live.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/live_stream.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/admin/status_answers.hpp"
#include "daemon/log.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::admin {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr auto look_every = 900ms;  // streams come by every second
constexpr auto nobody_looked_for = 5s;
constexpr auto look_at_sight_every = 2s;
constexpr auto look_at_accounts_every = 3s;
constexpr auto silence = 60s;
constexpr std::uint64_t heard_every = 5;  // looks
constexpr auto glance_patience = 300ms;
constexpr auto accounts_patience = 500ms;
constexpr std::size_t rewritten_in_a_look = 200;  // of those that seem unchanged
constexpr std::size_t written_at_once = 50;       // terminals, before others have their turn
constexpr std::size_t compared_at_once = 5000;

asio::awaitable<void> let_others_go_on() {
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
}

bool is_equal(const Sentence& a, const Sentence& b) { return a.en == b.en && a.id == b.id; }

bool is_equal(const Alarms::Alarm& a, const Alarms::Alarm& b) {
    return a.id == b.id && a.terminal == b.terminal && a.urgent == b.urgent && a.since == b.since &&
           is_equal(a.what, b.what) && is_equal(a.todo, b.todo);
}

// Said as long as one of several coroutines does what one is enough for.
class Busy {
public:
    explicit Busy(bool& flag) : flag_(flag) { flag_ = true; }
    ~Busy() { flag_ = false; }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

private:
    bool& flag_;
};

// Forgets what nobody holds any more.
template <typename Table>
void drop_expired(Table& table) {
    std::erase_if(table, [](const auto& entry) { return entry.second.expired(); });
}

}  // namespace

LiveBoard::StreamPtr LiveBoard::open(Context& context, const access::Viewer& viewer) {
    drop_expired(streams_of_);
    drop_expired(groups_);
    std::shared_ptr<std::size_t> of_viewer = streams_of_[viewer.name].lock();
    if (of_viewer == nullptr) of_viewer = std::make_shared<std::size_t>(0);
    if (*streams_ >= most_streams || *of_viewer >= most_of_viewer) return nullptr;
    streams_of_[viewer.name] = of_viewer;
    return std::make_shared<Stream>(context, *this, viewer, group_of(viewer), streams_, std::move(of_viewer));
}

LiveBoard::GroupPtr LiveBoard::group_of(const access::Viewer& viewer) {
    std::string key(to_string(viewer.role));
    for (const auto& unit : viewer.units) key += '\n' + unit;
    GroupPtr group = groups_[key].lock();
    if (group == nullptr) group = std::make_shared<Group>();
    groups_[key] = group;
    return group;
}

namespace {

// Over when the store has told what it knows of terminals.
struct Glancing {
    explicit Glancing(const asio::any_io_executor& executor) : done(executor, glance_patience) {}
    asio::steady_timer done;
    bool is_over = false;
};

// Beside the looks, so that none waits long for the store; what it brings later, the next one shows.
asio::awaitable<void> refresh_glances(Context& context, std::shared_ptr<Glancing> glancing) {
    try {
        co_await context.glances.refresh(context);
    } catch (const std::exception& mistake) {
        log::mistake("live.unread", "what lists of terminals show could not be read", {{"error", mistake.what()}});
    }
    glancing->is_over = true;
    glancing->done.cancel();
}

}  // namespace

asio::awaitable<void> LiveBoard::look(Context& context) {
    const auto now = Steady::now();
    if (looking_ || now - looked_at_ < look_every) co_return;
    const Busy busy(looking_);
    const bool nobody_looked = now - looked_at_ > nobody_looked_for;
    looked_at_ = now;
    const auto executor = co_await asio::this_coro::executor;
    const auto glancing = std::make_shared<Glancing>(executor);
    asio::co_spawn(executor, refresh_glances(context, glancing), asio::detached);
    if (nobody_looked && !glancing->is_over) {
        co_await glancing->done.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    const std::uint64_t number = complete_ + 1;
    co_await look_at_terminals(context, number, nobody_looked);
    look_at_rest(context, number);
    complete_ = number;
}

asio::awaitable<void> LiveBoard::look_at_terminals(Context& context, std::uint64_t number, bool all) {
    if (context.registry.size() != lines_.size()) add_new_terminals(context.registry);
    // What a line cannot tell cheaply, such as a new name, is seen when its turn comes.
    const std::size_t turns = all ? lines_.size() : std::min(rewritten_in_a_look, lines_.size());
    const std::size_t first_turn = lines_.empty() ? 0 : rewritten_ % lines_.size();
    rewritten_ = first_turn + turns;
    std::size_t written = 0;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        Line& line = lines_[i];
        const Terminal& terminal = *line.terminal;
        const bool has_turn = (i + lines_.size() - first_turn) % lines_.size() < turns;
        const bool seems_changed = line.text.empty() || was_heard(line, number) || line.punches != terminal.punches ||
                                   line.rejects != terminal.rejects || line.state != terminal.row.state ||
                                   line.glance != context.glances.of(terminal);
        if (has_turn || seems_changed) {
            write(line, context.glances, number);
            ++written;
        }
        if (written >= written_at_once || i % compared_at_once == compared_at_once - 1) {
            written = 0;
            co_await let_others_go_on();
        }
    }
}

// That a terminal was heard again is told every few seconds; after a silence at once.
bool LiveBoard::was_heard(const Line& line, std::uint64_t number) {
    const auto& last_seen = line.terminal->last_seen;
    if (last_seen == line.last_seen) return false;
    const bool after_silence = !line.last_seen || !last_seen || *last_seen - *line.last_seen > silence;
    return after_silence || number >= line.changed + heard_every;
}

// Terminals come and never go.
void LiveBoard::add_new_terminals(const TerminalRegistry& registry) {
    for (const Terminal* terminal : registry.all()) {
        if (!places_.try_emplace(terminal, lines_.size()).second) continue;
        Line line;
        line.terminal = terminal;
        lines_.push_back(std::move(line));
    }
}

void LiveBoard::write(Line& line, const Glances& glances, std::uint64_t number) {
    const Terminal& terminal = *line.terminal;
    line.last_seen = terminal.last_seen;
    line.punches = terminal.punches;
    line.rejects = terminal.rejects;
    line.state = terminal.row.state;
    line.glance = glances.of(terminal);
    std::string text = json::serialize(to_json(terminal, line.glance));
    if (text == line.text) return;
    line.text = std::move(text);
    line.changed = number;
}

void LiveBoard::look_at_rest(Context& context, std::uint64_t number) {
    const Instant now = context.now();
    now_ = format_utc(now);
    std::string head = "\"counts\":" + json::serialize(counts_of(context)) +
                       ",\"store\":" + json::serialize(store_of(context)) +
                       ",\"ready\":" + (is_ready(context) ? "true" : "false") +
                       ",\"clock_synchronised\":" + (context.ingest.clock_is_synchronised() ? "true" : "false") +
                       ",\"zone\":" + json::serialize(json::value(context.settings.time_zone)) +
                       ",\"version\":\"" PRESENSI_VERSION "\"";
    if (head != head_) {
        head_ = std::move(head);
        head_changed_ = number;
    }
    std::vector<Alarms::Alarm> alarms = context.alarms.list();
    const bool same = std::equal(alarms.begin(), alarms.end(), alarms_.begin(), alarms_.end(),
                                 [](const auto& a, const auto& b) { return is_equal(a, b); });
    if (!same) {
        alarms_ = std::move(alarms);
        alarms_changed_ = number;
    }
    context.new_punches.note_total(now, context.ingest.counts().punches - context.punches_before);
    const MinuteCounts::Hour hour = context.new_punches.last_hour(now);
    last_minute_ = hour.back();
    hour_ = json::serialize(json::array(hour.begin(), hour.end()));
    if (const auto minute = MinuteCounts::minute_of(now); minute != minute_) {
        minute_ = minute;
        minute_changed_ = number;
    }
}

// What the command line or another daemon did to an account holds within seconds.
asio::awaitable<void> LiveBoard::look_at_accounts(Context& context) {
    if (looking_at_accounts_ || Steady::now() - accounts_looked_at_ < look_at_accounts_every) co_return;
    const Busy busy(looking_at_accounts_);
    accounts_looked_at_ = Steady::now();
    co_await context.gate.refresh(accounts_patience);
}

asio::awaitable<void> LiveBoard::look_at_sight(Context& context, Group& group, const access::Viewer& viewer) {
    const bool is_fresh =
        group.sight != nullptr && (group.sight->sees_all() || Steady::now() - group.looked_at < look_at_sight_every);
    if (is_fresh || group.looking) co_return;
    const Busy busy(group.looking);
    group.looked_at = Steady::now();
    access::SightPtr sight = co_await sight_of(context, viewer);
    // Without the store nobody knows what is below their units: what they saw before, they go on seeing.
    if (group.sight != nullptr && sight->knows_no_tree()) co_return;
    const bool is_other = group.sight != nullptr && sees_otherwise(*group.sight, *sight);
    group.sight = std::move(sight);
    if (!is_other) co_return;
    group.whole_since = complete_ + 1;
    group.alarms_of = 0;
    group.texts.clear();
}

bool LiveBoard::sees_otherwise(const access::Sight& before, const access::Sight& now) const {
    return std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) {
        return before.sees_terminal(*line.terminal) != now.sees_terminal(*line.terminal);
    });
}

void LiveBoard::narrow_alarms(Group& group) {
    if (group.alarms_of == alarms_changed_ && group.alarms_of != 0) return;
    group.alarms_of = alarms_changed_;
    std::string alarms = json::serialize(alarms_of(alarms_, *group.sight));
    if (alarms == group.alarms) return;
    group.alarms = std::move(alarms);
    group.alarms_changed = complete_;
}

LiveBoard::Text LiveBoard::text_since(Group& group, std::uint64_t seen) {
    if (complete_ == 0 || seen == complete_ || group.sight == nullptr) return nullptr;
    if (group.texts_of != complete_) {
        group.texts.clear();
        group.texts_of = complete_;
    }
    narrow_alarms(group);
    const auto [place, fresh] = group.texts.try_emplace(seen);
    if (fresh) place->second = write_event(group, seen);
    return place->second;
}

LiveBoard::Text LiveBoard::write_event(const Group& group, std::uint64_t seen) const {
    const bool whole = seen == 0 || seen < group.whole_since;
    std::string terminals;
    for (const Line& line : lines_) {
        // Of a look that is under way nothing goes out: its other half would be missed.
        const bool is_news = line.changed <= complete_ ? whole || line.changed > seen : whole;
        if (!is_news || line.text.empty() || !group.sight->sees_terminal(*line.terminal)) continue;
        if (!terminals.empty()) terminals += ',';
        terminals += line.text;
    }
    const bool has_alarms = whole || group.alarms_changed > seen;
    const bool has_hour = whole || minute_changed_ > seen;
    if (terminals.empty() && !whole && !has_alarms && !has_hour && head_changed_ <= seen) return nullptr;
    std::string text = "event: state\ndata: {\"whole\":";
    text += whole ? "true" : "false";
    text += ",\"now\":\"" + now_ + "\"," + head_;
    if (has_alarms) text += ",\"alarms\":" + group.alarms;
    text += ",\"terminals\":[" + terminals + ']';
    if (has_hour) text += ",\"per_minute\":" + hour_;
    text += ",\"last_minute\":" + std::to_string(last_minute_) + "}\n\n";
    return std::make_shared<const std::string>(std::move(text));
}

}  // namespace presensi::admin
