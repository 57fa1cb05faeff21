#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "daemon/admin/routes.hpp"

namespace presensi::admin {

// Rows read at once where some of them may be hidden.
inline constexpr int whole_page = 1000;

// A list by id of which a viewer may see only some rows: read on, page by page, until `limit` rows are shown or the end
// is reached. Other readers get their turn between the pages, and each page is written out on the storage thread.
struct NarrowedList {
    std::string rows{};  // JSON, commas between
    std::int64_t next = 0;
    int left = 0;  // to be shown
    bool over = false;

    void show(const boost::json::object& row) {
        if (!rows.empty()) rows += ',';
        rows += boost::json::serialize(row);
        --left;
    }
};

// list(database, after, limit): rows with an `id`, in the order of their ids. sees(row), to_row(row): as the names say.
// All three are called on the storage thread.
template <typename List, typename Sees, typename ToRow>
boost::asio::awaitable<NarrowedList> list_narrowed(Context& context, std::int64_t after, int limit, bool sees_all,
                                                   List list, Sees sees, ToRow to_row) {
    NarrowedList all{{}, after, limit, false};
    while (!all.over && !context.stopping) {
        auto read = [after = all.next, left = all.left, sees_all, list, sees, to_row](StoreWorker::Reader reader) {
            const int page = sees_all ? left : std::max(left, whole_page);
            const auto rows = list(reader.database, after, page);
            NarrowedList shown{{}, after, left, false};
            for (const auto& row : rows) {
                if (shown.left == 0) break;
                shown.next = row.id;
                if (sees(row)) shown.show(to_row(row));
            }
            shown.over = shown.left == 0 || rows.size() < static_cast<std::size_t>(page);
            return shown;
        };
        NarrowedList shown = co_await context.worker.read(std::move(read));
        if (!all.rows.empty() && !shown.rows.empty()) all.rows += ',';
        all.rows += shown.rows;
        all.next = shown.next;
        all.left = shown.left;
        all.over = shown.over;
    }
    co_return all;
}

// {"rejects":[…],"next":"…"}
inline http::Response list_response(std::string_view name, const NarrowedList& list) {
    return json_response(
        200, "{\"" + std::string(name) + "\":[" + list.rows + "],\"next\":\"" + std::to_string(list.next) + "\"}");
}

}  // namespace presensi::admin
