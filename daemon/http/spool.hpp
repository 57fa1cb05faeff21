#pragma once
// A body on the disk instead of in memory.

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace presensi::http {

// Opens a new file in the folder that has no name there; throws std::system_error.
int open_nameless(const std::filesystem::path& folder);
// Likewise where files always begin with a name: it is gone at once.
int open_unlinked(const std::filesystem::path& folder);

// A file without a name: gone with the object, and with the process. Written where it is received, read elsewhere.
class Spool {
public:
    // Throws std::system_error, as append() does when the disk is full.
    explicit Spool(const std::filesystem::path& folder, int (*open)(const std::filesystem::path&) = open_nameless);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    void append(std::string_view bytes);
    std::size_t size() const { return size_; }

    // All of it, as long as this lives; may be called on any thread once everything is there.
    class Content {
    public:
        explicit Content(const Spool& spool);  // throws std::system_error
        ~Content();
        Content(const Content&) = delete;
        Content& operator=(const Content&) = delete;
        std::string_view bytes() const { return bytes_; }

    private:
        std::string_view bytes_;
    };

private:
    int file_ = -1;
    std::size_t size_ = 0;
};

}  // namespace presensi::http
