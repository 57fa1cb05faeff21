#include "daemon/reload.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "config/changes.hpp"
#include "daemon/configured_terminals.hpp"
#include "daemon/log.hpp"
#include "daemon/people/organisation_import.hpp"
#include "daemon/systemd_notify.hpp"
#include "protocol/text_fields.hpp"
#include "storage/delivery_repository.hpp"
#include "storage/store_error.hpp"

namespace presensi {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr auto actor = "configuration";

std::string sentences_of(const std::vector<config::ConfigError>& errors) {
    std::string text;
    for (const auto& error : errors) text += (text.empty() ? "" : "; ") + error.text();
    return text;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

struct Stored {
    std::vector<storage::TerminalRow> terminals;
    storage::OrganisationChanges units;
};

// Whatever a reload changes in the store, in one transaction with its audit row.
Stored store(storage::Database& database, const config::Settings& fresh, const std::vector<std::string>& changed,
             Instant now) {
    Stored stored;
    database.transaction([&] {
        stored.terminals = store_configured(database, fresh, now);
        if (fresh.units_file) {
            const auto today = std::chrono::floor<std::chrono::days>(local_at(Zone(fresh.time_zone), now));
            stored.units = people::import_within(database, fresh.organisation, {today, format_utc(now), actor});
        }
        json::object detail;
        detail["changed"] = json::array(changed.begin(), changed.end());
        storage::append_audit(database, format_utc(now), actor, "configuration.reload", fresh.file.string(),
                              json::serialize(detail));
    });
    return stored;
}

}  // namespace

asio::awaitable<void> Reload::run() {
    again_ = true;
    if (running_) co_return;
    running_ = true;
    while (std::exchange(again_, false)) {
        systemd_notify(reloading_state());
        co_await run_one();
        systemd_notify("READY=1");
    }
    running_ = false;
}

asio::awaitable<void> Reload::run_one() {
    std::string refused;
    try {
        const Fresh fresh = co_await read();
        co_await take(fresh);
    } catch (const storage::StoreUnavailable& error) {
        refused = fmt::format(
            "the store cannot be written at the moment ({}); its terminals and units may be the new ones already, so "
            "reload once more when /readyz says 200",
            error.what());
    } catch (const std::exception& error) {
        refused = error.what();
    }
    if (!refused.empty()) co_await refuse(std::move(refused));
}

asio::awaitable<Reload::Fresh> Reload::read() {
    auto load = [load = parts_.load](StoreWorker::Reader) { return load(); };
    config::LoadResult result = co_await parts_.worker.read(std::move(load));
    if (!result.settings) throw std::runtime_error(sentences_of(result.errors));
    const auto fixed = config::keys_for_a_restart(parts_.settings, *result.settings);
    if (!fixed.empty()) {
        throw std::runtime_error(fmt::format(
            "{} cannot change while presensid runs; restart it, or put the old value back and reload", joined(fixed)));
    }
    co_return std::make_shared<const config::Settings>(std::move(*result.settings));
}

asio::awaitable<void> Reload::take(Fresh fresh) {
    const Instant now = parts_.now();
    const std::vector<std::string> changed = config::changed_keys(parts_.settings, *fresh);
    auto save = [fresh, changed, now](storage::Database& database) { return store(database, *fresh, changed, now); };
    const Stored stored = co_await parts_.worker.write(std::move(save));
    // From here on nothing waits and nothing fails: nobody sees half of it.
    parts_.settings = *fresh;
    parts_.registry.reload(stored.terminals);
    parts_.apply();
    parts_.state = {now, {}};
    if (fresh->units_file) people::tell_of_units(stored.units, parts_.settings, parts_.registry);
    log::info("reload.done", "the configuration was read anew",
              {{"file", fresh->file.string()}, {"changed", changed.empty() ? "nothing" : joined(changed)}});
}

asio::awaitable<void> Reload::refuse(std::string reason) {
    parts_.state.last_reload_error = reason;
    log::error("reload.refused", "the configuration was not taken, the old one stays in force", {{"reason", reason}});
    auto note = [reason, file = parts_.settings.file.string(),
                 at = format_utc(parts_.now())](storage::Database& database) {
        storage::append_audit(database, at, actor, "configuration.refuse", file,
                              json::serialize(json::object{{"reason", reason}}));
        return true;
    };
    try {
        co_await parts_.worker.write(std::move(note));
    } catch (const std::exception& error) {
        log::warn("reload.off_record", "that could not be put on record", {{"error", error.what()}});
    }
}

}  // namespace presensi
