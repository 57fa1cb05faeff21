#include "tests/support/stored_rows.hpp"

#include <sqlite3.h>

#include <stdexcept>

namespace presensi::test {

namespace {

template <typename Visit>
void each_row(const std::filesystem::path& file, const std::string& sql, Visit visit) {
    sqlite3* database = nullptr;
    if (sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) {
        sqlite3_close(database);
        throw std::runtime_error("cannot open " + file.string());
    }
    sqlite3_busy_timeout(database, 10'000);
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW) visit(statement);
    }
    const std::string message = sqlite3_errmsg(database);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    if (code != SQLITE_DONE) throw std::runtime_error(sql + ": " + message);
}

std::string text(sqlite3_stmt* statement, int column) {
    return reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
}

}  // namespace

std::set<StoredPunch> stored_punches(const std::filesystem::path& database) {
    std::set<StoredPunch> all;
    each_row(database, "SELECT t.serial, p.device_time, p.pin_key FROM punch p JOIN terminal t ON t.id = p.terminal_id",
             [&](sqlite3_stmt* row) {
                 const bool fresh = all.emplace(text(row, 0), text(row, 1), text(row, 2)).second;
                 if (!fresh) throw std::runtime_error("a punch is stored twice");
             });
    return all;
}

long count_rows(const std::filesystem::path& database, const std::string& table) {
    long count = -1;
    each_row(database, "SELECT count(*) FROM " + table,
             [&](sqlite3_stmt* row) { count = sqlite3_column_int64(row, 0); });
    return count;
}

}  // namespace presensi::test
