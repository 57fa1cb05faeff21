#include "daemon/web/page_files.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "tests/support/daemon_process.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using web::PageFile;

namespace {

const std::filesystem::path folder = PRESENSI_SOURCE_DIR "/daemon/web/page";

std::string unzip(std::string_view bytes) {
    const test::TemporaryFolder place;
    test::write_file(place.path() / "x.gz", bytes);
    const std::string command = "gzip -d " + (place.path() / "x.gz").string();
    REQUIRE(std::system(command.c_str()) == 0);
    return test::read_file(place.path() / "x");
}

}  // namespace

TEST_CASE("page files: all of the folder and nothing else is in the daemon, byte for byte") {
    std::set<std::string> names;
    for (const PageFile& file : web::page_files()) {
        CAPTURE(file.name);
        CHECK(names.insert(std::string(file.name)).second);
        CHECK(file.bytes == test::read_file(folder / file.name));
        CHECK(file.digest.size() == 64);
        if (!file.gzipped.empty()) {
            CHECK(file.gzipped.size() < file.bytes.size());
            CHECK(unzip(file.gzipped) == file.bytes);
        }
        CHECK(web::find_page_file(file.name) == &file);
    }
    std::set<std::string> on_disk;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) on_disk.insert(entry.path().lexically_relative(folder).string());
    }
    CHECK(names == on_disk);
    CHECK(names.contains("index.html"));
    for (const char* name : {"", "/", "INDEX.HTML", "../page_files.hpp", "index.html/", "./index.html"}) {
        CAPTURE(name);
        CHECK(web::find_page_file(name) == nullptr);
    }
}

// The policy refuses what stands in the page itself, so a mistake here is a page that does not work.
TEST_CASE("page files: nothing that the security policy forbids, and what the page names is there") {
    for (const PageFile& file : web::page_files()) {
        if (!file.name.ends_with(".html")) continue;
        CAPTURE(file.name);
        const std::string html(file.bytes);
        CHECK_FALSE(std::regex_search(
            html, std::regex("<style|<script(?![^>]*\\bsrc=)|\\sstyle=|\\son[a-z]+=", std::regex::icase)));
        CHECK_FALSE(std::regex_search(html, std::regex("(src|href)=\"(https?:)?//", std::regex::icase)));
        const std::regex asset("\"/assets/([^\"]+)\"");
        for (std::sregex_iterator it(html.begin(), html.end(), asset), end; it != end; ++it) {
            const std::string name = (*it)[1];
            CAPTURE(name);
            CHECK((web::find_page_file(name) != nullptr || web::find_page_file("vendor/" + name) != nullptr));
        }
    }
}
