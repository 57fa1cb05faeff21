#pragma once
// Who punched, as the directory says now: a PIN that is assigned later names the punches of before, too.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "attendance/directory.hpp"
#include "storage/intake.hpp"

namespace presensi::people {

struct Named {
    const attendance::Person* person = nullptr;  // null: nobody known; lives as long as the directory
    std::string unit;                            // code, of that day; empty: none
    bool wrong_terminal = false;                 // it counts, but was expected at another terminal (M-3)
};

class Naming {
public:
    explicit Naming(attendance::DirectoryPtr directory) : directory_(std::move(directory)) {}

    Named name(const storage::FeedRow& punch);
    // Those who were named so far: whoever shows them says so to the access log.
    std::vector<std::int64_t> named() const { return {named_.begin(), named_.end()}; }

private:
    attendance::DirectoryPtr directory_;
    std::set<std::int64_t> named_;
};

}  // namespace presensi::people
