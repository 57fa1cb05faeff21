#include "daemon/log_limit.hpp"

namespace presensi::log {

namespace {
const std::string others = "(others)";
}

bool LogLimit::admit(const std::string& source, Time now) {
    const bool crowded = minutes_.size() >= most_sources && !minutes_.contains(source);
    const auto [place, fresh] = minutes_.try_emplace(crowded ? others : source);
    Minute& minute = place->second;
    if (fresh) minute.began = now;
    return ++minute.lines <= lines_per_minute;
}

std::vector<std::pair<std::string, std::size_t>> LogLimit::take_denied(Time now) {
    std::vector<std::pair<std::string, std::size_t>> denied;
    for (auto place = minutes_.begin(); place != minutes_.end();) {
        const Minute& minute = place->second;
        if (now - minute.began < std::chrono::minutes(1)) {
            ++place;
            continue;
        }
        if (minute.lines > lines_per_minute) denied.emplace_back(place->first, minute.lines - lines_per_minute);
        place = minutes_.erase(place);
    }
    return denied;
}

}  // namespace presensi::log
