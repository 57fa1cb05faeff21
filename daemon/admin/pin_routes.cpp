// PINs of one person.
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
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

// Theirs there on the day that was asked for; for all terminals also one that is for some only.
const storage::PinRow& held(const std::vector<storage::PinRow>& pins, const Wish& wish, const std::string& serial) {
    const auto find = [&](bool anywhere) {
        return std::find_if(pins.begin(), pins.end(), [&](const auto& pin) {
            return (anywhere || pin.serial == serial) && pin_key(pin.pin) == pin_key(wish.pin) &&
                   pin.valid.holds(*wish.from);
        });
    };
    const auto there = find(false);
    return there == pins.end() ? *find(true) : *there;
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
    NamesOfPins names{};
};

// What is recorded, for a change in this transaction.
Facts load_changing(storage::Database& database, const std::vector<TerminalPlace>& terminals) {
    storage::DirectoryRepository directories(database);
    directories.changed();  // first: whoever changes something at the same time waits here
    Facts facts = directories.load();
    facts.terminals = terminals;
    return facts;
}

http::Response assign(storage::Database& database, const std::vector<TerminalPlace>& terminals, const Order& order) {
    http::Response response;
    database.transaction([&] {
        const Directory directory(load_changing(database, terminals));
        const Reach reach = people::reach_of(directory, order.viewer);
        const Person* person = directory.find_person_by_uuid(order.uuid);
        if (!reach.span_of(person->id, *order.wish.from)) {
            response = problem(403, "on that day this person is of a unit that is not yours");
            return;
        }
        const PinClaims claims(directory, reach, order.names);
        std::vector<std::string> serials;
        if (!order.wish.terminal.empty()) serials.push_back(order.wish.terminal);
        const auto answer = claims.ask({person->id, person->name, order.wish.pin, serials, *order.wish.from});
        if (!answer.problem.empty()) {
            response = problem(409, answer.problem);
            return;
        }
        storage::PersonRepository people(database);
        std::vector<storage::PinRow> rows;
        for (const auto& claim : answer.claims) {
            rows.push_back(
                {0, person->id, claim.serial, claim.pin, claim.valid, order.wish.reason, order.viewer.name, order.at});
        }
        people.add_pins(rows);
        const auto pins = people.list_pins(person->id);
        for (const auto& claim : answer.claims) {
            storage::append_audit(database, order.at, order.viewer.name, "pin.assign", person->uuid,
                                  describe(held(pins, order.wish, claim.serial), order.wish.reason));
        }
        // What was asked for on all terminals may be theirs on some only; the warning says so.
        const std::string serial = answer.claims.empty() ? order.wish.terminal : answer.claims.front().serial;
        response = answer_of(answer.claims.empty() ? 200 : 201, held(pins, order.wish, serial), answer.warning);
    });
    return response;
}

http::Response end_pin(storage::Database& database, const std::vector<TerminalPlace>& terminals, std::int64_t person,
                       std::int64_t id, const Order& order) {
    http::Response response;
    database.transaction([&] {
        const Directory directory(load_changing(database, terminals));
        const Reach reach = people::reach_of(directory, order.viewer);
        if (!reach.may_change(person, *order.wish.to)) {
            response = problem(403, "from that day on this person is, at times, of a unit that is not yours");
            return;
        }
        storage::PersonRepository people(database);
        auto pin = people.find_pin(id);
        if (!pin || pin->person_id != person) {
            response =
                problem(404, "this person has no such PIN; GET /api/v1/people/{uuid} lists theirs with their ids");
            return;
        }
        const auto needed = people::needed_terminals(directory, person, *order.wish.to);
        if (!pin->serial.empty() && !reach.has_terminal(pin->serial, *order.wish.to) &&
            std::find(needed.begin(), needed.end(), pin->serial) == needed.end()) {
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
    order->uuid = person->uuid;
    order->viewer = call.viewer;
    order->at = format_utc(context.now());
    auto look = [viewer = call.viewer, today](StoreWorker::Reader reader) {
        return people::names_of_pins(reader.database, viewer, today);
    };
    order->names = co_await context.worker.read(std::move(look));
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
        return end_pin(database, directory->facts().terminals, person, id, *order);
    };
    http::Response response = co_await context.worker.write(std::move(save));
    co_return response;
}

}  // namespace presensi::admin
