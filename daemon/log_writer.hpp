#pragma once
// Takes lines to a descriptor on a thread of its own, so that a pipe that nobody reads, a journal that hangs or a disk
// that is slow holds up nobody who logs.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace presensi::log {

class LogWriter {
public:
    // Lines that wait take no more than `most_bytes`; what comes beyond is dropped and counted. `tell` makes the line
    // that says how many there were, which is written when there is room again.
    using Tell = std::function<std::string(std::uint64_t lines)>;
    LogWriter(int descriptor, std::size_t most_bytes, Tell tell);
    // The thread may be in a write that never ends: what still waits is left to it, and nobody waits for it.
    ~LogWriter();
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;

    // With its line end. Never waits.
    void add(std::string line);
    // Until everything is written, or no longer than this. False: it was not.
    bool flush(std::chrono::milliseconds patience);

    std::uint64_t dropped() const;
    std::uint64_t written() const;

private:
    struct Shared;
    static void run(const std::shared_ptr<Shared>& shared);

    std::shared_ptr<Shared> shared_;
};

}  // namespace presensi::log
