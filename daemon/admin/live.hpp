#pragma once
// What the page shows as it changes (GET /api/v1/live): made once for all who look, narrowed once for all who see the
// same, and only while somebody looks. Lives on the I/O thread, in steps short enough for intake to go on between them.

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/access/sight.hpp"
#include "daemon/access/viewer.hpp"
#include "daemon/admin/glances.hpp"
#include "daemon/alarms.hpp"
#include "daemon/terminal_registry.hpp"

namespace presensi::admin {

struct Context;

class LiveBoard {
public:
    static constexpr std::size_t most_streams = 200;
    static constexpr std::size_t most_of_viewer = 40;  // so that one of them never takes all

    // One viewer's stream of server-sent events. Counted as long as it lives.
    class Stream;
    using StreamPtr = std::shared_ptr<Stream>;

    // Null: there are too many.
    StreamPtr open(Context& context, const access::Viewer& viewer);

private:
    using Steady = std::chrono::steady_clock;
    using Text = std::shared_ptr<const std::string>;

    // A terminal as it was written down the last time.
    struct Line {
        const Terminal* terminal = nullptr;
        std::optional<Instant> last_seen;  // cheap to compare, and what changes most
        std::int64_t punches = 0;
        std::int64_t rejects = 0;
        storage::TerminalState state = storage::TerminalState::seen;
        Glances::Glance glance;
        std::string text;           // JSON
        std::uint64_t changed = 0;  // in which look
    };
    // Those who see the same.
    struct Group {
        access::SightPtr sight;
        Steady::time_point looked_at{};
        bool looking = false;
        std::uint64_t whole_since = 0;  // look in which what they may see changed
        std::string alarms;             // JSON
        std::uint64_t alarms_of = 0;    // look whose alarms these are, and …
        std::uint64_t alarms_changed = 0;
        std::uint64_t texts_of = 0;           // look of which these are,
        std::map<std::uint64_t, Text> texts;  // by the look that their reader had before; null: nothing new
    };
    using GroupPtr = std::shared_ptr<Group>;

    GroupPtr group_of(const access::Viewer& viewer);
    boost::asio::awaitable<void> look(Context& context);
    boost::asio::awaitable<void> look_at_terminals(Context& context, std::uint64_t number, bool all);
    static bool was_heard(const Line& line, std::uint64_t number);
    void look_at_rest(Context& context, std::uint64_t number);
    void add_new_terminals(const TerminalRegistry& registry);
    static void write(Line& line, const Glances& glances, std::uint64_t number);
    boost::asio::awaitable<void> look_at_sight(Context& context, Group& group, const access::Viewer& viewer);
    boost::asio::awaitable<void> look_at_accounts(Context& context);
    bool sees_otherwise(const access::Sight& before, const access::Sight& now) const;
    void narrow_alarms(Group& group);
    // The event for who had look `seen` before, 0: none; null: nothing changed.
    Text text_since(Group& group, std::uint64_t seen);
    Text write_event(const Group& group, std::uint64_t seen) const;

    std::shared_ptr<std::size_t> streams_ = std::make_shared<std::size_t>(0);
    std::map<std::string, std::weak_ptr<std::size_t>> streams_of_;  // by the viewer's name
    std::map<std::string, std::weak_ptr<Group>> groups_;            // by role and units

    std::vector<Line> lines_;
    std::unordered_map<const Terminal*, std::size_t> places_;
    std::size_t rewritten_ = 0;   // where the next look goes on rewriting what seems unchanged
    std::uint64_t complete_ = 0;  // number of the last whole look
    bool looking_ = false;
    Steady::time_point looked_at_{};
    Steady::time_point accounts_looked_at_{};
    bool looking_at_accounts_ = false;

    std::string now_;                 // of that look
    std::string head_;                // JSON of what is the same for all, without braces
    std::uint64_t head_changed_ = 0;  // look in which it changed
    std::vector<Alarms::Alarm> alarms_;
    std::uint64_t alarms_changed_ = 0;
    std::string hour_;  // JSON of punches per minute
    std::int64_t last_minute_ = 0;
    std::int64_t minute_ = -1;          // of hour_
    std::uint64_t minute_changed_ = 0;  // look in which a minute began
};

}  // namespace presensi::admin
