#include "daemon/http/spool.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace presensi::http {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

int open_nameless(const std::filesystem::path& folder) {
    const int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return file >= 0 ? file : open_unlinked(folder);
}

int open_unlinked(const std::filesystem::path& folder) {
    std::string name = folder / "upload.XXXXXX";
    const int file = ::mkostemp(name.data(), O_CLOEXEC);
    if (file < 0) fail("a file for the body cannot be created");
    ::unlink(name.c_str());
    return file;
}

Spool::Spool(const std::filesystem::path& folder, int (*open)(const std::filesystem::path&)) : file_(open(folder)) {}

Spool::~Spool() { ::close(file_); }

void Spool::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(file_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("the body cannot be written");
        size_ += static_cast<std::size_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

Spool::Content::Content(const Spool& spool) {
    if (spool.size_ == 0) return;
    void* begin = ::mmap(nullptr, spool.size_, PROT_READ, MAP_PRIVATE, spool.file_, 0);
    if (begin == MAP_FAILED) fail("the body cannot be read");
    bytes_ = {static_cast<const char*>(begin), spool.size_};
}

Spool::Content::~Content() {
    if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace presensi::http
