// The configuration file as a file: where it is, what lies beside it, where the state goes.

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "config/load.hpp"
#include "temp_folder.hpp"

using namespace presensi::config;

namespace {

std::string only_error(const std::filesystem::path& file) {
    const LoadResult result = load_settings(file, "");
    CHECK_FALSE(result.settings.has_value());
    REQUIRE(result.errors.size() == 1);
    return result.errors[0].text();
}

}  // namespace

TEST_CASE("configuration file: what cannot be read is one sentence with the name as given") {
    const TempFolder folder;
    const std::string name = folder.path().string();
    folder.write("empty.yaml", "");
    folder.write("blank.yaml", " \n\t\r\n");
    folder.write("large.yaml", std::string(1048577, '#'));
    folder.write("largest.yaml", std::string(1048576, '#'));
    REQUIRE(::mkfifo((name + "/pipe.yaml").c_str(), 0600) == 0);

    CHECK(only_error("no-such.yaml") == "no-such.yaml: the file cannot be read: No such file or directory");
    CHECK(only_error(folder.path()) == name + ": the file is a folder, not a file");
    CHECK(only_error(name + "/pipe.yaml") == name + "/pipe.yaml: the file is not a regular file");
    CHECK(only_error(name + "/empty.yaml") == name + "/empty.yaml: the file is empty");
    CHECK(only_error(name + "/blank.yaml") == name + "/blank.yaml: the file is empty");
    CHECK(only_error(name + "/large.yaml") == name + "/large.yaml: the file is larger than 1048576 bytes");
    CHECK(load_settings(name + "/largest.yaml", "").settings.has_value());
}

TEST_CASE("state folder: the first of $STATE_DIRECTORY, else beside the configuration file") {
    const TempFolder folder;
    const std::filesystem::path file = folder.write("presensi.yaml", "storage: { sqlite: { path: p.db } }\n");
    const std::filesystem::path absolute = folder.write("absolute.yaml", "storage: { sqlite: { path: /srv/p.db } }\n");
    struct Case {
        std::string name;
        std::filesystem::path file;
        const char* state_directory;
        std::filesystem::path database;
    };
    const Case cases[] = {
        {"not set", file, "", folder.path() / "p.db"},
        {"one", file, "/var/lib/presensi", "/var/lib/presensi/p.db"},
        {"several", file, "/var/lib/presensi:/var/lib/other", "/var/lib/presensi/p.db"},
        {"an absolute path", absolute, "/var/lib/presensi", "/srv/p.db"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const LoadResult result = load_settings(c.file, c.state_directory);
        REQUIRE(result.settings.has_value());
        CHECK(result.settings->file == c.file);
        CHECK(result.settings->database_path() == c.database);
    }
}

TEST_CASE("units file: beside the configuration file, and it must exist") {
    const TempFolder folder;
    const std::filesystem::path file = folder.write("presensi.yaml", "units_file: units.yaml\n");
    CHECK(only_error(file) ==
          file.string() + ":1:13: units_file: there is no file " + folder.path().string() + "/units.yaml");
    const std::filesystem::path units = folder.write("units.yaml", "units: []\n");
    const LoadResult result = load_settings(file, "/var/lib/presensi");
    REQUIRE(result.settings.has_value());
    CHECK(result.settings->units_file == units);
}
