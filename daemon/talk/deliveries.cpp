#include "daemon/talk/deliveries.hpp"

#include <algorithm>

#include "protocol/text_fields.hpp"
#include "storage/month_repository.hpp"

namespace presensi::talk {

namespace {

constexpr auto settles_in = std::chrono::minutes(5);

bool has_settled(std::optional<Instant> since, std::optional<Instant> until, Instant over) {
    return since && until && *until >= over && *until - *since >= settles_in;
}

}  // namespace

Deliveries::Deliveries(storage::Database& database, const std::vector<storage::PullRepository::Latest>& pulls,
                       DeviceTime begins, Instant over, Instant now)
    : contacts_(database), over_(over), over_text_(format_utc(over)), now_text_(format_utc(now)) {
    for (const auto& pull : pulls) {
        if (pull.last_success >= over_text_) whole_.insert(pull.terminal_id);
    }
    const std::string from = format_device_time(begins);
    for (const auto& log : storage::MonthRepository(database).list_logs(over_text_)) {
        if (log.last >= from) whole_.insert(log.terminal_id);
    }
}

bool Deliveries::has_delivered(std::int64_t terminal, std::optional<Instant> online_since,
                               std::optional<Instant> last_push) {
    if (whole_.contains(terminal) || has_settled(online_since, last_push, over_)) return true;
    const auto intervals = contacts_.list_online(terminal, over_text_, now_text_);
    return std::any_of(intervals.begin(), intervals.end(), [&](const storage::OnlineRow& contact) {
        return contact.road == "push" && has_settled(decode_utc(contact.since), decode_utc(contact.until), over_);
    });
}

}  // namespace presensi::talk
