#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/people_answers.hpp"
#include "protocol/pin.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::admin {

namespace json = boost::json;

namespace {

// "2026-11-20T07:58:03" or a day, which is its midnight.
std::optional<DeviceTime> local_time(const std::string& text) {
    return decode_device_time(text.find(':') == std::string::npos ? text + " 00:00:00" : text);
}

Shown as_csv(const storage::FeedPage& page, people::Naming naming) {
    std::string body = csv_header();
    for (const auto& row : page.rows) body += csv_line(row, naming.name(row));
    return {{200, "text/csv; charset=utf-8", std::move(body), {{"Presensi-Next", page.next}}}, naming.named()};
}

Shown as_json(const storage::FeedPage& page, people::Naming naming) {
    json::array punches;
    punches.reserve(page.rows.size());
    for (const auto& row : page.rows) punches.push_back(to_json(row, naming.name(row)));
    json::object body;
    body["punches"] = std::move(punches);
    body["next"] = page.next;
    return {json_response(200, json::serialize(body)), naming.named()};
}

}  // namespace

Reply handle_punches(Context& context, Call call) {
    storage::FeedQuery query;
    const auto limit = limit_of(call);
    if (!limit) co_return problem(400, "limit has to be a number from 1 to 10000");
    query.limit = *limit;
    if (const auto* after = call.parameter("after")) query.after = *after;
    if (const auto* serial = call.parameter("terminal")) query.serial = *serial;
    if (const auto* unit = call.parameter("unit")) query.unit = *unit;
    if (const auto* pin = call.parameter("pin")) query.pin_key = pin_key(*pin);
    if (const auto* from = call.parameter("from")) {
        query.from = local_time(*from);
        if (!query.from)
            co_return problem(400, "from has to be a local time such as 2026-11-20T00:00:00, without a zone");
    }
    if (const auto* to = call.parameter("to")) {
        query.to = local_time(*to);
        if (!query.to) co_return problem(400, "to has to be a local time such as 2026-11-21T00:00:00, without a zone");
    }
    // Read and written out on the storage thread: a long page must not hold up a terminal.
    const bool csv = wants_csv(call);
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    auto read = [query, csv, directory](StoreWorker::Reader reader) -> Shown {
        try {
            const storage::FeedPage page = reader.feed.read(query);
            return csv ? as_csv(page, people::Naming(directory)) : as_json(page, people::Naming(directory));
        } catch (const storage::BadCursor& error) {
            return {problem(400, error.what()), {}};
        } catch (const storage::CursorExpired& error) {
            return {problem(410, error.what()), {}};
        }
    };
    Shown shown = co_await context.worker.read(std::move(read));
    http::Response response = co_await answer_naming(context, std::move(call.viewer), std::move(shown));
    co_return response;
}

}  // namespace presensi::admin
