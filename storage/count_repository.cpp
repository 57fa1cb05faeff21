#include "storage/count_repository.hpp"

namespace presensi::storage {

CountRepository::Ends CountRepository::find_ends() {
    const std::vector<Row> rows = database_.query(
        "SELECT (SELECT COALESCE(max(id), 0) FROM punch), (SELECT COALESCE(max(id), 0) FROM reject),"
        " (SELECT COALESCE(max(id), 0) FROM delivery)");
    return {rows.at(0).integer(0), rows.at(0).integer(1), rows.at(0).integer(2)};
}

CountRepository::OfTerminal CountRepository::count_terminal(std::int64_t terminal_id, const Ends& ends) {
    const std::vector<Row> punches = database_.query(
        "SELECT count(*), max(CASE WHEN grade <> 'suspect' THEN device_time END) FROM punch"
        " WHERE terminal_id = $1 AND id <= $2",
        {terminal_id, ends.punch});
    const std::vector<Row> rejects =
        database_.query("SELECT count(*) FROM reject WHERE terminal_id = $1 AND id <= $2", {terminal_id, ends.reject});
    return {punches.at(0).integer(0), rejects.at(0).integer(0), punches.at(0).text_or_null(1).value_or("")};
}

CountRepository::Deliveries CountRepository::count_deliveries(std::int64_t after, int limit, const Ends& ends) {
    const std::vector<Row> rows = database_.query(
        "SELECT count(*), COALESCE(max(id), 0) FROM (SELECT id FROM delivery WHERE id > $1 AND id <= $2"
        " ORDER BY id LIMIT $3) AS chunk",
        {after, ends.delivery, std::int64_t{limit}});
    return {rows.at(0).integer(0), rows.at(0).integer(1)};
}

}  // namespace presensi::storage
