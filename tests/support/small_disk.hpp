#pragma once
// A file system of its own, of so many bytes, in memory; gone with the object. Needs the right to mount.

#include <fcntl.h>
#include <pwd.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.hpp"

namespace presensi::test {

class SmallDisk {
public:
    // options: "size=8m", as mount(8) knows them for tmpfs.
    explicit SmallDisk(const std::string& options) {
        mounted_ = ::mount("presensi-test", path().c_str(), "tmpfs", 0, options.c_str()) == 0;
        if (!mounted_) problem_ = std::strerror(errno);
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    bool mounted() const { return mounted_; }  // else it is a folder on a large disk
    const std::string& problem() const { return problem_; }
    const std::filesystem::path& path() const { return folder_.path(); }

    // False: there is no such user, or it may not be given away.
    bool give_to(const char* user) const {
        const passwd* owner = ::getpwnam(user);
        return owner != nullptr && ::chown(path().c_str(), owner->pw_uid, owner->pw_gid) == 0;
    }

    // Until not another byte has room.
    void fill() const {
        const int file = ::open((path() / "filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        const std::string block(64 * 1024, 'x');
        for (std::size_t piece = block.size(); piece > 0;) {
            if (::write(file, block.data(), piece) < 0) piece /= 2;
        }
        ::close(file);
    }
    void make_room() const { ::unlink((path() / "filler").c_str()); }

private:
    TemporaryFolder folder_;
    bool mounted_ = false;
    std::string problem_;
};

}  // namespace presensi::test
