#include "daemon/period/roll.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <map>
#include <optional>

#include "daemon/period/whose.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::period {

namespace json = boost::json;

namespace {

std::optional<Roll> decode(const std::string& detail) {
    boost::system::error_code unreadable;
    const json::value value = json::parse(detail, unreadable);
    const auto* kept = !unreadable && value.is_object() ? value.get_object().if_contains(roll_key) : nullptr;
    if (kept == nullptr) return std::nullopt;
    Roll roll;
    for (const auto& person : kept->at("people").as_array()) {
        const auto text = [&](const char* key) { return std::string(person.at(key).as_string()); };
        roll.people.push_back({person.at("id").to_number<std::int64_t>(), text("name"), text("nip"), text("jabatan")});
    }
    for (const auto& punch : kept->at("elsewhere").as_array()) {
        roll.elsewhere.insert(punch.to_number<std::int64_t>());
    }
    return roll;
}

}  // namespace

Roll call_roll(const Question& question, const std::string& unit, const std::vector<UnitPunch>& punches) {
    const attendance::Directory& directory = *question.directory;
    std::map<std::int64_t, const attendance::Membership*> members;  // the last of the month
    for (const auto& stay : Whose(directory, question.month).stays()) {
        if (stay.unit != unit) continue;
        const auto*& member = members[stay.membership->person];
        if (member == nullptr || member->valid.from < stay.membership->valid.from) member = stay.membership;
    }
    Roll roll;
    for (const auto& [punch, person] : punches) {
        if (person == 0) continue;
        members.try_emplace(person, nullptr);
        const auto time = decode_device_time(punch.row.device_time);
        if (time && !directory.is_expected(person, punch.row.serial, *time)) roll.elsewhere.insert(punch.row.id);
    }
    for (const auto& [id, membership] : members) {
        const auto* person = directory.find_person(id);
        if (person == nullptr) continue;
        roll.people.push_back({id, person->name, person->nip, membership == nullptr ? "" : membership->jabatan});
    }
    return roll;
}

Roll roll_of(storage::Database& database, const Question& question, const storage::PeriodRow& row,
             const std::vector<UnitPunch>& punches) {
    if (row.state == "frozen") {
        for (const auto& step : storage::PeriodRepository(database).list_steps(row.id)) {
            if (auto roll = step.step == "freeze" ? decode(step.detail) : std::nullopt) return std::move(*roll);
        }
    }
    return call_roll(question, row.unit, punches);
}

json::object to_json(const Roll& roll) {
    json::array people;
    for (const auto& person : roll.people) {
        people.push_back(
            json::object{{"id", person.id}, {"name", person.name}, {"nip", person.nip}, {"jabatan", person.jabatan}});
    }
    json::array elsewhere;
    for (const auto punch : roll.elsewhere) elsewhere.push_back(json::value(punch));
    return {{"people", std::move(people)}, {"elsewhere", std::move(elsewhere)}};
}

}  // namespace presensi::period
