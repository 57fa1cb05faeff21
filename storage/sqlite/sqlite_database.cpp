#include "storage/sqlite/sqlite_database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <stdexcept>

namespace presensi::storage::sqlite {
namespace {

void bind_value(Statement& statement, int index, const Value& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        statement.bind(index, *integer);
    } else if (const auto* real = std::get_if<double>(&value)) {
        statement.bind(index, *real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        statement.bind(index, *text);
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
        statement.bind(index, Bytes{blob->bytes});
    } else {
        statement.bind_null(index);
    }
}

// SQLite takes "$1" for a name, not a number, so each is looked up.
void bind_parameters(Statement& statement, const Values& parameters) {
    if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement.handle())) != parameters.size()) {
        throw std::logic_error(fmt::format("statement takes {} parameters, {} were given",
                                           sqlite3_bind_parameter_count(statement.handle()), parameters.size()));
    }
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const std::string name = fmt::format("${}", i + 1);
        const int index = sqlite3_bind_parameter_index(statement.handle(), name.c_str());
        if (index == 0) throw std::logic_error(fmt::format("statement has no parameter {}", name));
        bind_value(statement, index, parameters[i]);
    }
}

Value read_value(const Cursor& cursor, sqlite3_stmt* statement, int column) {
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_INTEGER:
            return cursor.integer(column);
        case SQLITE_FLOAT:
            return sqlite3_column_double(statement, column);
        case SQLITE_TEXT:
            return cursor.text(column);
        case SQLITE_BLOB:
            return Blob{cursor.text(column)};
        default:
            return std::monostate{};
    }
}

// One statement that fills the whole of `sql`.
Statement prepare_only(Connection& connection, std::string_view sql) {
    std::string_view rest = sql;
    Statement statement(connection, rest);
    while (!rest.empty()) {
        if (!Statement(connection, rest).empty()) {
            throw std::logic_error("several statements where only one may stand");
        }
    }
    if (statement.empty()) throw std::logic_error("no statement");
    return statement;
}

}  // namespace

Statement& SqliteDatabase::prepare(std::string_view sql) {
    if (!last_statement_ || last_sql_ != sql) {
        last_statement_.reset();
        last_statement_ = prepare_only(connection_, sql);
        last_sql_ = sql;
    }
    return *last_statement_;
}

std::int64_t SqliteDatabase::execute(std::string_view sql, const Values& parameters) {
    const std::int64_t before = connection_.total_changes();
    if (!parameters.empty()) {
        Statement& statement = prepare(sql);
        bind_parameters(statement, parameters);
        statement.run();
    } else {
        while (!sql.empty()) {
            Statement statement(connection_, sql);
            if (statement.empty()) continue;
            bind_parameters(statement, parameters);
            statement.run();
        }
    }
    return connection_.total_changes() - before;
}

std::vector<Row> SqliteDatabase::query(std::string_view sql, const Values& parameters) {
    Statement& statement = prepare(sql);
    bind_parameters(statement, parameters);
    std::vector<Row> rows;
    Cursor cursor = statement.select();
    while (cursor.next()) {
        const int columns = sqlite3_column_count(statement.handle());
        Values values;
        values.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            values.push_back(read_value(cursor, statement.handle(), column));
        }
        rows.emplace_back(std::move(values));
    }
    return rows;
}

void SqliteDatabase::transaction(const std::function<void()>& work) {
    if (connection_.in_transaction()) throw std::logic_error("transactions are not nested");
    Transaction transaction(connection_);
    work();
    transaction.commit();
}

}  // namespace presensi::storage::sqlite
