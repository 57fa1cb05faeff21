// Files that people bring (architecture 5.3).
#include <boost/json/serialize.hpp>

#include <optional>
#include <string>
#include <utility>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/upload/report.hpp"
#include "daemon/upload/take_file.hpp"

namespace presensi::admin {

namespace json = boost::json;

namespace {

bool says_yes(const Call& call, const char* name) {
    const auto* value = call.parameter(name);
    return value != nullptr && (*value == "1" || *value == "true");
}

std::optional<usb::DateOrder> date_order_of(const Call& call) {
    const auto* value = call.parameter("date_order");
    if (value == nullptr) return usb::DateOrder::by_the_file;
    if (*value == "day_first") return usb::DateOrder::day_first;
    if (*value == "month_first") return usb::DateOrder::month_first;
    return std::nullopt;
}

}  // namespace

Reply handle_upload(Context& context, Call call) {
    Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    if (!terminal->approved()) {
        co_return problem(409, "this terminal is " + std::string(to_string(terminal->row.state)) +
                                   "; files are taken for approved terminals only");
    }
    const auto date_order = date_order_of(call);
    if (!date_order) co_return problem(400, "date_order has to be day_first or month_first");
    if (terminal->row.id == 0) co_return problem(503, "the store does not know this terminal yet; try again");
    upload::Brought brought;
    brought.bytes = std::move(call.request.body);
    brought.by = call.viewer.name;
    brought.peer = std::move(call.request.peer);
    brought.date_order = *date_order;
    brought.dry_run = says_yes(call, "dry_run");
    brought.confirmed = says_yes(call, "confirm");
    const upload::Corridor corridor{context.ingest, context.worker, context.now, context.settings.limits.line};
    const bool dry_run = brought.dry_run;
    const upload::Taken taken = co_await upload::take_file(corridor, *terminal, std::move(brought));
    if (!taken.refusal.empty()) co_return problem(422, taken.refusal);
    co_return json_response(dry_run ? 200 : 201, json::serialize(upload::to_json(taken)));
}

}  // namespace presensi::admin
