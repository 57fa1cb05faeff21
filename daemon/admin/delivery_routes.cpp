#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/narrowed_list.hpp"
#include "daemon/admin/routes.hpp"
#include "protocol/text_fields.hpp"
#include "storage/glance_repository.hpp"

namespace presensi::admin {

namespace json = boost::json;

namespace {

// The newest of one terminal first, for a person who looks; `after` is for programs that miss nothing.
Reply list_latest_rejects(Context& context, const Call& call) {
    const auto latest = decode_number(*call.parameter("latest"), 1, 10'000);
    if (!latest) co_return problem(400, "latest has to be a number from 1 to 10000");
    const auto* terminal = call.parameter("terminal");
    if (terminal == nullptr || call.parameter("after") != nullptr || call.parameter("limit") != nullptr) {
        co_return problem(400, "latest goes with terminal, and without after and limit");
    }
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    json::object body;
    body["rejects"] = json::array();
    if (sight->sees_terminal(*terminal)) {
        auto read = [serial = *terminal, most = *latest](StoreWorker::Reader reader) {
            json::array list;
            for (const auto& row : storage::GlanceRepository(reader.database).list_latest_rejects(serial, most)) {
                list.push_back(to_json(row));
            }
            return list;
        };
        json::array list = co_await context.worker.read(std::move(read));
        body["rejects"] = std::move(list);
    }
    body["next"] = nullptr;
    co_return json_response(200, json::serialize(body));
}

}  // namespace

Reply handle_rejects(Context& context, Call call) {
    if (call.parameter("latest") != nullptr) {
        http::Response response = co_await list_latest_rejects(context, call);
        co_return response;
    }
    const auto limit = limit_of(call);
    if (!limit) co_return problem(400, "limit has to be a number from 1 to 10000");
    const auto after = id_of(call, "after");
    if (!after) co_return problem(400, "after has to be the 'next' of the page before");
    std::optional<std::string> serial;
    if (const auto* terminal = call.parameter("terminal")) serial = *terminal;
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    auto list = [serial](storage::Database& database, std::int64_t from, int most) {
        return storage::DeliveryRepository(database).list_rejects(from, most, serial);
    };
    auto sees = [sight](const storage::RejectRow& row) { return sight->sees_terminal(row.serial); };
    auto to_row = [](const storage::RejectRow& row) { return to_json(row); };
    const NarrowedList rejects = co_await list_narrowed(context, *after, *limit, sight->sees_all(), list, sees, to_row);
    co_return list_response("rejects", rejects);
}

Reply handle_delivery(Context& context, Call call) {
    const auto id = decode_id(call.path.at(0));
    if (!id) co_return problem(404, "there is no delivery with this id");
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    auto read = [id = *id, sight](StoreWorker::Reader reader) {
        const auto row = storage::DeliveryRepository(reader.database).find(id);
        // Who may not see it does not learn whether it is there.
        if (!sight->sees_all() && (!row || !sight->sees_terminal(row->serial))) return not_theirs("this delivery");
        if (!row) return problem(404, "there is no delivery with this id");
        return json_response(200, json::serialize(to_json(*row)));
    };
    http::Response response = co_await context.worker.read(std::move(read));
    co_return response;
}

}  // namespace presensi::admin
