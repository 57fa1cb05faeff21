#include "storage/sqlite/lock_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "storage/store_error.hpp"

namespace presensi::storage::sqlite {
namespace {

// The number at the start of the file; empty while its owner has not written it yet.
std::string read_pid(int descriptor) {
    char text[32];
    const ssize_t size = ::pread(descriptor, text, sizeof text, 0);
    std::string pid;
    for (ssize_t i = 0; i < size && text[i] >= '0' && text[i] <= '9'; ++i) pid += text[i];
    return pid;
}

}  // namespace

LockFile::LockFile(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640)) {
    if (descriptor_ < 0) {
        throw StoreUnusable(fmt::format("its lock {} cannot be opened: {}", path.string(), std::strerror(errno)));
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        const std::string pid = read_pid(descriptor_);
        ::close(descriptor_);
        if (error != EWOULDBLOCK) {
            throw StoreUnusable(fmt::format("its lock {} cannot be taken: {}", path.string(), std::strerror(error)));
        }
        throw StoreUnusable(fmt::format("it is in use by presensid{}; stop it first",
                                        pid.empty() ? std::string() : " with pid " + pid));
    }
    // The pid is for the sentence above; the lock holds without it, also on a full disk.
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor_, 0) == 0) {
        [[maybe_unused]] const ssize_t written = ::pwrite(descriptor_, pid.data(), pid.size(), 0);
    }
}

LockFile::~LockFile() { ::close(descriptor_); }

}  // namespace presensi::storage::sqlite
