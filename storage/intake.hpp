#pragma once
// The hot path, written once for each engine (architecture 3.5): append and feed. Synchronous; every object belongs to
// one thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/records.hpp"

namespace presensi::storage {

class Intake {
public:
    virtual ~Intake() = default;

    // Stores all deliveries in one transaction and returns after the commit is durable, one receipt per delivery in
    // their order. Repeating a call is harmless: identity is (terminal, device time, pin key), a later sighting is kept
    // only for a new road or other attributes, rejects and unread tables once per content, and a delivery that brought
    // nothing new is not kept. A stamp moves even then.
    // Throws StoreUnavailable (nothing stored, or in doubt: call again) or ContentRefused (nothing stored).
    virtual std::vector<Receipt> append(std::span<const Delivery* const> deliveries) = 0;

    // Tells whoever waits for punches outside this daemon to look at the feed. Only a wake-up: where it throws, they
    // see them at their next look.
    virtual void announce() {}
};

// append() that survives content which the store refuses: halves the batch until the guilty delivery stands alone, then
// keeps that one with all its punches as rejects (store_refused). Throws StoreUnavailable only.
std::vector<Receipt> append_splitting(Intake& intake, std::span<const Delivery* const> deliveries);

struct FeedQuery {
    std::string after;  // cursor of the page before; empty or "0": from the beginning
    int limit = 1000;   // 1–10000
    std::optional<std::string> serial;
    std::optional<std::string> unit;  // of the terminal
    std::optional<std::string> pin_key;
    std::optional<DeviceTime> from;  // from <= device_time
    std::optional<DeviceTime> to;    // device_time < to
};

struct FeedRow {
    std::int64_t id = 0;
    std::string serial;
    std::string zone;  // IANA name
    std::string pin;
    std::string device_time;  // 2026-11-20T07:58:03
    std::string punched_at;   // 2026-11-19T23:58:03Z
    std::optional<std::int64_t> state;
    std::optional<std::int64_t> verify;
    std::optional<std::string> work_code;
    std::vector<std::string> roads;  // first sighting first, each once
    std::string grade;
    std::string received_at;
};

struct FeedPage {
    std::vector<FeedRow> rows;
    std::string next;  // equals `after` when there are no rows (and is never empty)
};

// The change feed in commit order: a reader that follows `next` never misses a row and never sees one twice
// (architecture 5.3).
class PunchFeed {
public:
    virtual ~PunchFeed() = default;
    // Throws BadCursor, CursorExpired, StoreUnavailable.
    virtual FeedPage read(const FeedQuery& query) = 0;
};

}  // namespace presensi::storage
