#include "storage/sqlite/handle.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <stdexcept>

#include "storage/store_error.hpp"

namespace presensi::storage::sqlite {
namespace {

// What the operator can do about it, where there is something.
const char* advice(int primary_code) {
    switch (primary_code) {
        case SQLITE_FULL:
            return "; free some space on the disk";
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
            return "; the user who runs presensid must be able to write the file and its folder";
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
            return "; the file is damaged or not a database: restore a backup or choose another path";
        default:
            return "";
    }
}

[[noreturn]] void throw_error(sqlite3* handle, int code) {
    const std::string message =
        fmt::format("{} (SQLite error {}){}", sqlite3_errmsg(handle), code, advice(code & 0xff));
    // The low byte is the primary code, the rest only tells more of it.
    switch (code & 0xff) {
        case SQLITE_CONSTRAINT:
        case SQLITE_TOOBIG:
        case SQLITE_MISMATCH:
            throw ContentRefused(message);
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_NOMEM:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_INTERRUPT:
            throw StoreUnavailable(message);
        default:
            throw std::logic_error(message);
    }
}

// SQLite takes a null pointer for NULL, which an empty view may hold.
const char* data_of(std::string_view view) { return view.data() == nullptr ? "" : view.data(); }

}  // namespace

Connection::Connection(const std::string& path, OpenMode mode) {
    // A connection belongs to one thread, so SQLite's own mutexes would only cost time.
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (mode == OpenMode::create ? SQLITE_OPEN_CREATE : 0);
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK) throw_error(handle, code);
    sqlite3_busy_timeout(handle, 5000);
}

void Connection::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

void Connection::execute(const char* sql) {
    const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw_error(handle_.get(), code);
}

std::int64_t Connection::total_changes() const { return sqlite3_total_changes64(handle_.get()); }

std::int64_t Connection::last_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

bool Connection::has_moved() const {
    int moved = 0;
    sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

Cursor::~Cursor() { sqlite3_reset(statement_); }

bool Cursor::next() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) throw_error(sqlite3_db_handle(statement_), code);
    return false;
}

std::int64_t Cursor::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Cursor::text(int column) const {
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    if (bytes == nullptr || size == 0) return {};
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::optional<std::int64_t> Cursor::integer_or_null(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return integer(column);
}

std::optional<std::string> Cursor::text_or_null(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return text(column);
}

Statement::Statement(Connection& connection, std::string_view& sql) {
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(connection.handle(), data_of(sql), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, &rest);
    if (code != SQLITE_OK) throw_error(connection.handle(), code);
    statement_.reset(statement);
    sql.remove_prefix(static_cast<std::size_t>(rest - data_of(sql)));
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::check(int code) const {
    if (code != SQLITE_OK) throw_error(sqlite3_db_handle(statement_.get()), code);
}

void Statement::bind_null(int index) { check(sqlite3_bind_null(statement_.get(), index)); }

void Statement::bind(int index, std::int64_t value) { check(sqlite3_bind_int64(statement_.get(), index, value)); }

void Statement::bind(int index, double value) { check(sqlite3_bind_double(statement_.get(), index, value)); }

void Statement::bind(int index, std::string_view text) {
    check(sqlite3_bind_text64(statement_.get(), index, data_of(text), text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int index, Bytes bytes) {
    check(sqlite3_bind_blob64(statement_.get(), index, data_of(bytes.view), bytes.view.size(), SQLITE_STATIC));
}

Transaction::Transaction(Connection& connection) : connection_(connection) { connection_.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
    // SQLite itself has rolled back after some errors; a rollback that fails leaves nothing that a caller could do.
    if (connection_.in_transaction()) sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() { connection_.execute("COMMIT"); }

}  // namespace presensi::storage::sqlite
