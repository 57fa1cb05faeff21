#pragma once
// Who is on a unit's sheet of a month. A frozen month keeps it, so that its sheet stays whatever is recorded later.

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "daemon/period/board.hpp"

namespace presensi::period {

struct RollPerson {
    std::int64_t id = 0;
    std::string name;
    std::string nip;
    std::string jabatan;
};

struct Roll {
    std::vector<RollPerson> people;              // by id
    std::unordered_set<std::int64_t> elsewhere;  // punches, by id: at another terminal than was expected
};

// As it is now: everybody whose month that unit submits on at least one day, even without a punch, and whose a punch of
// it is.
Roll call_roll(const Question& question, const std::string& unit, const std::vector<UnitPunch>& punches);

// Of the unit's month: as it was frozen, else as it is now.
Roll roll_of(storage::Database& database, const Question& question, const storage::PeriodRow& row,
             const std::vector<UnitPunch>& punches);

// In the detail of the step that froze it, where nobody but roll_of() reads it: it has names.
inline constexpr const char* roll_key = "roll";
boost::json::object to_json(const Roll& roll);

}  // namespace presensi::period
