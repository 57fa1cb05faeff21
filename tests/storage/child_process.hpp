#pragma once

#include <sys/types.h>

#include <functional>

namespace presensi::storage {

// A forked process that does `work` and then lives on idly, with all that `work` holds, until it is killed.
class ChildProcess {
public:
    using Ready = std::function<void()>;
    // Returns when the work has called `ready`, which does not return to it; throws if it ended in another way.
    explicit ChildProcess(const std::function<void(const Ready& ready)>& work);
    ~ChildProcess() { kill(); }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    pid_t pid() const { return pid_; }
    void kill();  // SIGKILL, and waits for the end

private:
    pid_t pid_ = -1;
};

}  // namespace presensi::storage
