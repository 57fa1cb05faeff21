#include "daemon/notify/news.hpp"

#include <set>

namespace presensi::notify {

std::optional<Message> News::look(const std::vector<Alarms::Alarm>& standing, Instant now, Steady::time_point at) {
    Message message;
    message.at = now;
    std::set<Key> stands;
    for (const auto& alarm : standing) {
        const Key key(alarm.id, alarm.terminal);
        stands.insert(key);
        const auto told = told_.find(key);
        if (told == told_.end()) {
            if (has_passed(alarm.since, kind_of_alarm(alarm.id).sent_after, now)) message.raised.push_back(alarm);
        } else if (has_passed(told->second.at, times_.again, now)) {
            message.standing.push_back(alarm);
        }
    }
    for (const auto& [key, told] : told_) {
        if (!stands.contains(key)) message.cleared.push_back(told.alarm);
    }
    if (message.empty()) {
        gathering_since_.reset();
        return std::nullopt;
    }
    if (!gathering_since_) gathering_since_ = at;
    if (at - *gathering_since_ < times_.gather) return std::nullopt;
    gathering_since_.reset();
    for (const auto& alarm : message.cleared) told_.erase({alarm.id, alarm.terminal});
    for (const auto* list : {&message.raised, &message.standing}) {
        for (const auto& alarm : *list) told_[{alarm.id, alarm.terminal}] = {alarm, now};
    }
    return message;
}

}  // namespace presensi::notify
