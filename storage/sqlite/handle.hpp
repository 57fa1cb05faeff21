#pragma once
// RAII around the SQLite C API; nothing of it is seen outside this folder. Failures are thrown as store errors: what
// may pass as StoreUnavailable, what lies in the content as ContentRefused, what is our mistake as std::logic_error.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace presensi::storage::sqlite {

enum class OpenMode { existing, create };

class Connection {
public:
    Connection(const std::string& path, OpenMode mode);

    void execute(const char* sql);  // one or more statements, rows ignored
    std::int64_t total_changes() const;
    std::int64_t last_id() const;
    bool in_transaction() const;
    bool has_moved() const;  // its name leads to no file any more, or to another
    sqlite3* handle() const { return handle_.get(); }

private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    std::unique_ptr<sqlite3, Close> handle_;
};

// Bytes to bind as a BLOB; a plain string_view is bound as TEXT.
struct Bytes {
    std::string_view view;
};

// The rows of a running statement, which is free again when the cursor goes. Columns count from 0.
class Cursor {
public:
    explicit Cursor(sqlite3_stmt* statement) : statement_(statement) {}
    ~Cursor();
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    bool next();
    std::int64_t integer(int column) const;
    std::string text(int column) const;  // of a BLOB its bytes
    std::optional<std::int64_t> integer_or_null(int column) const;
    std::optional<std::string> text_or_null(int column) const;

private:
    sqlite3_stmt* statement_;
};

// A prepared statement, meant to be kept. Text and bytes are bound without a copy: they must outlive the run.
class Statement {
public:
    // Reads one statement off the front of `sql` and leaves the rest there; see empty().
    Statement(Connection& connection, std::string_view& sql);
    static Statement prepare(Connection& connection, std::string_view sql) { return {connection, sql}; }

    bool empty() const { return statement_ == nullptr; }  // there was only space or a comment

    template <typename... Values>
    Cursor select(const Values&... values) {
        int index = 0;
        (bind(++index, values), ...);
        return Cursor(statement_.get());
    }
    template <typename... Values>
    void run(const Values&... values) {
        Cursor cursor = select(values...);
        while (cursor.next()) {
        }
    }

    void bind_null(int index);
    void bind(int index, std::int64_t value);
    void bind(int index, int value) { bind(index, std::int64_t{value}); }
    void bind(int index, std::uint32_t value) { bind(index, std::int64_t{value}); }
    void bind(int index, double value);
    void bind(int index, std::string_view text);
    void bind(int index, Bytes bytes);
    template <typename T>
    void bind(int index, const std::optional<T>& value) {
        value ? bind(index, *value) : bind_null(index);
    }

    sqlite3_stmt* handle() const { return statement_.get(); }

private:
    void check(int code) const;

    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// A write transaction from BEGIN IMMEDIATE on; rolled back unless committed.
class Transaction {
public:
    explicit Transaction(Connection& connection);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit();

private:
    Connection& connection_;
};

}  // namespace presensi::storage::sqlite
