#pragma once
// What the daemon knows of every terminal, in memory, on the I/O thread; written to the store in bulk
// (architecture 3.5).

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/settings.hpp"
#include "daemon/clock.hpp"
#include "daemon/talk/evidence.hpp"
#include "protocol/adms/facts.hpp"
#include "protocol/records.hpp"
#include "storage/contact_repository.hpp"
#include "storage/count_repository.hpp"
#include "storage/terminal_repository.hpp"

namespace presensi {

// The change a person makes to a terminal; what is absent stays.
struct TerminalChange {
    std::optional<storage::TerminalState> state;
    std::optional<std::string> name;
    std::optional<std::string> unit;
    std::optional<std::string> time_zone;
};

struct Terminal {
    explicit Terminal(storage::TerminalRow stored) : row(std::move(stored)), zone(row.time_zone) {}

    storage::TerminalRow row;  // row.id is 0 until it is stored
    Zone zone;
    config::TerminalRole role = config::TerminalRole::daily;
    bool portable = false;
    config::TransFlag trans_flag = config::TransFlag::text;
    std::vector<config::Network> networks;
    config::Secret push_key;     // empty: none is asked for
    config::Secret path_secret;  // likewise

    std::map<std::string, std::string> stamps;  // durable ones, by table
    std::int64_t punches = 0;
    std::int64_t rejects = 0;
    std::string last_punch;  // newest device time

    std::optional<Instant> last_seen;                 // by any road
    std::optional<Instant> last_push;                 // that was let in
    std::optional<Instant> online_since;              // start of the unbroken contact that we saw; none: unknown
    std::optional<Instant> online_taken;              // how far that contact was handed on
    std::optional<Instant> last_upload;               // of punches, by push
    std::optional<std::chrono::minutes> told_offset;  // from UTC, at its last handshake
    std::optional<Instant> offset_asked_at;           // for a new handshake, the last time
    std::string keyed_address;                        // from where its handshake showed the push key
    std::map<std::int64_t, talk::SentAgain> fetches;  // under way, by the id of the comparison
    talk::DriftEstimate drift;
    talk::Alternation addresses;
    talk::Alternation firmwares;
    talk::Alternation macs;
    std::optional<Instant> two_sources_until;  // two speak as this terminal
    std::optional<Instant> suspect_until;      // and what is pushed until then counts only when it was looked at
    std::optional<Instant> foreign_at;         // somebody outside its networks did, the last time
    std::optional<Instant> keyless_at;         // somebody without its secret did, the last time
    std::string keyless_address;               // and from where
    std::string unknown_from;                  // while it is only seen: the network that it counts for
    std::optional<std::chrono::milliseconds> clock_offset;  // its clock minus ours, as last estimated or asked
    std::optional<storage::ClockRow> clock_news;            // for the next bulk write
    std::optional<storage::ClockRow> clock_written;
    std::optional<Instant> rejects_at;  // the last time that lines of it could not be read
    std::int64_t rejects_lately = 0;    // how many, since a day without
    bool plain_protocol = false;        // it called /exchange (protocol-adms § 5.6)
    bool approval_unsaved = false;      // unknown_terminals: approve let it in, and the store does not know yet
    bool contact_changed = false;       // something for the next bulk write
    bool facts_changed = false;         // and what it told of itself belongs to it

    bool approved() const { return row.state == storage::TerminalState::approved; }
};

// For a configuration that is read while we run: the rows of `stored` that it changes, as load() below would, and those
// that it names and the store does not know (id 0).
std::vector<storage::TerminalRow> rows_of_configuration(std::vector<storage::TerminalRow> stored,
                                                        const config::Settings& settings, Instant now);

class TerminalRegistry {
public:
    // A pause longer than this ends the unbroken contact: terminals poll every 10 s and retry after 60 s
    // (protocol-adms § 2.3).
    static constexpr std::chrono::minutes contact_gap{5};
    // An unknown serial leaves one bounded row (architecture 3.9): at most this many of them.
    static constexpr std::size_t most_unknown = 1000;
    // … and of one network (/24, or /64) at most half of them, so that nobody there hides a new terminal elsewhere.
    static constexpr std::size_t most_unknown_of_network = most_unknown / 2;
    // With unknown_terminals: approve, which is for trials.
    static constexpr std::size_t most_approved_unseen = 100'000;

    TerminalRegistry(const config::Settings& settings, Now now);

    // Takes over what the store knows and lays the configuration over it: it creates and approves; a value that the
    // file says anew since the last start wins over the store's, otherwise the store's stays (a change by API, too).
    void load(std::vector<storage::TerminalRow> rows, const std::vector<storage::TerminalRepository::Stamp>& stamps);
    // The settings are new ones; `changed`: rows_of_configuration(), as they were stored.
    void reload(const std::vector<storage::TerminalRow>& changed);
    // When each pushed last, before this start.
    void set_last_pushes(const std::vector<storage::ContactRepository::LastPush>& pushes);
    // What was stored before this start, beside what was counted since.
    void add_counts(const std::string& serial, const storage::CountRepository::OfTerminal& stored);
    // What other daemons on the same database have changed meanwhile, as it is stored now.
    void refresh(std::vector<storage::TerminalRow> rows, const std::vector<storage::TerminalRepository::Stamp>& stamps);

    Terminal* find(std::string_view serial);
    Terminal* find_by_id(std::int64_t id);
    std::vector<const Terminal*> all() const;  // by serial
    std::vector<Terminal*> each();             // in no order
    std::size_t size() const { return terminals_.size(); }

    // A valid serial spoke from `address`. Null: unknown, and the list of unknown ones is full.
    Terminal* contact(const std::string& serial, const std::string& address);
    void learn(Terminal& terminal, const adms::TerminalFacts& facts);
    // A pull reached it.
    void pulled(Terminal& terminal);
    // We refused or lost what it sent: that it comes late is not its doing.
    void break_contact(Terminal& terminal) { terminal.online_since.reset(); }

    void apply(Terminal& terminal, const storage::TerminalRow& row);

    // For the bulk write: terminals with news, their marks cleared, and the rows to write; what a terminal told of
    // itself only where it told us, so that two daemons never take it from each other.
    struct Changed {
        std::vector<Terminal*> terminals;
        std::vector<storage::TerminalRow> rows;
        std::vector<bool> facts;  // whether the row has them
    };
    Changed take_changed();
    // Unbroken contact by push of those that are stored, where it has just begun or a minute or more of it is news: an
    // interval that ends early in the store only makes its evidence weaker.
    std::vector<storage::OnlineRow> take_online();
    // Silences of approved terminals that pushed again after more than completeness.after_gap.
    struct Gap {
        Terminal* terminal = nullptr;
        Instant from{};
        Instant to{};
    };
    std::vector<Gap> take_gaps() { return std::exchange(gaps_, {}); }
    void give_back(std::vector<Gap> gaps) { gaps_.insert(gaps_.end(), gaps.begin(), gaps.end()); }
    // Estimates of clocks that say something new.
    struct ClockNews {
        std::int64_t terminal_id = 0;
        storage::ClockRow row;
    };
    std::vector<ClockNews> take_clocks();
    // How a terminal's clock goes, estimated.
    void note_clock(Terminal& terminal, std::chrono::milliseconds difference);
    // That write failed: they come again.
    void give_back(const Changed& changed);
    void give_back(const std::vector<storage::OnlineRow>& intervals);
    void give_back(const std::vector<ClockNews>& news);

    std::int64_t refused_unknown() const { return refused_unknown_; }
    // Serials that nobody knew, since the start; those that the full list had no room for, each time they spoke.
    std::int64_t unknown_seen() const { return unknown_seen_ + refused_unknown_; }

private:
    Terminal& add(storage::TerminalRow row);
    bool has_room_for_unknown(const std::string& address) const;
    void count_unknown(Terminal& terminal);
    void discount_unknown(Terminal& terminal);
    void note_push(Terminal& terminal, Instant now);

    const config::Settings& settings_;
    Now now_;
    std::unordered_map<std::string, std::unique_ptr<Terminal>> terminals_;
    std::unordered_map<std::int64_t, Terminal*> by_id_;  // as they were looked for
    std::vector<Gap> gaps_;
    std::size_t unknown_ = 0;
    std::map<std::string, std::size_t> unknown_of_;  // by network
    std::int64_t refused_unknown_ = 0;
    std::int64_t unknown_seen_ = 0;
};

}  // namespace presensi
