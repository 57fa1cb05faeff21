#pragma once
// Does the number of records that came fit what the terminal counted? (protocol-4370 § 3.7)

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace presensi::zk4370 {

// The terminal's counter before and after a read; nothing where it was not asked, or had none.
struct CountRange {
    std::optional<std::uint32_t> before;
    std::optional<std::uint32_t> after;

    // A terminal that counts zero and delivers records has no counter (protocol-4370 § 5.2).
    bool known_for(std::size_t records) const;

    // Between both counts; with only one of them, not fewer. Any number fits unknown counts.
    bool fits(std::size_t records) const;

    // The counts that are above zero, each once: 0, 1 or 2 of them.
    std::vector<std::uint32_t> counts() const;

    // "4 before and 5 after the read", "unknown".
    std::string describe() const;
};

}  // namespace presensi::zk4370
