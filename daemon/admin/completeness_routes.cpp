#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <optional>

#include "attendance/records.hpp"
#include "daemon/admin/json_text.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/talk/certificate.hpp"
#include "daemon/web/certificate_page.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::admin {

namespace json = boost::json;
using std::chrono::days;
using std::chrono::local_days;

namespace {

constexpr int most_days = 366;
constexpr int most_days_asked = 62;
constexpr const char* day_form = "from and to have to be days such as 2026-11-01, at most 366 of them";

local_days today_of(const Terminal& terminal, Instant now) {
    return std::chrono::floor<days>(terminal.zone.to_local(std::chrono::floor<std::chrono::seconds>(now)));
}

talk::Period period_of(const Terminal& terminal, local_days from, local_days to, Instant now) {
    return {terminal.row.id, terminal.row.time_zone, from, to, today_of(terminal, now), {}};
}

// Before it was first heard there was nothing that could be complete.
local_days first_day_of(const Terminal& terminal) {
    const auto first = decode_utc(terminal.row.first_seen);
    return first ? today_of(terminal, *first) : local_days{};
}

json::value number_or_null(const std::optional<std::int64_t>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}

json::object to_json(const storage::CompletenessRow& row) {
    json::object out;
    out["result"] = row.result;
    out["n"] = row.difference;
    out["means"] = text_or_null(row.means);
    out["cause"] = row.cause;
    out["until"] = row.until;
    out["terminal_count"] = number_or_null(row.terminal_count);
    out["stored_count"] = number_or_null(row.stored_count);
    out["asked_at"] = row.asked_at;
    out["compared_at"] = text_or_null(row.compared_at);
    out["note"] = text_or_null(row.note);
    return out;
}

json::array to_json(const std::vector<talk::Day>& list) {
    json::array out;
    for (const auto& day : list) {
        json::object item;
        item["day"] = day.day;
        item["result"] = day.result;
        item["n"] = day.difference;
        item["punches"] = day.punches;
        json::array comparisons;
        for (const auto& row : day.comparisons) comparisons.push_back(to_json(row));
        item["comparisons"] = std::move(comparisons);
        out.push_back(std::move(item));
    }
    return out;
}

json::object to_json(const std::vector<storage::RoadCount>& roads) {
    json::object out;
    for (const auto& road : roads) out[road.road] = road.punches;
    return out;
}

struct Month {
    std::string name;  // 2026-11
    local_days first{};
    local_days last{};
};

std::optional<Month> month_of(const Call& call, local_days today) {
    const auto* text = call.parameter("month");
    const std::string name = text == nullptr ? attendance::format_day(today).substr(0, 7) : *text;
    const auto first = name.size() == 7 ? attendance::decode_day(name + "-01") : std::nullopt;
    if (!first) return std::nullopt;
    const std::chrono::year_month_day date{*first};
    return Month{name, *first, local_days(date.year() / date.month() / std::chrono::last)};
}

struct Read {
    talk::Certificate certificate;
    Month month;
};

// The certificate of the month that the call names; nothing: it names none.
boost::asio::awaitable<std::optional<Read>> read_certificate(Context& context, const Terminal& terminal,
                                                             const Call& call) {
    const Instant now = context.now();
    const auto month = month_of(call, today_of(terminal, now));
    if (!month) co_return std::nullopt;
    talk::Period period = period_of(terminal, month->first, month->last, now);
    period.in_service = first_day_of(terminal);
    period.first_seen = decode_utc(terminal.row.first_seen).value_or(Instant{});
    period.now = now;
    period.pushes = terminal.last_push.has_value();
    auto read = [period, pause = context.settings.completeness.after_gap](StoreWorker::Reader reader) {
        return talk::make_certificate(reader.database, period, pause);
    };
    Read result;
    result.certificate = co_await context.worker.read(std::move(read));
    result.month = *month;
    co_return result;
}

json::object to_json(const talk::Certificate& certificate) {
    json::object out;
    out["result"] = certificate.result;
    out["n"] = certificate.difference;
    out["mended"] = certificate.mended;
    out["unknown_days"] = certificate.unknown_days;
    out["punches"] = certificate.punches;
    out["roads"] = to_json(certificate.roads);
    out["also_seen_by"] = to_json(certificate.sightings);
    out["terminal_count"] = certificate.counted_days == 0 ? json::value(nullptr) : certificate.terminal_count;
    out["terminal_counted_days"] = certificate.counted_days;
    json::array pauses;
    for (const auto& pause : certificate.pauses)
        pauses.push_back(json::object{{"since", pause.since}, {"until", pause.until}});
    out["gaps"] = std::move(pauses);
    json::object clock{{"least_ms", nullptr}, {"most_ms", nullptr}, {"last_ms", nullptr}, {"last_at", nullptr}};
    if (!certificate.clock.empty()) {
        const auto [least, most] =
            std::minmax_element(certificate.clock.begin(), certificate.clock.end(),
                                [](const auto& a, const auto& b) { return a.difference_ms < b.difference_ms; });
        clock["least_ms"] = least->difference_ms;
        clock["most_ms"] = most->difference_ms;
        clock["last_ms"] = certificate.clock.back().difference_ms;
        clock["last_at"] = certificate.clock.back().at;
    }
    json::array set_at;
    for (const auto& event : certificate.clock_set) set_at.push_back(json::value(event.device_time));
    clock["set_by_hand_at"] = std::move(set_at);
    out["clock"] = std::move(clock);
    out["digest_sha256"] = certificate.digest;
    out["days"] = to_json(certificate.days);
    return out;
}

}  // namespace

Reply handle_completeness(Context& context, Call call) {
    const Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    const Instant now = context.now();
    const auto* from_text = call.parameter("from");
    const auto* to_text = call.parameter("to");
    const auto to = to_text == nullptr ? today_of(*terminal, now) : attendance::decode_day(*to_text);
    const auto from = from_text != nullptr ? attendance::decode_day(*from_text)
                      : to                 ? std::optional(*to - days(30))
                                           : std::nullopt;
    if (!from || !to || *from > *to || *to - *from >= days(most_days)) co_return problem(400, day_form);
    auto read = [period = period_of(*terminal, *from, *to, now)](StoreWorker::Reader reader) {
        return talk::days_of(reader.database, period);
    };
    const std::vector<talk::Day> list = co_await context.worker.read(std::move(read));
    json::object body;
    body["terminal"] = terminal->row.serial;
    body["from"] = attendance::format_day(*from);
    body["to"] = attendance::format_day(*to);
    body["days"] = to_json(list);
    co_return json_response(200, json::serialize(body));
}

Reply handle_completeness_request(Context& context, Call call) {
    const Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    boost::system::error_code unreadable;
    const json::value value = json::parse(call.request.body, unreadable);
    std::optional<local_days> from;
    std::optional<local_days> to;
    if (!unreadable && value.is_object()) {
        for (const auto& [key, item] : value.get_object()) {
            if (item.is_string() && key == "from") from = attendance::decode_day(std::string_view(item.get_string()));
            if (item.is_string() && key == "to") to = attendance::decode_day(std::string_view(item.get_string()));
        }
    }
    const local_days today = today_of(*terminal, context.now());
    if (!from || !to || *from > *to || *to > today || *to - *from >= days(most_days_asked)) {
        co_return problem(422, R"(the body has to be such as {"from": "2026-11-01", "to": "2026-11-20"}: at most 62 )"
                               "days, none in the future");
    }
    if (!terminal->approved()) {
        co_return problem(409, "this terminal is " + std::string(to_string(terminal->row.state)) +
                                   "; only approved terminals are asked anything");
    }
    if (terminal->row.id == 0) co_return problem(503, "the store does not know this terminal yet; try again");
    auto rows = context.completeness.days_of(*terminal, *from, *to, "asked");
    const std::size_t asked = rows.size();
    const std::string by = call.viewer.name;
    auto open = [rows = std::move(rows), by, serial = terminal->row.serial,
                 detail = json::serialize(value)](storage::Database& database) {
        database.transaction([&] {
            storage::CompletenessRepository repository(database);
            repository.open(rows);
            storage::append_audit(database, rows.front().asked_at, by, "completeness.ask", serial, detail);
        });
        return true;
    };
    co_await context.worker.write(std::move(open));
    context.completeness.look_again();
    json::object body;
    body["days"] = asked;
    co_return json_response(202, json::serialize(body));
}

Reply handle_certificate(Context& context, Call call) {
    const Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    const std::optional<Read> read = co_await read_certificate(context, *terminal, call);
    if (!read) co_return problem(400, "month has to be such as 2026-11");
    json::object body;
    body["terminal"] = terminal->row.serial;
    body["name"] = text_or_null(terminal->row.name);
    body["month"] = read->month.name;
    body["issued_at"] = format_utc(context.now());
    for (auto& [key, item] : to_json(read->certificate)) body[key] = item;
    co_return json_response(200, json::serialize(body));
}

Reply handle_certificate_page(Context& context, Call call) {
    const Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    const std::optional<Read> read = co_await read_certificate(context, *terminal, call);
    if (!read) co_return problem(400, "month has to be such as 2026-11");
    const auto* lang = call.parameter("lang");
    const auto language = lang != nullptr && *lang == "en" ? web::Language::english : web::Language::indonesian;
    web::CertificateData data;
    data.serial = terminal->row.serial;
    data.name = terminal->row.name;
    data.unit = terminal->row.unit;
    data.month = read->month.name;
    data.zone = terminal->row.time_zone;
    const auto local = [&](Instant instant) { return spoken_local(terminal->zone, instant); };
    data.issued_at = local(context.now());
    for (const auto& pause : read->certificate.pauses) {
        data.pauses.emplace_back(local(decode_utc(pause.since).value_or(Instant{})),
                                 local(decode_utc(pause.until).value_or(Instant{})));
    }
    data.certificate = &read->certificate;
    co_return html_response(web::render_certificate(data, language));
}

}  // namespace presensi::admin
