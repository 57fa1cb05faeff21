#include "storage/postgres/postgres_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <pqxx/binarystring>
#include <pqxx/nontransaction>
#include <pqxx/transaction>
#include <stdexcept>

#include "storage/postgres/binary_array.hpp"
#include "storage/store_error.hpp"

namespace presensi::storage::postgres {
namespace {

constexpr auto cut_off = "the connection broke inside a transaction";

// Parameters as text, whose types the server infers; NULL stays NULL.
class TextParameters {
public:
    explicit TextParameters(const Values& values) {
        texts_.reserve(values.size());
        for (const Value& value : values) texts_.push_back(to_text(value));
        for (std::size_t i = 0; i < values.size(); ++i) {
            pointers_.push_back(std::holds_alternative<std::monostate>(values[i]) ? nullptr : texts_[i].c_str());
        }
    }
    auto get() const { return pqxx::prepare::make_dynamic_params(pointers_); }

private:
    static std::string to_text(const Value& value) {
        if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
        if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
        if (const auto* blob = std::get_if<Blob>(&value)) {
            std::string hex = "\\x";
            for (const char c : blob->bytes) fmt::format_to(std::back_inserter(hex), "{:02x}", c & 0xff);
            return hex;
        }
        if (const auto* text = std::get_if<std::string>(&value)) {
            if (text->find('\0') != text->npos) throw ContentRefused("a text with a NUL byte");
            return *text;
        }
        return {};
    }

    std::vector<std::string> texts_;
    std::vector<const char*> pointers_;
};

// 2026-11-20 01:00:00.123+00 → 2026-11-20T01:00:00.123Z, with thousandths or without a fraction.
std::string rfc3339(std::string text, bool utc) {
    if (text.size() > 10) text[10] = 'T';
    if (utc && text.ends_with("+00")) text.resize(text.size() - 3);
    constexpr std::size_t dot = 19;
    if (text.size() > dot) text.resize(dot + 4, '0');
    return utc ? text + 'Z' : text;
}

Value value_of(const pqxx::field& field, std::uint32_t type) {
    if (field.is_null()) return {};
    const std::string text(field.c_str(), field.size());
    switch (static_cast<Type>(type)) {
        case Type::int2:
        case Type::int4:
        case Type::int8:
            return std::int64_t{std::stoll(text)};
        case Type::boolean:
            return std::int64_t{text == "t"};
        case Type::bytea:
            return Blob{pqxx::binarystring(field).str()};
        case Type::timestamp:
            return rfc3339(text, false);
        case Type::timestamptz:
            return rfc3339(text, true);
        case Type::text:
            return text;
    }
    constexpr std::uint32_t float4 = 700;
    constexpr std::uint32_t float8 = 701;
    if (type == float4 || type == float8) return std::stod(text);
    return text;
}

std::vector<Row> rows_of(const pqxx::result& result) {
    std::vector<Row> rows;
    rows.reserve(result.size());
    for (const pqxx::row& row : result) {
        Values values;
        values.reserve(row.size());
        for (pqxx::row::size_type column = 0; column < row.size(); ++column) {
            values.push_back(value_of(row[column], result.column_type(column)));
        }
        rows.emplace_back(std::move(values));
    }
    return rows;
}

pqxx::result run_in(pqxx::transaction_base& transaction, const std::string& sql, const Values& parameters) {
    if (parameters.empty()) return transaction.exec(sql);
    const TextParameters texts(parameters);
    return transaction.exec_params(sql, texts.get());
}

}  // namespace

pqxx::result PostgresDatabase::run(std::string_view sql, const Values& parameters) {
    if (open_ != nullptr && !link_.connected()) throw StoreUnavailable(cut_off);
    const std::string statement(sql);
    return link_.run([&](pqxx::connection_base& connection) {
        if (open_ != nullptr) return run_in(*open_, statement, parameters);
        pqxx::nontransaction direct(connection);
        return run_in(direct, statement, parameters);
    });
}

std::int64_t PostgresDatabase::execute(std::string_view sql, const Values& parameters) {
    return static_cast<std::int64_t>(run(sql, parameters).affected_rows());
}

std::vector<Row> PostgresDatabase::query(std::string_view sql, const Values& parameters) {
    return rows_of(run(sql, parameters));
}

void PostgresDatabase::transaction(const std::function<void()>& work) {
    if (open_ != nullptr) throw std::logic_error("a transaction is open already");
    struct Close {
        pqxx::transaction_base*& open;
        ~Close() { open = nullptr; }
    };
    std::unique_ptr<pqxx::work> transaction;
    link_.run([&](pqxx::connection_base& connection) {
        transaction = std::make_unique<pqxx::work>(connection);
        transaction->exec("SELECT");  // libpqxx begins only with the first statement
    });
    {
        const Close close{open_};
        open_ = transaction.get();
        work();
    }
    if (!link_.connected()) throw StoreUnavailable(cut_off);
    link_.run([&](pqxx::connection_base&) { transaction->commit(); });
}

}  // namespace presensi::storage::postgres
