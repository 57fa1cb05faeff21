#include "daemon/log_writer.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace presensi::log {

namespace {

// All of it, however long that takes. False: this descriptor cannot take it now (its disk is full) or ever.
bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(descriptor, text.data(), text.size());
        if (count >= 0) {
            text.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {  // whoever shares it has made it non-blocking
            pollfd wait{descriptor, POLLOUT, 0};
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

}  // namespace

struct LogWriter::Shared {
    int descriptor;
    std::size_t most_bytes;
    Tell tell;
    mutable std::mutex mutex;
    std::condition_variable more;
    std::condition_variable done;
    std::deque<std::string> lines;
    std::size_t bytes = 0;
    std::uint64_t dropped = 0;
    std::uint64_t untold = 0;  // of the dropped ones
    std::uint64_t written = 0;
    bool writing = false;
    bool left = false;

    // Under the lock.
    void tell_of_dropped() {
        if (untold == 0) return;
        std::string line = tell(std::exchange(untold, 0));
        bytes += line.size();
        lines.push_back(std::move(line));
    }
    bool is_done() const { return lines.empty() && untold == 0 && !writing; }
};

LogWriter::LogWriter(int descriptor, std::size_t most_bytes, Tell tell) : shared_(std::make_shared<Shared>()) {
    shared_->descriptor = descriptor;
    shared_->most_bytes = most_bytes;
    shared_->tell = std::move(tell);
    std::thread([shared = shared_] { run(shared); }).detach();
}

LogWriter::~LogWriter() {
    const std::lock_guard lock(shared_->mutex);
    shared_->left = true;
    shared_->more.notify_one();
}

void LogWriter::add(std::string line) {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->bytes + line.size() > shared_->most_bytes) {
        ++shared_->dropped;
        ++shared_->untold;
        return;
    }
    shared_->tell_of_dropped();
    shared_->bytes += line.size();
    shared_->lines.push_back(std::move(line));
    shared_->more.notify_one();
}

bool LogWriter::flush(std::chrono::milliseconds patience) {
    std::unique_lock lock(shared_->mutex);
    return shared_->done.wait_for(lock, patience, [this] { return shared_->is_done(); });
}

std::uint64_t LogWriter::dropped() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->dropped;
}

std::uint64_t LogWriter::written() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->written;
}

void LogWriter::run(const std::shared_ptr<Shared>& shared) {
    // A reader that has gone is an error of write(2), not the end of the process; other signals are for others.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    std::unique_lock lock(shared->mutex);
    for (;;) {
        shared->more.wait(lock, [&] { return !shared->lines.empty() || shared->left; });
        if (shared->lines.empty()) return;
        const std::string line = std::move(shared->lines.front());
        shared->lines.pop_front();
        shared->writing = true;
        lock.unlock();
        const bool written = write_all(shared->descriptor, line);
        lock.lock();
        shared->writing = false;
        shared->bytes -= line.size();
        ++(written ? shared->written : shared->dropped);
        if (!written) ++shared->untold;
        // With the next line that comes, where this descriptor takes nothing at all.
        if (written && shared->lines.empty()) shared->tell_of_dropped();
        if (shared->lines.empty()) shared->done.notify_all();
    }
}

}  // namespace presensi::log
