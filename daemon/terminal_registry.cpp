#include "daemon/terminal_registry.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <set>

#include "daemon/log.hpp"
#include "protocol/text_fields.hpp"

namespace presensi {

namespace json = boost::json;
using storage::TerminalState;

namespace {

// What the file says of the three values that a person may also change by API.
json::object said_of(const config::TerminalSettings& terminal, const std::string& zone_of_all) {
    json::object said;
    if (!terminal.name.empty()) said["name"] = terminal.name;
    if (terminal.unit) said["unit"] = *terminal.unit;
    said["time_zone"] = terminal.time_zone.value_or(zone_of_all);
    return said;
}

// A value that the file says for the first time, or differently than before, wins (decision 4).
void lay_over(storage::TerminalRow& row, const json::object& said) {
    json::object before;
    boost::system::error_code unreadable;
    if (const auto value = json::parse(row.configured, unreadable); !unreadable && value.is_object()) {
        before = value.get_object();
    }
    for (const auto& [key, value] : said) {
        const auto* old = before.if_contains(key);
        if (old != nullptr && *old == value) continue;
        const std::string text(value.as_string());
        if (key == "name") row.name = text;
        if (key == "unit") row.unit = text;
        if (key == "time_zone") row.time_zone = text;
    }
    row.configured = json::serialize(said);
}

// Suspended and retired stay: a person said so (architecture 3.9).
void lay_over(storage::TerminalRow& row, const config::TerminalSettings& wanted, const std::string& zone_of_all) {
    lay_over(row, said_of(wanted, zone_of_all));
    if (row.state == TerminalState::seen) row.state = TerminalState::approved;
}

const config::TerminalSettings* settings_in(const config::Settings& settings, std::string_view serial) {
    const auto found = std::find_if(settings.terminals.begin(), settings.terminals.end(),
                                    [&](const auto& wanted) { return wanted.serial == serial; });
    return found == settings.terminals.end() ? nullptr : &*found;
}

storage::TerminalRow new_row(const config::TerminalSettings& wanted, const std::string& zone_of_all, Instant now) {
    storage::TerminalRow row;
    row.serial = wanted.serial;
    row.time_zone = wanted.time_zone.value_or(zone_of_all);
    row.added_at = format_utc(now);
    return row;
}

bool is_said_alike(const storage::TerminalRow& left, const storage::TerminalRow& right) {
    return left.state == right.state && left.name == right.name && left.unit == right.unit &&
           left.time_zone == right.time_zone && left.configured == right.configured;
}

// What only the file says, and nobody changes by API.
void take_settings(Terminal& terminal, const config::TerminalSettings& wanted) {
    const bool same_secrets = terminal.push_key == wanted.push_key && terminal.path_secret == wanted.path_secret;
    if (!same_secrets) terminal.keyed_address.clear();
    terminal.role = wanted.role;
    terminal.portable = wanted.portable;
    terminal.trans_flag = wanted.trans_flag;
    terminal.networks = wanted.networks;
    terminal.push_key = wanted.push_key;
    terminal.path_secret = wanted.path_secret;
}

void warn_if_kept_out(const Terminal& terminal) {
    if (terminal.approved()) return;
    log::warn("terminal.stays_out", "terminal of the configuration stays out: a person suspended or retired it",
              {{"terminal", terminal.row.serial}, {"state", to_string(terminal.row.state)}});
}

bool is_guarded(const Terminal& terminal) {
    return !terminal.networks.empty() || !terminal.push_key.empty() || !terminal.path_secret.empty();
}

void take_facts(storage::TerminalRow& into, const storage::TerminalRow& from) {
    into.firmware = from.firmware;
    into.push_version = from.push_version;
    into.model = from.model;
    into.platform = from.platform;
    into.mac = from.mac;
    into.users = from.users;
    into.records = from.records;
    into.facts = from.facts;
}

// The latest value of each fact.
std::string with_facts(const std::string& known, const std::vector<std::pair<std::string, std::string>>& told) {
    boost::system::error_code unreadable;
    auto value = json::parse(known, unreadable);
    json::object facts = !unreadable && value.is_object() ? value.get_object() : json::object();
    for (const auto& [name, text] : told) facts[name] = text;
    return json::serialize(facts);
}

std::string network_around(const std::string& address) {
    const auto network = config::Network::around(address + (address.find(':') == std::string::npos ? "/24" : "/64"));
    return network ? network->text() : address;
}

}  // namespace

TerminalRegistry::TerminalRegistry(const config::Settings& settings, Now now)
    : settings_(settings), now_(std::move(now)) {}

Terminal& TerminalRegistry::add(storage::TerminalRow row) {
    if (row.time_zone.empty() || !Zone::exists(row.time_zone)) row.time_zone = settings_.time_zone;
    const std::string serial = row.serial;
    auto terminal = std::make_unique<Terminal>(std::move(row));
    if (terminal->row.state == TerminalState::seen) count_unknown(*terminal);
    terminal->last_seen = decode_utc(terminal->row.last_seen);
    // What it was told before this start, in the zone that it had then.
    if (terminal->last_seen)
        terminal->told_offset =
            terminal->zone.offset_at(std::chrono::floor<std::chrono::seconds>(*terminal->last_seen));
    return *(terminals_[serial] = std::move(terminal));
}

void TerminalRegistry::add_counts(const std::string& serial, const storage::CountRepository::OfTerminal& stored) {
    Terminal* terminal = find(serial);
    if (terminal == nullptr) return;
    terminal->punches += stored.punches;
    terminal->rejects += stored.rejects;
    terminal->last_punch = std::max(terminal->last_punch, stored.last_punch);
}

void TerminalRegistry::load(std::vector<storage::TerminalRow> rows,
                            const std::vector<storage::TerminalRepository::Stamp>& stamps) {
    std::unordered_map<std::int64_t, Terminal*> by_id;
    for (auto& row : rows) {
        const auto id = row.id;
        // What the file does not name still follows its zone; below, what it says of the others.
        const bool is_named = settings_in(settings_, row.serial) != nullptr;
        Terminal& terminal = add(std::move(row));
        by_id[id] = &terminal;
        if (is_named) continue;
        storage::TerminalRow laid_over = terminal.row;
        lay_over(laid_over, said_of({}, settings_.time_zone));
        apply(terminal, laid_over);
    }
    for (const auto& stamp : stamps) {
        if (const auto found = by_id.find(stamp.terminal_id); found != by_id.end())
            found->second->stamps[stamp.table] = stamp.stamp;
    }
    for (const auto& wanted : settings_.terminals) {
        Terminal* terminal = find(wanted.serial);
        if (terminal == nullptr) terminal = &add(new_row(wanted, settings_.time_zone, now_()));
        storage::TerminalRow row = terminal->row;
        lay_over(row, wanted, settings_.time_zone);
        apply(*terminal, row);
        take_settings(*terminal, wanted);
        warn_if_kept_out(*terminal);
    }
}

std::vector<storage::TerminalRow> rows_of_configuration(std::vector<storage::TerminalRow> stored,
                                                        const config::Settings& settings, Instant now) {
    std::vector<storage::TerminalRow> changed;
    std::set<std::string> known;
    for (storage::TerminalRow& row : stored) {
        known.insert(row.serial);
        const storage::TerminalRow before = row;
        if (row.time_zone.empty() || !Zone::exists(row.time_zone)) row.time_zone = settings.time_zone;
        if (const auto* wanted = settings_in(settings, row.serial)) {
            lay_over(row, *wanted, settings.time_zone);
        } else {
            lay_over(row, said_of({}, settings.time_zone));
        }
        if (!is_said_alike(before, row)) changed.push_back(std::move(row));
    }
    for (const auto& wanted : settings.terminals) {
        if (known.contains(wanted.serial)) continue;
        storage::TerminalRow row = new_row(wanted, settings.time_zone, now);
        lay_over(row, wanted, settings.time_zone);
        changed.push_back(std::move(row));
    }
    return changed;
}

void TerminalRegistry::reload(const std::vector<storage::TerminalRow>& changed) {
    for (const auto& row : changed) {
        if (Terminal* terminal = find(row.serial)) {
            apply(*terminal, row);
        } else {
            add(row);
        }
    }
    for (auto& [serial, terminal] : terminals_) {
        const auto* wanted = settings_in(settings_, serial);
        const bool was_guarded = is_guarded(*terminal);
        take_settings(*terminal, wanted == nullptr ? config::TerminalSettings() : *wanted);
        if (wanted != nullptr) warn_if_kept_out(*terminal);
        if (was_guarded && !is_guarded(*terminal) && terminal->approved())
            log::warn("terminal.unguarded", "an approved terminal lost its key, path and networks with this reload",
                      {{"terminal", serial}});
    }
}

void TerminalRegistry::refresh(std::vector<storage::TerminalRow> rows,
                               const std::vector<storage::TerminalRepository::Stamp>& stamps) {
    std::unordered_map<std::int64_t, Terminal*> by_id;
    for (auto& row : rows) {
        Terminal* terminal = find(row.serial);
        if (terminal == nullptr) {
            const auto id = row.id;
            by_id[id] = &add(std::move(row));
            continue;
        }
        by_id[row.id] = terminal;
        if (terminal->approval_unsaved) continue;  // we know better, for a moment
        if (row.time_zone.empty() || !Zone::exists(row.time_zone)) row.time_zone = terminal->row.time_zone;
        apply(*terminal, row);
        if (!terminal->facts_changed) take_facts(terminal->row, row);
        if (const auto seen = decode_utc(row.last_seen);
            seen && (!terminal->last_seen || *seen > *terminal->last_seen)) {
            terminal->last_seen = seen;
            terminal->row.address = row.address;
            // It went to another daemon, and what that one refused we cannot know.
            break_contact(*terminal);
        }
    }
    // A failover may have lost what was new here; it is stored again.
    for (auto& [serial, terminal] : terminals_) {
        if (terminal->row.id == 0 || by_id.contains(terminal->row.id)) continue;
        terminal->row.id = 0;
        terminal->contact_changed = terminal->facts_changed = true;
    }
    for (const auto& stamp : stamps) {
        if (const auto found = by_id.find(stamp.terminal_id); found != by_id.end())
            found->second->stamps[stamp.table] = stamp.stamp;
    }
}

Terminal* TerminalRegistry::find(std::string_view serial) {
    const auto found = terminals_.find(std::string(serial));
    return found == terminals_.end() ? nullptr : found->second.get();
}

Terminal* TerminalRegistry::find_by_id(std::int64_t id) {
    if (const auto known = by_id_.find(id); known != by_id_.end() && known->second->row.id == id) return known->second;
    const auto found = std::find_if(terminals_.begin(), terminals_.end(),
                                    [id](const auto& entry) { return entry.second->row.id == id; });
    if (found == terminals_.end()) return nullptr;
    return by_id_[id] = found->second.get();
}

void TerminalRegistry::set_last_pushes(const std::vector<storage::ContactRepository::LastPush>& pushes) {
    std::unordered_map<std::int64_t, std::optional<Instant>> by_id;
    for (const auto& push : pushes) by_id[push.terminal_id] = decode_utc(push.at);
    for (auto& [serial, terminal] : terminals_) {
        if (const auto found = by_id.find(terminal->row.id); found != by_id.end()) terminal->last_push = found->second;
    }
}

std::vector<Terminal*> TerminalRegistry::each() {
    std::vector<Terminal*> list;
    list.reserve(terminals_.size());
    for (const auto& [serial, terminal] : terminals_) list.push_back(terminal.get());
    return list;
}

// One an hour, or where it is another than the last.
void TerminalRegistry::note_clock(Terminal& terminal, std::chrono::milliseconds difference) {
    constexpr std::chrono::hours often_enough{1};
    constexpr std::chrono::seconds another{30};
    const Instant now = now_();
    terminal.clock_offset = difference;
    if (const auto& last = terminal.clock_written) {
        const auto change = std::chrono::milliseconds(last->difference_ms) - difference;
        const bool same = change < another && change > -another;
        if (same && now - decode_utc(last->at).value_or(Instant{}) < often_enough) return;
    }
    terminal.clock_news = terminal.clock_written = storage::ClockRow{format_utc(now), difference.count(), "push"};
}

std::vector<TerminalRegistry::ClockNews> TerminalRegistry::take_clocks() {
    std::vector<ClockNews> news;
    for (const auto& [serial, terminal] : terminals_) {
        if (terminal->row.id == 0 || !terminal->clock_news) continue;
        news.push_back({terminal->row.id, *std::exchange(terminal->clock_news, std::nullopt)});
    }
    return news;
}

std::vector<const Terminal*> TerminalRegistry::all() const {
    std::vector<const Terminal*> list;
    list.reserve(terminals_.size());
    for (const auto& [serial, terminal] : terminals_) list.push_back(terminal.get());
    std::sort(list.begin(), list.end(), [](const auto* a, const auto* b) { return a->row.serial < b->row.serial; });
    return list;
}

bool TerminalRegistry::has_room_for_unknown(const std::string& address) const {
    if (unknown_ >= most_unknown) return false;
    const auto found = unknown_of_.find(network_around(address));
    return found == unknown_of_.end() || found->second < most_unknown_of_network;
}

void TerminalRegistry::count_unknown(Terminal& terminal) {
    ++unknown_;
    terminal.unknown_from = network_around(terminal.row.address);
    ++unknown_of_[terminal.unknown_from];
}

void TerminalRegistry::discount_unknown(Terminal& terminal) {
    --unknown_;
    const auto found = unknown_of_.find(terminal.unknown_from);
    if (found != unknown_of_.end() && --found->second == 0) unknown_of_.erase(found);
}

Terminal* TerminalRegistry::contact(const std::string& serial, const std::string& address) {
    const Instant now = now_();
    Terminal* terminal = find(serial);
    if (terminal == nullptr) {
        const bool approve = settings_.unknown_terminals == config::UnknownTerminals::approve;
        if (approve ? terminals_.size() >= most_approved_unseen : !has_room_for_unknown(address)) {
            ++refused_unknown_;
            return nullptr;
        }
        storage::TerminalRow row;
        row.serial = serial;
        row.address = address;
        row.first_seen = format_utc(now);
        lay_over(row, said_of({}, settings_.time_zone));
        terminal = &add(std::move(row));
        ++unknown_seen_;
        log::info("terminal.unknown", "unknown terminal seen", {{"terminal", serial}, {"address", address}});
    }
    const bool on_trial =
        settings_.unknown_terminals == config::UnknownTerminals::approve && terminal->row.state == TerminalState::seen;
    // While it is turned away it keeps what it has.
    if (terminal->approved() || on_trial) note_push(*terminal, now);
    terminal->last_seen = now;
    if (terminal->row.first_seen.empty()) terminal->row.first_seen = format_utc(now);
    if (terminal->row.address != address) terminal->row.address = address;
    terminal->contact_changed = true;
    return terminal;
}

void TerminalRegistry::note_push(Terminal& terminal, Instant now) {
    if (terminal.last_push && now - *terminal.last_push > settings_.completeness.after_gap)
        gaps_.push_back({&terminal, *terminal.last_push, now});
    if (!terminal.last_push || !terminal.online_since || now - *terminal.last_push > contact_gap)
        terminal.online_since = now;
    terminal.last_push = now;
}

void TerminalRegistry::pulled(Terminal& terminal) {
    terminal.last_seen = now_();
    if (terminal.row.first_seen.empty()) terminal.row.first_seen = format_utc(*terminal.last_seen);
    terminal.contact_changed = true;
}

void TerminalRegistry::learn(Terminal& terminal, const adms::TerminalFacts& facts) {
    const auto take = [](std::string& into, const std::string& said) {
        if (!said.empty()) into = said;
    };
    take(terminal.row.firmware, facts.firmware);
    take(terminal.row.push_version, facts.push_version);
    take(terminal.row.model, facts.model);
    take(terminal.row.platform, facts.platform);
    take(terminal.row.mac, facts.mac);
    if (!facts.more.empty()) terminal.row.facts = with_facts(terminal.row.facts, facts.more);
    if (facts.users) terminal.row.users = facts.users;
    if (facts.records) terminal.row.records = facts.records;
    terminal.contact_changed = terminal.facts_changed = true;
}

void TerminalRegistry::apply(Terminal& terminal, const storage::TerminalRow& row) {
    const bool was_unknown = terminal.row.state == TerminalState::seen;
    const bool is_unknown = row.state == TerminalState::seen;
    if (was_unknown && !is_unknown) discount_unknown(terminal);
    if (!was_unknown && is_unknown) count_unknown(terminal);
    terminal.row.id = row.id;
    terminal.row.name = row.name;
    terminal.row.state = row.state;
    terminal.row.unit = row.unit;
    terminal.row.configured = row.configured;
    if (row.time_zone != terminal.zone.name()) terminal.zone = Zone(row.time_zone);
    terminal.row.time_zone = row.time_zone;
}

TerminalRegistry::Changed TerminalRegistry::take_changed() {
    Changed changed;
    for (const auto& [serial, terminal] : terminals_) {
        // What let it in is stored first, with its audit row.
        if (!terminal->contact_changed || terminal->approval_unsaved) continue;
        if (terminal->last_seen) terminal->row.last_seen = format_utc(*terminal->last_seen);
        changed.terminals.push_back(terminal.get());
        changed.rows.push_back(terminal->row);
        changed.facts.push_back(terminal->facts_changed);
        if (!terminal->facts_changed) take_facts(changed.rows.back(), {});
        terminal->contact_changed = terminal->facts_changed = false;
    }
    return changed;
}

std::vector<storage::OnlineRow> TerminalRegistry::take_online() {
    constexpr std::chrono::minutes often_enough{1};
    std::vector<storage::OnlineRow> intervals;
    for (const auto& [serial, terminal] : terminals_) {
        if (terminal->row.id == 0 || !terminal->online_since || !terminal->last_push) continue;
        // A contact that has just begun is news, too: it may be a short one.
        const auto taken = terminal->online_taken;
        const bool begun = !taken || *taken < *terminal->online_since;
        if (!begun && *terminal->last_push < *taken + often_enough) continue;
        terminal->online_taken = terminal->last_push;
        intervals.push_back(
            {terminal->row.id, "push", format_utc(*terminal->online_since), format_utc(*terminal->last_push)});
    }
    return intervals;
}

void TerminalRegistry::give_back(const std::vector<storage::OnlineRow>& intervals) {
    for (const auto& interval : intervals) {
        if (Terminal* terminal = find_by_id(interval.terminal_id)) terminal->online_taken.reset();
    }
}

void TerminalRegistry::give_back(const std::vector<ClockNews>& news) {
    for (const auto& clock : news) {
        Terminal* terminal = find_by_id(clock.terminal_id);
        if (terminal != nullptr && !terminal->clock_news) terminal->clock_news = clock.row;
    }
}

void TerminalRegistry::give_back(const Changed& changed) {
    for (std::size_t i = 0; i < changed.terminals.size(); ++i) {
        changed.terminals[i]->contact_changed = true;
        if (changed.facts[i]) changed.terminals[i]->facts_changed = true;
    }
}

}  // namespace presensi
