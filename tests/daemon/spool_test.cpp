// Bodies on the disk: nameless on every file system, and a full disk is an error, not a shorter file.
#include "daemon/http/spool.hpp"

#include <doctest/doctest.h>

#include <sys/mount.h>
#include <unistd.h>

#include <iterator>
#include <string>
#include <system_error>

#include "tests/support/temporary_folder.hpp"

using namespace presensi::http;
using namespace presensi::test;

namespace {

std::ptrdiff_t entries(const std::filesystem::path& folder) {
    return std::distance(std::filesystem::directory_iterator(folder), {});
}

// A small file system, gone with the object.
class SmallDisk {
public:
    explicit SmallDisk(const char* size)
        : mounted_(::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, (std::string("size=") + size).c_str()) == 0) {}
    ~SmallDisk() {
        if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
    }
    bool mounted() const { return mounted_; }
    const std::filesystem::path& path() const { return folder_.path(); }

private:
    TemporaryFolder folder_;
    bool mounted_;
};

}  // namespace

TEST_CASE("a body on the disk has no name, with and without O_TMPFILE") {
    for (const auto open : {open_nameless, open_unlinked}) {
        const TemporaryFolder folder;
        const std::string piece(100'000, 'x');
        {
            Spool spool(folder.path(), open);
            CHECK(entries(folder.path()) == 0);
            spool.append(piece);
            spool.append("end");
            CHECK(entries(folder.path()) == 0);
            CHECK(spool.size() == piece.size() + 3);
            CHECK(Spool::Content(spool).bytes() == piece + "end");
        }
        CHECK(entries(folder.path()) == 0);
        const Spool empty(folder.path(), open);
        CHECK(Spool::Content(empty).bytes().empty());
    }
    for (const auto open : {open_nameless, open_unlinked})
        CHECK_THROWS_AS(Spool("/nowhere/at/all", open), std::system_error);
}

TEST_CASE("a full disk: the body is refused, and its room is free again") {
    const SmallDisk disk("256k");
    if (!disk.mounted()) {
        MESSAGE("SKIPPED: only root mounts a file system");
        return;
    }
    const std::string piece(64 * 1024, 'x');
    for (const int round : {1, 2}) {
        CAPTURE(round);
        Spool spool(disk.path());
        int whole = 0;
        const auto fill = [&] {
            for (; whole < 10; ++whole) spool.append(piece);
        };
        try {
            fill();
            FAIL("a disk of 256 KiB took 640");
        } catch (const std::system_error& error) {
            CHECK(error.code() == std::errc::no_space_on_device);
        }
        CHECK(whole == 4);
    }
}
