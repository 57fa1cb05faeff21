// What is not as it should be between PINs and people.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "attendance/matching.hpp"
#include "daemon/admin/json_text.hpp"
#include "daemon/admin/people_answers.hpp"
#include "daemon/people/pins_of_terminals.hpp"
#include "protocol/csv_text.hpp"

namespace presensi::admin {

namespace json = boost::json;
using namespace attendance;
using Evidence = storage::PinEvidenceRepository;

namespace {

struct ReportQuery {
    std::string unit;
    std::string terminal;
    access::Viewer viewer;
    Day today{};
    Day from{};
    Day to{};
    bool csv = false;
};

// What every report has: rows as JSON or CSV, of terminals and people that the viewer may see.
class Report {
public:
    Report(const Directory& directory, const ReportQuery& query)
        : directory_(directory), query_(query), reach_(people::reach_of(directory, query.viewer)) {}

    const Directory& directory() const { return directory_; }
    const Reach& reach() const { return reach_; }
    const ReportQuery& query() const { return query_; }
    bool csv() const { return query_.csv; }

    bool has_terminal(const std::string& serial) const {
        return (query_.terminal.empty() || serial == query_.terminal) && reach_.has_terminal(serial, query_.today);
    }
    bool has_person(std::int64_t person) const {
        return may_see(reach_, directory_, person, query_.today) &&
               (query_.unit.empty() ||
                directory_.is_within(directory_.unit_of(person, query_.today), query_.unit, query_.today));
    }
    json::object name(const Person& person) {
        people_.push_back(person.id);
        return brief_json(person, directory_, query_.today);
    }
    void add(json::object row) { rows_.push_back(std::move(row)); }

    template <std::size_t N>
    void add_csv(const std::array<std::string, N>& fields) {
        csv_ += csv_record(fields);
    }

    Shown finish(const char* key) {
        if (query_.csv) return {csv_response(std::move(csv_)), std::move(people_)};
        json::object body;
        body[key] = std::move(rows_);
        return {json_response(200, json::serialize(body)), std::move(people_)};
    }

private:
    const Directory& directory_;
    const ReportQuery& query_;
    const Reach reach_;
    json::array rows_;
    std::string csv_;
    std::vector<std::int64_t> people_;
};

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const auto& word : words) all += (all.empty() ? "" : " ") + word;
    return all;
}

// PINs that terminals have under names that cannot be one person's, or that are two people's.
Shown report_collisions(storage::Database& database, const Directory& directory, const ReportQuery& query) {
    Report report(directory, query);
    std::vector<UnknownPin> pins;
    std::map<std::pair<std::string, std::string>, std::string> names_on;  // by terminal and PIN key
    for (auto& user : Evidence(database).list_users()) {
        names_on[{user.serial, user.pin_key}] = user.name;
        pins.push_back({std::move(user.serial), std::move(user.pin), std::move(user.pin_key), std::move(user.name)});
    }
    std::map<std::string, std::vector<const PinAssignment*>> holders;
    for (const auto& pin : directory.facts().pins) {
        if (pin.valid.holds(query.today)) holders[pin.pin_key].push_back(&pin);
    }
    struct Collision {
        std::vector<const Match*> names;
        std::vector<const PinAssignment*> people;
    };
    std::map<std::string, Collision> collisions;  // by PIN key
    const auto matches = match_pins(pins, {});
    for (const Match& match : matches) {
        if (match.shared && !match.name.empty()) collisions[match.pin_key].names.push_back(&match);
    }
    for (const auto& [key, list] : holders) {
        const std::int64_t first = list[0]->person;
        if (std::any_of(list.begin(), list.end(), [first](const auto* pin) { return pin->person != first; })) {
            collisions[key].people = list;
        }
    }
    report.add_csv(std::array<std::string, 6>{"pin", "name_on_terminal", "terminals", "person", "name", "unit"});
    for (const auto& [key, collision] : collisions) {
        json::array names;
        json::array people;
        std::size_t elsewhere = 0;  // on terminals, or of people, of other units
        std::vector<std::array<std::string, 6>> lines;
        for (const Match* match : collision.names) {
            std::vector<std::string> serials;
            for (const auto& serial : match->serials) {
                if (report.has_terminal(serial)) serials.push_back(serial);
            }
            if (serials.empty()) {
                ++elsewhere;
                continue;
            }
            // The spellings of their terminals alone.
            std::string name;
            for (const auto& serial : serials) {
                const std::string& there = names_on.at({serial, key});
                if (name.size() < there.size()) name = there;
            }
            lines.push_back({key, name, joined(serials), "", "", ""});
            json::object item;
            item["name"] = name;
            item["terminals"] = json::array(serials.begin(), serials.end());
            names.push_back(std::move(item));
        }
        for (const PinAssignment* pin : collision.people) {
            const Person* person = directory.find_person(pin->person);
            if (person == nullptr || !report.has_person(person->id)) {
                ++elsewhere;
                continue;
            }
            json::object item = report.name(*person);
            item["terminal"] = text_or_null(pin->serial);
            lines.push_back(
                {key, "", pin->serial, person->uuid, person->name, directory.unit_of(person->id, query.today)});
            people.push_back(std::move(item));
        }
        if (names.empty() && people.empty()) continue;
        for (const auto& line : lines) report.add_csv(line);
        json::object row;
        row["pin"] = key;
        row["names"] = std::move(names);
        row["people"] = std::move(people);
        row["elsewhere"] = elsewhere;
        report.add(std::move(row));
    }
    return report.finish("collisions");
}

// Users of terminals who are nobody known.
Shown report_orphans(storage::Database& database, const Directory& directory, const ReportQuery& query) {
    Report report(directory, query);
    report.add_csv(std::array<std::string, 4>{"terminal", "pin", "name_on_terminal", "seen_at"});
    for (const auto& user : Evidence(database).list_users(query.terminal)) {
        if (!report.has_terminal(user.serial)) continue;
        if (directory.person_of(user.serial, user.pin_key, query.today) != nullptr) continue;
        report.add_csv(std::array<std::string, 4>{user.serial, user.pin, user.name, user.seen_at});
        json::object row;
        row["terminal"] = user.serial;
        row["pin"] = user.pin;
        row["name_on_terminal"] = text_or_null(user.name);
        row["seen_at"] = user.seen_at;
        report.add(std::move(row));
    }
    return report.finish("orphans");
}

// Punches of nobody known.
Shown report_unmatched(storage::Database& database, const Directory& directory, const ReportQuery& query) {
    Report report(directory, query);
    report.add_csv(std::array<std::string, 5>{"terminal", "pin", "punches", "first", "last"});
    for (const auto& one : people::find_unmatched(database, directory, query.from, query.to)) {
        if (!report.has_terminal(one.serial)) continue;
        report.add_csv(
            std::array<std::string, 5>{one.serial, one.pin, std::to_string(one.punches), one.first, one.last});
        json::object row;
        row["terminal"] = one.serial;
        row["pin"] = one.pin;
        row["punches"] = one.punches;
        row["first"] = one.first;
        row["last"] = one.last;
        report.add(std::move(row));
    }
    return report.finish("unmatched");
}

// People who are not in the user list of a terminal that they need.
Shown report_missing(storage::Database& database, const Directory& directory, const ReportQuery& query) {
    Report report(directory, query);
    std::set<std::pair<std::string, std::int64_t>> enrolled;  // serial and person
    std::map<std::string, std::int64_t> users;                // by serial
    for (const auto& user : Evidence(database).list_users()) {
        ++users[user.serial];
        const Person* person = directory.person_of(user.serial, user.pin_key, query.today);
        if (person != nullptr) enrolled.emplace(user.serial, person->id);
    }
    std::map<std::string, std::vector<const Person*>> missing;  // by serial
    for (const Person& person : directory.facts().people) {
        if (!report.has_person(person.id)) continue;
        for (const auto& serial : people::needed_terminals(directory, person.id, query.today)) {
            if (!query.terminal.empty() && serial != query.terminal) continue;
            if (!enrolled.contains({serial, person.id})) missing[serial].push_back(&person);
        }
    }
    report.add_csv(std::array<std::string, 6>{"terminal", "pins", "person", "nip", "name", "unit"});
    for (const auto& [serial, list] : missing) {
        json::array people;
        for (const Person* person : list) {
            json::object item = report.name(*person);
            std::vector<std::string> pins;
            for (const auto& pin : directory.pins_of(person->id)) {
                if (pin.valid.holds(query.today) && (pin.serial.empty() || pin.serial == serial)) {
                    pins.push_back(pin.pin_key);
                }
            }
            report.add_csv(std::array<std::string, 6>{serial, joined(pins), person->uuid, person->nip, person->name,
                                                      directory.unit_of(person->id, query.today)});
            item["pins"] = json::array(pins.begin(), pins.end());
            people.push_back(std::move(item));
        }
        json::object row;
        row["terminal"] = serial;
        row["users"] = users[serial];  // 0: its user list is not known
        row["people"] = std::move(people);
        report.add(std::move(row));
    }
    return report.finish("missing");
}

using Make = Shown (*)(storage::Database&, const Directory&, const ReportQuery&);

Reply answer_report(Context& context, Call call, Make make) {
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    const Day today = today_at(context);
    const Reach reach = people::reach_of(*directory, call.viewer);
    auto refusal = refuse_unit(call, *directory, reach, today);
    // Who is missing on an apel terminal, the unit may know.
    if (!refusal && make != report_missing) refusal = refuse_terminal(call, *directory, reach, today);
    if (refusal) co_return std::move(*refusal);
    const std::chrono::year_month_day now{today};
    const auto month_before = std::chrono::year_month(now.year(), now.month()) - std::chrono::months(1);
    const auto from = day_of(call, "from", Day{month_before / 1});
    if (!from) co_return no_such_day("from");
    const auto to = day_of(call, "to", std::max(today, *from) + std::chrono::days(1));
    if (!to) co_return no_such_day("to");
    const ReportQuery query{text_of(call, "unit"), text_of(call, "terminal"), call.viewer, today, *from, *to,
                            wants_csv(call)};
    auto read = [directory, query, make](StoreWorker::Reader reader) {
        return make(reader.database, *directory, query);
    };
    Shown shown = co_await context.worker.read(std::move(read));
    http::Response response = co_await answer_naming(context, std::move(call.viewer), std::move(shown));
    co_return response;
}

}  // namespace

Reply handle_collisions(Context& context, Call call) {
    return answer_report(context, std::move(call), report_collisions);
}

Reply handle_orphans(Context& context, Call call) { return answer_report(context, std::move(call), report_orphans); }

Reply handle_unmatched(Context& context, Call call) {
    return answer_report(context, std::move(call), report_unmatched);
}

Reply handle_missing(Context& context, Call call) { return answer_report(context, std::move(call), report_missing); }

}  // namespace presensi::admin
