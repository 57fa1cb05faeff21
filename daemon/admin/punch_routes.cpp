#include <boost/json/serialize.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/narrowed_list.hpp"
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

// A page of the feed under way, of which this viewer may see only some rows.
struct Page {
    std::string rows{};  // as JSON with commas between, or as CSV
    std::string next{};
    int left = 0;  // to be shown
    bool over = false;
    std::optional<http::Response> problem{};
};

struct Reading {
    storage::FeedQuery query;
    bool csv = false;
    access::SightPtr sight;
    std::shared_ptr<people::Naming> naming;
};

void show(Page& shown, const storage::FeedRow& row, const Reading& reading) {
    const people::Named who = reading.naming->name(row);
    if (reading.csv) {
        shown.rows += csv_line(row, who);
    } else {
        if (!shown.rows.empty()) shown.rows += ',';
        shown.rows += json::serialize(to_json(row, who));
    }
    --shown.left;
}

// The next rows after reading.query.after, at most `left` of them shown.
Page read_on(storage::PunchFeed& feed, Reading reading, int left) {
    Page shown{{}, {}, left, false, {}};
    try {
        reading.query.limit = reading.sight->sees_all() ? left : std::max(left, whole_page);
        storage::FeedPage page = feed.read(reading.query);
        shown.over = page.rows.size() < static_cast<std::size_t>(reading.query.limit);
        shown.next = page.next;
        int rows = 0;  // gone through
        for (const auto& row : page.rows) {
            const bool is_seen = sees_punch(*reading.sight, row);
            if (is_seen && shown.left == 0) {
                // One too many: the cursor has to stand before it.
                reading.query.limit = rows;
                shown.next = feed.read(reading.query).next;
                break;
            }
            ++rows;
            if (is_seen) show(shown, row, reading);
        }
        shown.over = shown.over || shown.left == 0;
    } catch (const storage::BadCursor& error) {
        shown.problem = problem(400, error.what());
    } catch (const storage::CursorExpired& error) {
        shown.problem = problem(410, error.what());
    }
    return shown;
}

http::Response as_csv(const Page& shown) {
    return {200, "text/csv; charset=utf-8", csv_header() + shown.rows, {{"Presensi-Next", shown.next}}};
}

http::Response as_json(const Page& shown) {
    return json_response(200, "{\"punches\":[" + shown.rows + "],\"next\":\"" + shown.next + "\"}");
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
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    Reading reading{query, wants_csv(call), sight, std::make_shared<people::Naming>(directory)};
    Page all{{}, query.after.empty() ? "0" : query.after, query.limit, false, {}};
    // Read and written out on the storage thread: a long page must not hold up a terminal.
    while (!all.over && !context.stopping) {
        auto read = [reading, left = all.left](StoreWorker::Reader reader) {
            return read_on(reader.feed, reading, left);
        };
        Page shown = co_await context.worker.read(std::move(read));
        if (shown.problem) co_return *shown.problem;
        if (!reading.csv && !all.rows.empty() && !shown.rows.empty()) all.rows += ',';
        all.rows += shown.rows;
        all.next = reading.query.after = shown.next;
        all.left = shown.left;
        all.over = shown.over;
    }
    Shown named{reading.csv ? as_csv(all) : as_json(all), reading.naming->named()};
    http::Response response = co_await answer_naming(context, std::move(call.viewer), std::move(named));
    co_return response;
}

}  // namespace presensi::admin
