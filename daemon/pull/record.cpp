#include "daemon/pull/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "protocol/text_fields.hpp"
#include "storage/contact_repository.hpp"

namespace presensi::pull {

namespace asio = boost::asio;

namespace {

std::string how_many(const std::optional<zk4370::Counters>& counters) {
    return counters ? std::to_string(counters->records) : "unknown";
}

std::string describe(const Outcome& outcome) {
    const auto& attendance = *outcome.result.attendance;
    auto text =
        fmt::format("from {}; layout {}; the terminal counted {} before and {} after", describe(outcome.endpoint),
                    attendance.layout ? zk4370::to_string(*attendance.layout) : "none", how_many(outcome.result.before),
                    how_many(outcome.result.after));
    for (const auto& note : outcome.result.notes) text += "; " + note;
    return text;
}

Delivery delivery_of_failure(const zk4370::PullFailure& failure) {
    Delivery delivery;
    delivery.road = Road::pull;
    delivery.table = failure.table == zk4370::Table::operations ? "OPERLOG" : "ATTLOG";
    delivery.query = fmt::format("not taken: {}: {}", to_string(failure.kind), failure.sentence);
    delivery.body = failure.raw;
    delivery.unread = true;
    return delivery;
}

}  // namespace

asio::awaitable<std::vector<OnlineInterval>> pushing_times(StoreWorker& worker, const Terminal& terminal,
                                                           const std::vector<Punch>& punches) {
    std::vector<OnlineInterval> times;
    if (punches.empty() || terminal.portable) co_return times;
    const auto [first, last] = std::minmax_element(
        punches.begin(), punches.end(), [](const auto& a, const auto& b) { return a.device_time < b.device_time; });
    // Local times read as UTC, with a day to spare for every zone.
    const auto as_utc = [](DeviceTime local, std::chrono::days spare) {
        return format_utc(Instant(local.time_since_epoch() + spare));
    };
    auto read = [id = terminal.row.id, from = as_utc(first->device_time, -std::chrono::days(1)),
                 to = as_utc(last->device_time, std::chrono::days(1))](StoreWorker::Reader reader) {
        return storage::ContactRepository(reader.database).list_online(id, from, to);
    };
    const std::vector<storage::OnlineRow> rows = co_await worker.read(std::move(read));
    for (const auto& row : rows) {
        const auto since = decode_utc(row.since);
        const auto until = decode_utc(row.until);
        if (row.road == "push" && since && until) times.push_back({*since, *until});
    }
    if (terminal.online_since && terminal.last_push) times.push_back({*terminal.online_since, *terminal.last_push});
    std::sort(times.begin(), times.end(), [](const auto& a, const auto& b) { return a.since < b.since; });
    std::vector<OnlineInterval> apart;
    for (const auto& time : times) {
        if (!apart.empty() && time.since <= apart.back().until) {
            apart.back().until = std::max(apart.back().until, time.until);
        } else {
            apart.push_back(time);
        }
    }
    co_return apart;
}

bool is_of_the_log(zk4370::FailureKind kind) {
    using zk4370::FailureKind;
    return kind == FailureKind::truncated || kind == FailureKind::unknown_layout ||
           kind == FailureKind::count_mismatch || kind == FailureKind::users_unreadable;
}

Delivery delivery_of(zk4370::PulledAttendance attendance, Road road, std::string how) {
    Delivery delivery;
    delivery.road = road;
    delivery.table = "ATTLOG";
    delivery.query = std::move(how);
    delivery.body = std::move(attendance.raw);
    delivery.punches = std::move(attendance.batch.punches);
    delivery.rejects = std::move(attendance.batch.rejects);
    return delivery;
}

asio::awaitable<Recorded> record(Ingest& ingest, StoreWorker& worker, Terminal& terminal, Outcome& outcome, Instant now,
                                 bool keep_raw) {
    Recorded recorded;
    const std::string peer = outcome.endpoint.address.to_string();
    auto& result = outcome.result;
    const auto arrived = [&](Delivery& delivery) {
        delivery.road = Road::pull;
        delivery.peer = peer;
        delivery.received_at = now;
    };
    if (result.attendance) {
        const std::string how = describe(outcome);
        recorded.records = result.attendance->batch.punches.size() + result.attendance->batch.rejects.size();
        Delivery delivery = delivery_of(std::move(*result.attendance), Road::pull, how);
        arrived(delivery);
        std::vector<OnlineInterval> pushing = co_await pushing_times(worker, terminal, delivery.punches);
        recorded.attendance = co_await ingest.record(terminal, std::move(delivery), std::move(pushing));
        result.attendance.reset();
    }
    if (result.users) {
        Delivery delivery;
        delivery.table = "USERINFO";
        delivery.body = std::move(result.users->raw);
        delivery.rejects = std::move(result.users->rejects);
        arrived(delivery);
        co_await ingest.record_log(terminal, std::move(delivery), {}, std::move(result.users->people));
        result.users.reset();
    }
    if (result.operations) {
        Delivery delivery;
        delivery.table = "OPERLOG";
        delivery.body = std::move(result.operations->raw);
        delivery.rejects = std::move(result.operations->batch.rejects);
        arrived(delivery);
        co_await ingest.record_log(terminal, std::move(delivery), std::move(result.operations->batch.events), {});
        result.operations.reset();
    }
    std::vector<zk4370::PullFailure> failures = std::move(result.lesser_failures);
    if (result.failure) failures.push_back(*result.failure);
    for (const auto& failure : failures) {
        // Of a line that breaks each time elsewhere every try would bring other bytes.
        if (failure.raw.empty() || !keep_raw || !is_of_the_log(failure.kind)) continue;
        recorded.kept_raw = true;
        Delivery delivery = delivery_of_failure(failure);
        arrived(delivery);
        const Receipt kept = co_await ingest.record(terminal, std::move(delivery));
        if (failure.table == zk4370::Table::attendance) recorded.attendance.delivery_id = kept.delivery_id;
    }
    co_return recorded;
}

}  // namespace presensi::pull
