#include "daemon/access/access_log.hpp"

#include <algorithm>
#include <utility>

#include "protocol/text_fields.hpp"
#include "storage/access_repository.hpp"

namespace presensi::access {

boost::asio::awaitable<void> AccessLog::record(const Viewer& viewer, std::vector<std::int64_t> persons) {
    const std::string name = viewer.name;
    const Instant now = now_();
    const auto today = std::chrono::floor<std::chrono::days>(local_at(zone_, now));
    if (today != day_ || count_ >= most_known) {
        known_.clear();
        count_ = 0;
        day_ = today;
    }
    std::sort(persons.begin(), persons.end());
    persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
    const auto& known = known_[name];
    std::erase_if(persons, [&](std::int64_t person) { return known.contains(person); });
    if (persons.empty()) co_return;

    auto write = [name, persons, day = attendance::format_day(today),
                  at = format_utc(now)](storage::Database& database) {
        storage::AccessRecordRepository(database).record(name, persons, day, at);
        return true;
    };
    co_await worker_.write(std::move(write));
    if (today != day_) co_return;
    auto& written = known_[name];
    for (const std::int64_t person : persons) count_ += written.insert(person).second ? 1 : 0;
}

}  // namespace presensi::access
