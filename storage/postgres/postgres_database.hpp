#pragma once

#include <pqxx/dbtransaction>

#include "storage/database.hpp"
#include "storage/postgres/session.hpp"

namespace presensi::storage::postgres {

class PostgresDatabase final : public Database {
public:
    PostgresDatabase(const SessionOptions& options, Watchdog& dog) : link_(options, dog) {}

    std::int64_t execute(std::string_view sql, const Values& parameters) override;
    std::vector<Row> query(std::string_view sql, const Values& parameters) override;
    void transaction(const std::function<void()>& work) override;

private:
    pqxx::result run(std::string_view sql, const Values& parameters);

    Link link_;
    pqxx::transaction_base* open_ = nullptr;  // the transaction under way
};

}  // namespace presensi::storage::postgres
