#include "daemon/alarms.hpp"

#include "daemon/log.hpp"

namespace presensi {

void Alarms::raise(const std::string& id, const std::string& terminal, const std::string& message, Instant now) {
    if (alarms_.size() >= most) return;
    const auto [place, fresh] = alarms_.try_emplace({id, terminal}, Alarm{id, terminal, message, now});
    if (fresh) log::warn("alarm raised", {{"alarm", id}, {"terminal", terminal}, {"what", message}});
}

void Alarms::clear(const std::string& id, const std::string& terminal) {
    const auto found = alarms_.find({id, terminal});
    if (found == alarms_.end()) return;
    alarms_.erase(found);
    log::info("alarm cleared", {{"alarm", id}, {"terminal", terminal}});
}

std::vector<Alarms::Alarm> Alarms::list() const {
    std::vector<Alarm> all;
    for (const auto& [key, alarm] : alarms_) all.push_back(alarm);
    return all;
}

}  // namespace presensi
