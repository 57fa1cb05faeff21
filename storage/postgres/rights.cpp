#include "storage/rights.hpp"

namespace presensi::storage {

StoreRights load_rights(Database& database) {
    // schema_version belongs to migrations alone (schema/postgres/0003).
    constexpr auto sql =
        "SELECT current_user,"
        " CAST(bool_and(has_table_privilege(oid, 'SELECT') AND"
        "  (relname = 'schema_version' OR has_table_privilege(oid, 'INSERT'))) AS integer),"
        " CAST(bool_or(relname = 'punch' AND has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE')) AS integer)"
        " FROM pg_class WHERE relnamespace = 'presensi'::regnamespace AND relkind IN ('r', 'p')";
    const Row found = database.query(sql).at(0);
    return {found.text(0), found.integer(1) == 1, found.integer(2) == 1};
}

}  // namespace presensi::storage
