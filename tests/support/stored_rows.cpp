#include "tests/support/stored_rows.hpp"

#include <stdexcept>

#include "storage/store.hpp"
#include "tests/support/test_store.hpp"

namespace presensi::test {

namespace {

constexpr auto every_punch =
    "SELECT t.serial, p.device_time, p.pin_key FROM punch p JOIN terminal t ON t.id = p.terminal_id";

std::set<StoredPunch> punches_in(const std::vector<storage::Row>& rows) {
    std::set<StoredPunch> all;
    for (const auto& row : rows) {
        const bool fresh = all.emplace(row.text(0), row.text(1), row.text(2)).second;
        if (!fresh) throw std::runtime_error("a punch is stored twice");
    }
    return all;
}

std::vector<storage::Row> query(const std::filesystem::path& folder, const std::string& sql) {
    const auto store = on_postgres()
                           ? storage::open_postgres({.url = postgres_of(folder).superuser_url(), .migrate = false})
                           : storage::open_sqlite({folder / "presensi.db", false, false});
    return store->open_database()->query(sql);
}

std::string to_text(const storage::Value& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* blob = std::get_if<storage::Blob>(&value)) return blob->bytes;
    return {};
}

}  // namespace

std::set<StoredPunch> stored_punches(const std::filesystem::path& folder) {
    return punches_in(query(folder, every_punch));
}

std::set<StoredPunch> stored_punches_at(const std::string& postgres_url) {
    const auto store = storage::open_postgres({.url = postgres_url, .migrate = false});
    return punches_in(store->open_database()->query(every_punch));
}

long count_rows(const std::filesystem::path& folder, const std::string& table) {
    return query(folder, "SELECT count(*) FROM " + table).at(0).integer(0);
}

std::vector<std::string> stored_texts(const std::filesystem::path& folder, const std::string& sql) {
    std::vector<std::string> texts;
    for (const auto& row : query(folder, sql)) texts.push_back(to_text(row[0]));
    return texts;
}

std::vector<std::string> all_texts(const std::filesystem::path& folder) {
    const auto tables =
        stored_texts(folder, on_postgres() ? "SELECT tablename FROM pg_tables WHERE schemaname = 'presensi'"
                                           : "SELECT name FROM sqlite_master WHERE type = 'table'");
    std::vector<std::string> texts;
    for (const auto& table : tables) {
        for (const auto& row : query(folder, "SELECT * FROM " + table)) {
            for (std::size_t column = 0; column < row.size(); ++column) texts.push_back(to_text(row[column]));
        }
    }
    return texts;
}

}  // namespace presensi::test
