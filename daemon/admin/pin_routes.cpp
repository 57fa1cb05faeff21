// PINs of one person.
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <utility>

#include "attendance/pin_claims.hpp"
#include "daemon/admin/people_answers.hpp"
#include "daemon/log.hpp"
#include "daemon/people/pins_of_terminals.hpp"
#include "protocol/pin.hpp"
#include "protocol/text_fields.hpp"
#include "storage/delivery_repository.hpp"
#include "storage/directory_repository.hpp"
#include "storage/person_repository.hpp"

namespace presensi::admin {

namespace json = boost::json;
using namespace attendance;

namespace {

constexpr std::size_t longest_reason = 200;

// Of the body; what is absent is empty.
struct Wish {
    std::string pin;
    std::string terminal;
    std::string reason;
    std::optional<Day> from;
    std::optional<Day> to;
    std::string problem;
};

Wish decode_wish(std::string_view body, std::string_view known, std::string_view example) {
    Wish wish;
    boost::system::error_code unreadable;
    const json::value value = json::parse(body, unreadable);
    if (unreadable || !value.is_object()) {
        wish.problem = "the body has to be a JSON object such as " + std::string(example);
        return wish;
    }
    for (const auto& [name, item] : value.get_object()) {
        const std::string key = to_stored_text(std::string_view(name));
        if (known.find(" " + key + " ") == known.npos) {
            wish.problem = "'" + key + "' is not known here; these are:" + std::string(known);
        } else if (key == "terminal" && item.is_null()) {
            continue;
        } else if (!item.is_string()) {
            wish.problem = "'" + key + "' has to be a text";
        } else {
            const std::string text(item.get_string());
            if (key == "pin") wish.pin = std::string(trim_blanks(text));
            if (key == "terminal") wish.terminal = text;
            if (key == "reason") wish.reason = text;
            if (key == "from") wish.from = decode_day(text);
            if (key == "to") wish.to = decode_day(text);
            if ((key == "from" && !wish.from) || (key == "to" && !wish.to)) {
                wish.problem = "'" + key + "' has to be a day such as 2026-10-01";
            }
        }
    }
    if (wish.reason.size() > longest_reason || to_stored_text(wish.reason) != wish.reason) {
        wish.problem = "reason has to be at most 200 bytes without control characters";
    }
    return wish;
}

std::string describe(const storage::PinRow& pin, const std::string& reason) {
    json::object detail = to_json(pin);
    for (const char* known : {"assigned_by", "assigned_at"}) detail.erase(known);
    detail["reason"] = reason;
    return json::serialize(detail);
}

const storage::PinRow* find_held(const std::vector<storage::PinRow>& pins, const std::string& key,
                                 const std::string& serial, Day day) {
    const auto found = std::find_if(pins.begin(), pins.end(), [&](const auto& pin) {
        return pin.serial == serial && pin_key(pin.pin) == key && pin.valid.holds(day);
    });
    return found == pins.end() ? nullptr : &*found;
}

http::Response answer_of(unsigned status, const storage::PinRow& pin, const std::string& warning) {
    json::object body = to_json(pin);
    body["warning"] = warning.empty() ? json::value(nullptr) : json::value(warning);
    return json_response(status, json::serialize(body));
}

// Who asks, for what, and when: what the storage thread needs.
struct Order {
    std::string uuid;
    access::Viewer viewer;
    std::string at;
    Wish wish;
};

http::Response assign(storage::Database& database, const std::vector<TerminalPlace>& terminals, const Order& order) {
    http::Response response;
    database.transaction([&] {
        storage::DirectoryRepository directories(database);
        directories.changed();  // first: whoever changes something at the same time waits here
        Facts facts = directories.load();
        facts.terminals = terminals;
        const Directory directory(std::move(facts));
        const Reach reach = people::reach_of(directory, order.viewer);
        const Person* person = directory.find_person_by_uuid(order.uuid);
        const NamesOfPins names = people::names_of_pins(database);
        const PinClaims claims(directory, reach, names);
        std::vector<std::string> serials;
        if (!order.wish.terminal.empty()) serials.push_back(order.wish.terminal);
        const auto answer = claims.ask({person->id, person->name, order.wish.pin, serials, *order.wish.from});
        if (!answer.problem.empty()) {
            response = problem(409, answer.problem);
            return;
        }
        storage::PersonRepository people(database);
        if (!answer.claims.empty()) {
            const auto& claim = answer.claims.front();
            const std::array rows{storage::PinRow{0, person->id, claim.serial, claim.pin, claim.valid,
                                                  order.wish.reason, order.viewer.name, order.at}};
            people.add_pins(rows);
        }
        const auto pins = people.list_pins(person->id);
        const auto* pin = find_held(pins, pin_key(order.wish.pin), order.wish.terminal, *order.wish.from);
        if (!answer.claims.empty()) {
            storage::append_audit(database, order.at, order.viewer.name, "pin.assign", person->uuid,
                                  describe(*pin, order.wish.reason));
        }
        response = answer_of(answer.claims.empty() ? 200 : 201, *pin, answer.warning);
    });
    return response;
}

http::Response end_pin(storage::Database& database, const Directory& directory, std::int64_t person, std::int64_t id,
                       const Order& order) {
    http::Response response;
    database.transaction([&] {
        storage::DirectoryRepository(database).changed();
        storage::PersonRepository people(database);
        auto pin = people.find_pin(id);
        if (!pin || pin->person_id != person) {
            response =
                problem(404, "this person has no such PIN; GET /api/v1/people/{uuid} lists theirs with their ids");
            return;
        }
        if (!pin->serial.empty() &&
            !people::reach_of(directory, order.viewer).has_terminal(pin->serial, *order.wish.to)) {
            response = problem(403, "this PIN is theirs on terminal " + pin->serial + ", which is not yours");
            return;
        }
        if (pin->valid.to) {
            response = problem(409, "this PIN ended on " + format_day(*pin->valid.to) + " already");
            return;
        }
        if (*order.wish.to < pin->valid.from) {
            response = problem(409, "this PIN is theirs from " + format_day(pin->valid.from) +
                                        "; to end it on that day says that it never was");
            return;
        }
        people.end_pin(id, *order.wish.to);
        pin->valid.to = order.wish.to;
        storage::append_audit(database, order.at, order.viewer.name, "pin.end", order.uuid,
                              describe(*pin, order.wish.reason));
        response = answer_of(200, *pin, {});
    });
    return response;
}

}  // namespace

Reply handle_pin_assignment(Context& context, Call call) {
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    const Day today = today_at(context);
    auto refusal = refuse_person(call, *directory, today);
    if (refusal) co_return std::move(*refusal);
    auto order = std::make_shared<Order>();
    order->wish = decode_wish(call.request.body, " pin terminal from reason ",
                              R"({"pin": "1042", "from": "2026-10-01"}; with "terminal" it is theirs there alone)");
    if (!order->wish.problem.empty()) co_return problem(422, order->wish.problem);
    if (order->wish.pin.empty() || !is_valid_pin(order->wish.pin)) {
        co_return problem(422, "pin has to be a text of 1 to 64 bytes without control characters, such as \"1042\"");
    }
    if (!order->wish.from) order->wish.from = today;
    const Person* person = directory->find_person_by_uuid(call.path.at(0));
    if (!people::reach_of(*directory, call.viewer).may_change(person->id, *order->wish.from)) {
        co_return problem(403, "from that day on this person is of a unit that is not yours");
    }
    order->uuid = person->uuid;
    order->viewer = call.viewer;
    order->at = format_utc(context.now());
    auto save = [directory, order](storage::Database& database) {
        return assign(database, directory->facts().terminals, *order);
    };
    http::Response response = co_await context.worker.write(std::move(save));
    co_return response;
}

Reply handle_pin_end(Context& context, Call call) {
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    const Day today = today_at(context);
    auto refusal = refuse_person(call, *directory, today);
    if (refusal) co_return std::move(*refusal);
    const auto id = decode_id(call.path.at(1));
    if (!id) co_return problem(404, "a PIN's id is a number");
    auto order = std::make_shared<Order>();
    order->wish = decode_wish(call.request.body, " to reason ", R"({"to": "2026-11-01", "reason": "PIN is reused"})");
    if (!order->wish.problem.empty()) co_return problem(422, order->wish.problem);
    if (!order->wish.to) order->wish.to = today;
    const Person* person = directory->find_person_by_uuid(call.path.at(0));
    order->uuid = person->uuid;
    order->viewer = call.viewer;
    order->at = format_utc(context.now());
    auto save = [directory, person = person->id, id = *id, order](storage::Database& database) {
        return end_pin(database, *directory, person, id, *order);
    };
    http::Response response = co_await context.worker.write(std::move(save));
    co_return response;
}

}  // namespace presensi::admin
