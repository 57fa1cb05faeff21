#pragma once

#include <memory>
#include <set>
#include <string>

namespace presensi::storage {

// While it lives, every database opened in this process writes through it: a disk that fails when told to, counts what
// is done to it, and remembers what was written and not yet synced. The databases must be closed before it goes.
class FaultyVfs {
public:
    enum class Fault { full, write_error, sync_error };

    FaultyVfs();
    ~FaultyVfs();
    FaultyVfs(const FaultyVfs&) = delete;
    FaultyVfs& operator=(const FaultyVfs&) = delete;

    // From the operation number `after` on (0: the next) every one that `fault` concerns fails, until heal().
    void fail(Fault fault, int after);
    // Returns whether anything failed.
    bool heal();

    int writes() const;
    int syncs() const;
    std::set<std::string> unsynced() const;  // paths

    struct State;

private:
    std::unique_ptr<State> state_;
};

}  // namespace presensi::storage
