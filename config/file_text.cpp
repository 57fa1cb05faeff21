#include "config/file_text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace presensi::config {
namespace {

class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    int value() const { return value_; }

private:
    int value_;
};

Problem unreadable() { return {"cannot be read: " + std::generic_category().message(errno)}; }

}  // namespace

Decoded<FileText> read_file(const std::filesystem::path& file, std::size_t limit) {
    // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
    const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (descriptor.value() < 0) return unreadable();
    struct stat status {};
    if (::fstat(descriptor.value(), &status) != 0) return unreadable();
    if (S_ISDIR(status.st_mode)) return Problem{"is a folder, not a file"};
    if (!S_ISREG(status.st_mode)) return Problem{"is not a regular file"};

    FileText content;
    content.others_may_use = (status.st_mode & (S_IROTH | S_IWOTH)) != 0;
    char buffer[16 * 1024];
    while (content.text.size() <= limit) {
        const ssize_t count = ::read(descriptor.value(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return unreadable();
        if (count == 0) return content;
        content.text.append(buffer, static_cast<std::size_t>(count));
    }
    return Problem{fmt::format("is larger than {} bytes", limit)};
}

}  // namespace presensi::config
