#include "daemon/configured_terminals.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "protocol/text_fields.hpp"
#include "storage/delivery_repository.hpp"

namespace presensi {

namespace json = boost::json;

std::vector<storage::TerminalRow> store_configured(storage::Database& database, const config::Settings& settings,
                                                   Instant now) {
    storage::TerminalRepository terminals(database);
    // As they are stored now: a person may have suspended one a moment ago.
    auto rows = rows_of_configuration(terminals.load_all(), settings, now);
    // In the order in which another daemon on the same database writes contacts, so that neither waits for the other.
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.serial < b.serial; });
    for (auto& row : rows) row.id = terminals.save(row);
    return rows;
}

std::vector<storage::TerminalRow> load_terminals(storage::Database& database, TerminalRegistry& registry,
                                                 const config::Settings& settings, Instant now) {
    database.transaction([&] {
        const auto changed = store_configured(database, settings, now);
        if (changed.empty()) return;
        json::array serials;
        for (const auto& row : changed) serials.emplace_back(row.serial);
        storage::append_audit(database, format_utc(now), "configuration", "configuration.start", settings.file.string(),
                              json::serialize(json::object{{"terminals", std::move(serials)}}));
    });
    storage::TerminalRepository terminals(database);
    auto rows = terminals.load_all();
    registry.load(rows, terminals.load_stamps());
    return rows;
}

}  // namespace presensi
