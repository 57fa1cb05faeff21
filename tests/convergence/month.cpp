#include "tests/convergence/month.hpp"

#include <algorithm>

namespace presensi::convergence {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Made up; alike where a careless comparison would take them for one.
constexpr const char* keys[] = {"42",         "420",       "A12",  "1042",       "a12",
                                "0A1",        "7",         "A1",   "4294967295", "199001012020121001",
                                "4294967296", "200112345", "K-07", "4200"};

// Any small number, the same each time.
unsigned mixed(unsigned a, unsigned b, unsigned c) {
    unsigned value = a * 2654435761U ^ b * 2246822519U ^ c * 3266489917U;
    value ^= value >> 15;
    value *= 2246822519U;
    return value ^ value >> 13;
}

Made punch_of(unsigned person, const Plan& plan, DeviceTime time, unsigned chance) {
    constexpr int verify_modes[] = {1, 2, 4, 15};
    Made made;
    made.slot = static_cast<std::uint16_t>(person + 1);
    made.key = keys[(person + static_cast<unsigned>(plan.first_person)) % std::size(keys)];
    made.time = time;
    made.state = chance % 11 == 0 ? 255 : static_cast<int>(chance % 6);
    made.verify = verify_modes[chance / 8 % 4];
    made.work_code = chance % 5 == 0 ? chance % 1000 : 0;
    return made;
}

// In to the second; out is often at the other terminal.
void add_day(Month& month, const Plan& plan, unsigned day, unsigned person) {
    const unsigned chance = mixed(day, person, 1);
    const unsigned evening = mixed(day, person, 2);
    const auto morning_time = first_day + days(day) + hours(7) + seconds(chance % 3600);
    const auto evening_time = first_day + days(day) + hours(16) + seconds(evening % 3600);
    month[chance / 7 % terminals_in_plan].push_back(punch_of(person, plan, morning_time, chance));
    month[person % terminals_in_plan].push_back(punch_of(person, plan, evening_time, evening));
}

void add_odd(Month& month, const Month& regular, const Plan& plan, const OddPunch& odd, unsigned number) {
    std::size_t terminal = static_cast<std::size_t>(odd.beside) % terminals_in_plan;
    if (regular[terminal].empty()) terminal = 1 - terminal;
    Made made = regular[terminal][static_cast<std::size_t>(odd.beside) % regular[terminal].size()];
    switch (odd.odd) {
        case Odd::again:
            made.state = (made.state + 1) % 5;
            break;
        case Odd::neighbour:
            made = punch_of(made.slot == plan.people ? 0 : made.slot, plan, made.time, number);
            break;
        case Odd::elsewhere:
            terminal = 1 - terminal;
            break;
        case Odd::long_ago:
            made.time -= days(365 * 12 + 100);
            break;
        case Odd::ahead:
            made.time += days(200);
            break;
    }
    month[terminal].push_back(made);
}

}  // namespace

std::span<const char* const> pin_keys() { return keys; }

Month make_month(const Plan& plan) {
    Month month;
    for (unsigned day = 0; day < static_cast<unsigned>(plan.days); ++day) {
        for (unsigned person = 0; person < static_cast<unsigned>(plan.people); ++person)
            add_day(month, plan, day, person);
    }
    const Month regular = month;
    for (unsigned i = 0; i < plan.odd.size(); ++i) add_odd(month, regular, plan, plan.odd[i], i);
    for (auto& log : month)
        std::stable_sort(log.begin(), log.end(), [](const Made& a, const Made& b) { return a.time < b.time; });
    return month;
}

bool is_impossible(DeviceTime time) { return time < first_day || time >= first_day + days(60); }

}  // namespace presensi::convergence
