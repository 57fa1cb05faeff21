#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "config/decoded.hpp"

namespace presensi::config {

struct FileText {
    std::string text;
    bool others_may_use = false;  // the file mode lets others read or write it
};

// Reads a regular file of at most `limit` bytes. The problem does not name the file.
Decoded<FileText> read_file(const std::filesystem::path& file, std::size_t limit);

}  // namespace presensi::config
