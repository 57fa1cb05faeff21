#pragma once
// An event's roll call as it is stored by now: who was there, and which terminals have not delivered.

#include <string>
#include <vector>

#include "attendance/roll_call.hpp"
#include "daemon/period/board.hpp"

namespace presensi::period {

struct EventTerminal {
    std::string serial;
    std::string name;
    int punches = 0;           // around the event
    std::string last_contact;  // by push, pull or file; RFC 3339 UTC; empty: never
    bool delivered = false;    // talk::Deliveries
};

struct EventRoll {
    attendance::Event event;
    attendance::DirectoryPtr directory;  // what `roll` points into
    attendance::RollCall roll;
    std::vector<EventTerminal> terminals;  // attendance::event_terminals()
    bool is_over = false;
    bool is_complete() const;     // over, and all have delivered
    std::size_t waiting() const;  // terminals that have not
};

// Reads what each terminal has of those hours; on a storage thread. Throws storage::StoreUnavailable.
// `question`: its directory, terminals, zone and now.
EventRoll call_event_roll(storage::Database& database, const Question& question, const attendance::Event& event);

}  // namespace presensi::period
