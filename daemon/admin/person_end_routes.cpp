// Somebody leaves: their membership and their PINs end.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <memory>
#include <utility>

#include "daemon/admin/people_answers.hpp"
#include "daemon/log.hpp"
#include "daemon/people/pins_of_terminals.hpp"
#include "protocol/text_fields.hpp"
#include "storage/delivery_repository.hpp"
#include "storage/directory_repository.hpp"
#include "storage/person_repository.hpp"

namespace presensi::admin {

namespace json = boost::json;
using namespace attendance;

namespace {

constexpr std::size_t longest_reason = 200;
constexpr std::string_view example = R"(the body has to be such as {"to": "2026-11-01", "reason": "retired"})";

// Who asks, for what, and when: what the storage thread needs.
struct Order {
    std::string uuid;
    access::Viewer viewer;
    std::string at;
    Day to{};
    std::string reason;
    std::string problem;
};

Order decode_order(std::string_view body) {
    Order order;
    boost::system::error_code unreadable;
    const json::value value = json::parse(body, unreadable);
    if (unreadable || !value.is_object() || value.get_object().size() != 2) {
        order.problem = example;
        return order;
    }
    const auto text = [&](const char* key) {
        const auto* item = value.get_object().if_contains(key);
        return item != nullptr && item->is_string() ? std::string(item->get_string()) : std::string();
    };
    const auto to = decode_day(text("to"));
    order.reason = text("reason");
    if (!to || trim_blanks(order.reason).empty()) {
        order.problem = example;
    } else if (order.reason.size() > longest_reason || to_stored_text(order.reason) != order.reason) {
        order.problem = "reason has to be at most 200 bytes without control characters";
    } else {
        order.to = *to;
    }
    return order;
}

// Those that would go on; a PIN that begins later never was.
std::vector<storage::PinRow> pins_to_end(storage::PersonRepository& people, std::int64_t person, Day to) {
    auto pins = people.list_pins(person);
    std::erase_if(pins, [&](const auto& pin) {
        return pin.valid.to && (*pin.valid.to <= to || *pin.valid.to <= pin.valid.from);
    });
    for (auto& pin : pins) pin.valid.to = std::max(to, pin.valid.from);
    return pins;
}

http::Response end_person(storage::Database& database, const Order& order) {
    http::Response response;
    database.transaction([&] {
        storage::DirectoryRepository directories(database);
        directories.changed();  // first: whoever changes something at the same time waits here
        const Directory directory(directories.load());
        const Person* person = directory.find_person_by_uuid(order.uuid);
        const auto memberships = directory.memberships_of(person->id);
        if (memberships.empty() || memberships.back()->valid.to) {
            response = problem(409, "this person is of no unit any more");
            return;
        }
        const Membership& last = *memberships.back();
        if (order.to < last.valid.from) {
            response = problem(409, "this person is of " + last.unit + " from " + format_day(last.valid.from) +
                                        " on; to end it on that day says that they never were");
            return;
        }
        if (!people::reach_of(directory, order.viewer).may_change(person->id, order.to)) {
            response = problem(403, "from that day on this person is of a unit that is not yours");
            return;
        }
        storage::PersonRepository people(database);
        people.end_membership(person->id, order.to);
        json::array ended;
        for (const auto& pin : pins_to_end(people, person->id, order.to)) {
            people.end_pin(pin.id, *pin.valid.to);
            ended.push_back(json::object{{"pin", pin.pin}, {"terminal", pin.serial}});
        }
        const json::object body{
            {"uuid", person->uuid}, {"unit", last.unit}, {"to", format_day(order.to)}, {"pins_ended", ended.size()}};
        storage::append_audit(database, order.at, order.viewer.name, "person.end", person->uuid,
                              json::serialize(json::object{{"unit", last.unit},
                                                           {"to", format_day(order.to)},
                                                           {"pins", std::move(ended)},
                                                           {"reason", order.reason}}));
        response = json_response(200, json::serialize(body));
    });
    return response;
}

}  // namespace

Reply handle_person_end(Context& context, Call call) {
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    auto refusal = refuse_person(call, *directory, today_at(context));
    if (refusal) co_return std::move(*refusal);
    auto order = std::make_shared<Order>(decode_order(call.request.body));
    if (!order->problem.empty()) co_return problem(422, order->problem);
    order->uuid = directory->find_person_by_uuid(call.path.at(0))->uuid;
    order->viewer = call.viewer;
    order->at = format_utc(context.now());
    auto save = [order](storage::Database& database) { return end_person(database, *order); };
    http::Response response = co_await context.worker.write(std::move(save));
    if (response.status == 200) {
        log::info("people.left", "somebody left",
                  {{"person", order->uuid}, {"to", format_day(order->to)}, {"by", call.viewer.name}});
    }
    co_return response;
}

}  // namespace presensi::admin
