#include "daemon/web/page_files.hpp"

#include <algorithm>

namespace presensi::web {

const PageFile* find_page_file(std::string_view name) {
    const auto files = page_files();
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const PageFile& file) { return file.name == name; });
    return found == files.end() ? nullptr : &*found;
}

}  // namespace presensi::web
