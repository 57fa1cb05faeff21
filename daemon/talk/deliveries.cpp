#include "daemon/talk/deliveries.hpp"

#include <algorithm>

#include "daemon/ingest.hpp"
#include "protocol/text_fields.hpp"
#include "storage/month_repository.hpp"

namespace presensi::talk {

namespace {

using std::chrono::days;

constexpr auto settles_in = std::chrono::minutes(5);
constexpr auto doubted_for = days(7);

bool has_settled(std::optional<Instant> since, std::optional<Instant> until, Instant over) {
    return since && until && *until >= over && *until - *since >= settles_in;
}

}  // namespace

Deliveries::Deliveries(storage::Database& database, const std::vector<storage::PullRepository::Latest>& pulls,
                       const PastEvent& event, Instant now)
    : contacts_(database),
      terminals_(database),
      event_(event),
      over_text_(format_utc(event.over)),
      now_text_(format_utc(now)) {
    for (const auto& pull : pulls) {
        if (pull.last_success >= over_text_) whole_.insert(pull.terminal_id);
    }
    const std::string from = format_device_time(event.begins);
    for (const auto& log : storage::MonthRepository(database).list_logs(over_text_)) {
        if (log.last >= from) whole_.insert(log.terminal_id);
    }
}

bool Deliveries::has_delivered(const DeliveryQuestion& asked) {
    if (!whole_.contains(asked.terminal) && !has_settled_since(asked)) return false;
    return asked.has_punches || !has_sent_impossible_times(asked.terminal);
}

bool Deliveries::has_settled_since(const DeliveryQuestion& asked) {
    if (has_settled(asked.online_since, asked.last_push, event_.over)) return true;
    const auto intervals = contacts_.list_online(asked.terminal, over_text_, now_text_);
    return std::any_of(intervals.begin(), intervals.end(), [&](const storage::OnlineRow& contact) {
        return contact.road == "push" && has_settled(decode_utc(contact.since), decode_utc(contact.until), event_.over);
    });
}

// Asked of the times that can be impossible, so that what is usual need not be read. Suspect for another reason (two
// sources) is not impossible.
bool Deliveries::has_sent_impossible_times(std::int64_t terminal) {
    const std::string from = format_utc(event_.began);
    const std::string to = format_utc(event_.began + doubted_for);
    const auto has_one = [&](const std::string& first, const std::string& last) {
        const auto suspects = terminals_.list_suspects(terminal, first, last, from, to);
        return std::any_of(suspects.begin(), suspects.end(), [](const storage::TerminalRepository::Suspect& suspect) {
            const auto punched = decode_utc(suspect.punched_at);
            const auto received = decode_utc(suspect.received_at);
            return punched && received && is_impossible(std::chrono::floor<std::chrono::seconds>(*punched), *received);
        });
    };
    const DeviceTime sane((first_sane_day + days(1)).time_since_epoch());
    return has_one("0001-01-01T00:00:00", format_device_time(sane)) ||
           has_one(format_device_time(event_.begins + days(1)), "9999-12-31T24:00:00");
}

}  // namespace presensi::talk
