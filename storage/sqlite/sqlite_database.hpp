#pragma once

#include "storage/database.hpp"
#include "storage/sqlite/handle.hpp"

namespace presensi::storage::sqlite {

class SqliteDatabase final : public Database {
public:
    explicit SqliteDatabase(Connection connection) : connection_(std::move(connection)) {}

    std::int64_t execute(std::string_view sql, const Values& parameters) override;
    std::vector<Row> query(std::string_view sql, const Values& parameters) override;
    void transaction(const std::function<void()>& work) override;

private:
    Statement& prepare(std::string_view sql);

    Connection connection_;
    // The last single statement, because bulk work repeats one many times.
    std::string last_sql_;
    std::optional<Statement> last_statement_;
};

}  // namespace presensi::storage::sqlite
