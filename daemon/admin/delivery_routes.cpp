#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/routes.hpp"

namespace presensi::admin {

namespace json = boost::json;

Reply handle_rejects(Context& context, Call call) {
    const auto limit = limit_of(call);
    if (!limit) co_return problem(400, "limit has to be a number from 1 to 10000");
    const auto after = id_of(call, "after");
    if (!after) co_return problem(400, "after has to be the 'next' of the page before");
    std::optional<std::string> serial;
    if (const auto* terminal = call.parameter("terminal")) serial = *terminal;
    auto read = [after = *after, limit = *limit, serial](StoreWorker::Reader reader) {
        const auto rows = storage::DeliveryRepository(reader.database).list_rejects(after, limit, serial);
        json::array rejects;
        for (const auto& row : rows) rejects.push_back(to_json(row));
        json::object body;
        body["rejects"] = std::move(rejects);
        body["next"] = std::to_string(rows.empty() ? after : rows.back().id);
        return json_response(200, json::serialize(body));
    };
    http::Response response = co_await context.worker.read(std::move(read));
    co_return response;
}

Reply handle_delivery(Context& context, Call call) {
    const auto id = decode_id(call.path.at(0));
    if (!id) co_return problem(404, "there is no delivery with this id");
    auto read = [id = *id](StoreWorker::Reader reader) {
        const auto row = storage::DeliveryRepository(reader.database).find(id);
        if (!row) return problem(404, "there is no delivery with this id");
        return json_response(200, json::serialize(to_json(*row)));
    };
    http::Response response = co_await context.worker.read(std::move(read));
    co_return response;
}

}  // namespace presensi::admin
