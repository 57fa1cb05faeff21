// People: the list, one of them, their days, and what a list of people changes.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "attendance/sheet_columns.hpp"
#include "daemon/admin/json_text.hpp"
#include "daemon/admin/people_answers.hpp"
#include "daemon/log.hpp"
#include "daemon/people/pins_of_terminals.hpp"
#include "protocol/csv_text.hpp"
#include "protocol/pin.hpp"
#include "protocol/text_fields.hpp"
#include "storage/person_repository.hpp"
#include "storage/pin_evidence_repository.hpp"

namespace presensi::admin {

namespace json = boost::json;
using namespace attendance;

namespace {

json::value day_or_null(const std::optional<Day>& day) {
    return day ? json::value(format_day(*day)) : json::value(nullptr);
}

// As of that day.
json::object person_json(const Person& person, const Directory& directory, Day today) {
    json::object out = brief_json(person, directory, today);
    out["kind"] = to_string(person.kind);
    const Membership* membership = directory.membership_of(person.id, today);
    out["echelon"] = membership == nullptr ? json::value(nullptr) : json::value(to_string(membership->group));
    out["golongan"] = membership == nullptr ? json::value(nullptr) : text_or_null(membership->golongan);
    out["jabatan"] = membership == nullptr ? json::value(nullptr) : text_or_null(membership->jabatan);
    json::array pins;
    for (const auto& pin : directory.pins_of(person.id)) {
        if (!pin.valid.holds(today)) continue;
        json::object item;
        item["pin"] = pin.pin_key;
        item["terminal"] = text_or_null(pin.serial);
        pins.push_back(std::move(item));
    }
    out["pins"] = std::move(pins);
    return out;
}

// Such as POST /api/v1/people takes: sent back as it is, it changes nothing. `from` is for whoever edits a line.
std::string people_csv_header() { return "uuid,nip,name,kind,unit,echelon,golongan,jabatan,pin,from\r\n"; }

std::string people_csv_record(const Person& person, const Directory& directory, Day today) {
    const Membership* membership = directory.membership_of(person.id, today);
    std::string pins;
    for (const auto& pin : directory.pins_of(person.id)) {
        if (pin.serial.empty() && pin.valid.holds(today)) pins += (pins.empty() ? "" : " ") + pin.pin_key;
    }
    const Membership nowhere;
    const auto& at = membership == nullptr ? nowhere : *membership;
    return csv_record(std::array<std::string, 10>{
        person.uuid, person.nip, person.name, std::string(to_string(person.kind)), directory.unit_of(person.id, today),
        membership == nullptr ? "" : std::string(to_string(at.group)), at.golongan, at.jabatan, pins, ""});
}

bool is_looked_for(const Person& person, const Directory& directory, const std::string& query) {
    if (query.empty() || person.uuid == query || to_lower(person.name).find(to_lower(query)) != std::string::npos ||
        (query.size() >= 4 && person.nip.starts_with(query))) {
        return true;
    }
    const auto pins = directory.pins_of(person.id);
    return std::any_of(pins.begin(), pins.end(), [&](const auto& pin) { return pin.pin_key == pin_key(query); });
}

struct ListQuery {
    std::string unit;
    std::string looked_for;
    std::int64_t after = 0;
    std::size_t limit = 1000;
    bool csv = false;
};

Shown list_people(const Directory& directory, const Reach& reach, Day today, const ListQuery& query) {
    Shown shown;
    json::array people;
    std::string csv = people_csv_header();
    std::int64_t next = query.after;
    for (const Person& person : directory.facts().people) {
        if (shown.people.size() == query.limit) break;
        if (person.id <= query.after) continue;
        // A list that is edited and sent back holds nobody whom it could not change.
        if (!(query.csv ? may_see : may_look_at)(reach, directory, person.id, today)) continue;
        if (!query.unit.empty() && !directory.is_within(directory.unit_of(person.id, today), query.unit, today)) {
            continue;
        }
        if (!is_looked_for(person, directory, query.looked_for)) continue;
        next = person.id;
        shown.people.push_back(person.id);
        if (query.csv) {
            csv += people_csv_record(person, directory, today);
        } else {
            people.push_back(person_json(person, directory, today));
        }
    }
    if (query.csv) {
        shown.response = csv_response(std::move(csv));
        shown.response.headers.emplace_back("Presensi-Next", std::to_string(next));
        return shown;
    }
    json::object body;
    body["people"] = std::move(people);
    body["next"] = std::to_string(next);
    shown.response = json_response(200, json::serialize(body));
    return shown;
}

json::array memberships_json(const Directory& directory, std::int64_t person) {
    json::array memberships;
    for (const Membership* membership : directory.memberships_of(person)) {
        json::object item;
        item["unit"] = membership->unit;
        item["echelon"] = to_string(membership->group);
        item["golongan"] = text_or_null(membership->golongan);
        item["jabatan"] = text_or_null(membership->jabatan);
        item["valid_from"] = format_day(membership->valid.from);
        item["valid_to"] = day_or_null(membership->valid.to);
        memberships.push_back(std::move(item));
    }
    return memberships;
}

// The terminals they need, and whether they are in their user lists; null: that list is not known.
json::array enrolments_json(storage::Database& database, const Directory& directory, std::int64_t person, Day today) {
    json::array terminals;
    for (const auto& serial : people::needed_terminals(directory, person, today)) {
        json::object item;
        item["terminal"] = serial;
        item["enrolled"] = nullptr;
        item["name_on_terminal"] = nullptr;
        for (const auto& user : storage::PinEvidenceRepository(database).list_users(serial)) {
            if (item["enrolled"].is_null()) item["enrolled"] = false;
            const Person* holder = directory.person_of(serial, user.pin_key, today);
            if (holder == nullptr || holder->id != person) continue;
            item["enrolled"] = true;
            item["name_on_terminal"] = text_or_null(user.name);
            break;
        }
        terminals.push_back(std::move(item));
    }
    return terminals;
}

Shown show_person(storage::Database& database, const Directory& directory, const Person& person, Day today) {
    json::object body = person_json(person, directory, today);
    body["memberships"] = memberships_json(directory, person.id);
    json::array pins;
    for (const auto& pin : storage::PersonRepository(database).list_pins(person.id)) pins.push_back(to_json(pin));
    body["pins"] = std::move(pins);
    body["terminals"] = enrolments_json(database, directory, person.id, today);
    return {json_response(200, json::serialize(body)), {person.id}};
}

json::object day_json(const Directory& directory, const Person& person, Day day) {
    json::object item;
    item["day"] = format_day(day);
    item["unit"] = text_or_null(directory.unit_of(person.id, day));
    item["working_day"] = directory.is_working_day(day);
    const CalendarDay* holiday = directory.holiday_on(day);
    item["holiday"] = holiday == nullptr ? json::value(nullptr) : json::value(holiday->name);
    item["punches"] = json::array();
    return item;
}

// Of whose unit they were on that day, as it is now.
bool is_theirs(const Reach& reach, const Directory& directory, const Person& person, Day day, Day today) {
    return reach.everything() || reach.has_unit(directory.unit_of(person.id, day), today);
}

struct DaysQuery {
    access::Viewer viewer;
    Day from{};
    Day to{};
    Day today{};
};

// Days on which they were of another unit are left out, but for punches on a terminal of the viewer's.
Shown show_days(storage::Database& database, const attendance::DirectoryPtr& directory, const Person& person,
                const DaysQuery& query) {
    const auto& [viewer, from, to, today] = query;
    const Reach reach = people::reach_of(*directory, viewer);
    std::vector<std::string> keys;
    for (const auto& pin : directory->pins_of(person.id)) {
        if (std::find(keys.begin(), keys.end(), pin.pin_key) == keys.end()) keys.push_back(pin.pin_key);
    }
    std::map<std::string, json::array> punches;  // by day
    people::Naming naming(directory);
    for (const auto& punch :
         storage::PinEvidenceRepository(database).list_punches(keys, people::start_of(from), people::start_of(to))) {
        const auto who = naming.name(punch);
        if (who.person == nullptr || who.person->id != person.id) continue;  // the PIN was another's then
        const Day day = decode_day(punch.device_time.substr(0, 10)).value();
        if (!is_theirs(reach, *directory, person, day, today) && !reach.has_terminal(punch.serial, today)) continue;
        punches[punch.device_time.substr(0, 10)].push_back(to_json(punch, who));
    }
    json::array days;
    for (Day day = from; day < to; day += std::chrono::days(1)) {
        const auto found = punches.find(format_day(day));
        if (found == punches.end() && !is_theirs(reach, *directory, person, day, today)) continue;
        json::object item = day_json(*directory, person, day);
        if (found != punches.end()) item["punches"] = std::move(found->second);
        days.push_back(std::move(item));
    }
    json::object body;
    body["person"] = brief_json(person, *directory, from);
    body["days"] = std::move(days);
    return {json_response(200, json::serialize(body)), {person.id}};
}

http::Response nobody_of_this_uuid() {
    return problem(404, "nobody has this uuid; GET /api/v1/people?q=… looks for a name, a NIP or a PIN");
}

std::optional<http::Response> refuse_days(const Person* person, const Directory& directory, const DaysQuery& query) {
    const Reach reach = people::reach_of(directory, query.viewer);
    if (person == nullptr && reach.everything()) return nobody_of_this_uuid();
    for (Day day = query.from; person != nullptr && day < query.to; day += std::chrono::days(1)) {
        if (is_theirs(reach, directory, *person, day, query.today)) return std::nullopt;
    }
    return not_theirs("this person on these days");
}

}  // namespace

json::object to_json(const storage::PinRow& pin) {
    json::object out;
    out["id"] = std::to_string(pin.id);
    out["pin"] = pin.pin;
    out["terminal"] = text_or_null(pin.serial);
    out["valid_from"] = format_day(pin.valid.from);
    out["valid_to"] = day_or_null(pin.valid.to);
    out["reason"] = text_or_null(pin.reason);
    out["assigned_by"] = pin.assigned_by;
    out["assigned_at"] = pin.assigned_at;
    return out;
}

std::optional<http::Response> refuse_person(const Call& call, const Directory& directory, Day today) {
    const Reach reach = people::reach_of(directory, call.viewer);
    const Person* person = directory.find_person_by_uuid(call.path.at(0));
    if (person == nullptr && reach.everything()) return nobody_of_this_uuid();
    if (person == nullptr || !may_look_at(reach, directory, person->id, today)) {
        return not_theirs("this person");
    }
    return std::nullopt;
}

Reply handle_people(Context& context, Call call) {
    // A spreadsheet does not turn pages: without a limit it gets everybody whom a list may hold.
    const bool is_whole = wants_csv(call) && call.parameter("limit") == nullptr;
    const auto limit = is_whole ? std::optional(static_cast<int>(attendance::most_rows)) : limit_of(call);
    if (!limit) co_return problem(400, "limit has to be a number from 1 to 10000");
    const auto after = id_of(call, "after");
    if (!after) co_return problem(400, "after has to be the next of the page before");
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    const Day today = today_at(context);
    auto refusal = refuse_unit(call, *directory, people::reach_of(*directory, call.viewer), today);
    if (refusal) co_return std::move(*refusal);
    const ListQuery query{text_of(call, "unit"), text_of(call, "q"), *after, static_cast<std::size_t>(*limit),
                          wants_csv(call)};
    auto read = [directory, viewer = call.viewer, today, query](StoreWorker::Reader) {
        return list_people(*directory, people::reach_of(*directory, viewer), today, query);
    };
    Shown shown = co_await context.worker.read(std::move(read));
    http::Response response = co_await answer_naming(context, std::move(call.viewer), std::move(shown));
    co_return response;
}

Reply handle_person(Context& context, Call call) {
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    const Day today = today_at(context);
    auto refusal = refuse_person(call, *directory, today);
    if (refusal) co_return std::move(*refusal);
    const Person* person = directory->find_person_by_uuid(call.path.at(0));
    auto read = [directory, person, today](StoreWorker::Reader reader) {
        return show_person(reader.database, *directory, *person, today);
    };
    Shown shown = co_await context.worker.read(std::move(read));
    http::Response response = co_await answer_naming(context, std::move(call.viewer), std::move(shown));
    co_return response;
}

Reply handle_person_days(Context& context, Call call) {
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    const Day today = today_at(context);
    const std::chrono::year_month_day now{today};
    const auto from = day_of(call, "from", Day{now.year() / now.month() / 1});
    if (!from) co_return no_such_day("from");
    const auto to = day_of(call, "to", std::max(today, *from) + std::chrono::days(1));
    if (!to) co_return no_such_day("to");
    constexpr std::chrono::days longest{100};
    if (*to <= *from || *to - *from > longest) {
        co_return problem(400, "to has to be after from, and at most 100 days; it is the first day that is not shown");
    }
    const Person* person = directory->find_person_by_uuid(call.path.at(0));
    const DaysQuery query{call.viewer, *from, *to, today};
    auto refusal = refuse_days(person, *directory, query);
    if (refusal) co_return std::move(*refusal);
    auto read = [directory, person, query](StoreWorker::Reader reader) {
        return show_days(reader.database, directory, *person, query);
    };
    Shown shown = co_await context.worker.read(std::move(read));
    http::Response response = co_await answer_naming(context, std::move(call.viewer), std::move(shown));
    co_return response;
}

Reply handle_people_import(Context& context, Call call) {
    http::Response response = co_await take_lines(context, std::move(call), LinesOf::people);
    co_return response;
}

}  // namespace presensi::admin
