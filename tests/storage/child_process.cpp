#include "tests/storage/child_process.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace presensi::storage {

ChildProcess::ChildProcess(const std::function<void(const Ready& ready)>& work) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("pipe failed");
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ == 0) {
        ::close(ends[0]);
        try {
            work([&] {
                if (::write(ends[1], "r", 1) != 1) ::_exit(1);
                for (;;) ::pause();
            });
        } catch (...) {
        }
        ::_exit(1);
    }
    ::close(ends[1]);
    char byte = 0;
    const bool ready = ::read(ends[0], &byte, 1) == 1;
    ::close(ends[0]);
    if (!ready) {
        kill();
        throw std::runtime_error("the child ended before it was ready");
    }
}

void ChildProcess::kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

}  // namespace presensi::storage
