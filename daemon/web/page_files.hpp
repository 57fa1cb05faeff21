#pragma once

#include <span>
#include <string_view>

namespace presensi::web {

// A file of daemon/web/page, as it was when the daemon was built.
struct PageFile {
    std::string_view name;  // "app.js", "vendor/uPlot.esm.js"
    std::string_view content_type;
    std::string_view bytes;
    std::string_view gzipped;  // empty: no smaller that way
    std::string_view digest;   // hex, of the bytes
};

// All there are: made by daemon/web/embed_page.cmake. Nothing is ever looked for on the disk.
std::span<const PageFile> page_files();
const PageFile* find_page_file(std::string_view name);  // null: there is none

}  // namespace presensi::web
