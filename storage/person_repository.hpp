#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attendance/records.hpp"
#include "storage/database.hpp"

namespace presensi::storage {

struct PinRow {
    std::int64_t id = 0;
    std::int64_t person_id = 0;
    std::string serial;  // empty: on all terminals
    std::string pin;     // as it was given; compared by its key
    attendance::Span valid;
    std::string reason;
    std::string assigned_by;
    std::string assigned_at;  // RFC 3339 UTC
};

// People, where they work, and their PINs. Nothing is deleted: a row ends. Who changes something calls these inside a
// transaction with DirectoryRepository::changed() and an audit row.
class PersonRepository {
public:
    explicit PersonRepository(Database& database) : database_(database) {}

    // Returns their ids, in their order.
    std::vector<std::int64_t> add(std::span<const attendance::Person> people, const std::string& at);
    // NIP, name and kind; the uuid stays for ever.
    void change(const attendance::Person& person);

    // Of people who have none yet.
    void add_memberships(std::span<const attendance::Membership> memberships);
    // From valid.from on: what held then ends on that day; what began that very day is corrected.
    void set_membership(const attendance::Membership& membership);

    // Of the unit that they are of without an end: no longer from that day on. On the day it began: they never were.
    void end_membership(std::int64_t person_id, attendance::Day to);

    void add_pins(std::span<const PinRow> pins);
    std::vector<PinRow> list_pins(std::int64_t person_id);  // by their beginning
    std::optional<PinRow> find_pin(std::int64_t id);
    // From `to` on it holds no more; on the day it began: it never held.
    void end_pin(std::int64_t id, attendance::Day to);

private:
    Database& database_;
};

}  // namespace presensi::storage
