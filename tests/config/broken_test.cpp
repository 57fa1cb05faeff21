#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "config/load.hpp"
#include "config/printable.hpp"
#include "temp_folder.hpp"

using namespace presensi::config;

namespace {

struct Mistake {
    int line;
    int column;
    const char* says;  // @file of the sources@ stands for its path as it is shown
};

// In the order of the file, which is the order of the errors.
constexpr Mistake mistakes[] = {
    {2, 12, "time_zone: Asia/Makasar is not a time zone; did you mean Asia/Makassar?"},
    {3, 1, "terminal_listner: unknown key; did you mean terminal_listener?"},
    {5, 12, "storage.backend: postgre is not one of sqlite, postgres; did you mean postgres?"},
    {6, 19, "storage.sqlite.path: folder/ names a folder, not a file"},
    {8, 10,
     "storage.postgres.url: holds a password; take it out and put it into a file of its own (mode 640), named with "
     "password_file"},
    {9, 5,
     "storage.postgres.password: unknown key; put the password into a file of its own and name it with password_file"},
    {10, 20, "storage.postgres.password_file: @tests/config/no-such-file@ cannot be read: No such file or directory"},
    {11, 16,
     "storage.postgres.owner_url: 127.0.0.1 is not a connection to PostgreSQL (such as postgresql://host/presensi)"},
    {12, 12, "storage.migrate: yes is not one of true, false"},
    {14, 12, "terminal_listener.address: all is not an IP address (such as 10.20.0.14 or fd00::14)"},
    {15, 9, "terminal_listener.port: 70000 is not a port (1–65535, or 0 for any free one)"},
    {16, 45, "admin_listener.port: eight is not a port (1–65535, or 0 for any free one)"},
    {17, 20, "unknown_terminals: aprove is not one of hold, approve; did you mean approve?"},
    {18, 8, "clock: must hold keys, each as `key: value`"},
    {21, 28, "limits.connections_per_address: many is not a whole number"},
    {22, 11, "limits.header: 8KB is not a size (bytes as 8192, or 8KiB, 16MiB, 1GiB)"},
    {23, 9, "limits.body: 1GiB is out of range (64KiB–256MiB)"},
    {24, 3, "limits.body: duplicate key; the first one is in line 23"},
    {25, 3, "limits.line: has no value; write one, or leave the key out to get the default"},
    {26, 11, "limits.upload: 99999999999999999999GiB is out of range (64KiB–1GiB)"},
    {28, 14, "pull.networks[0]: 10.20.0.5/16 is an address inside a network; did you mean 10.20.0.0/16?"},
    {28, 28, "pull.networks[1]: 10.20.0.0/33 is not a network (such as 10.20.0.0/16 or 10.20.0.14)"},
    {29, 11, "pull.quiet[0]: 07:00-24:00 is not a span of hours (such as 07:00-08:30)"},
    {29, 26, "pull.quiet[1]: 08:00-08:00 begins and ends at the same minute"},
    {30, 10, "pull.every: weekly is not a duration (such as 7d, 12h, 30m, 45s)"},
    {31, 13, "units_file: there is no file @tests/config/no-such-units.yaml@"},
    {33, 5, "terminals[0].serial: is missing"},
    {34, 13, "terminals[1].serial: \"TST 7240100001\" is not a serial number (1–32 letters, digits, _ or -)"},
    {36, 11, "terminals[2].name: is empty"},
    {37, 13, "terminals[3].serial: TST7240100002 is in this file already, in line 35"},
    {38, 11, "terminals[3].name: Bell\\x07 holds control characters"},
    {39, 11, "terminals[3].role: dialy is not one of apel, daily; did you mean daily?"},
    {40, 15, "terminals[3].portable: must be a single value, not a list or keys"},
    {42, 16, "terminals[3].time_zone: WITA is not a time zone; did you mean Asia/Makassar?"},
    {43, 15, "terminals[3].networks: must be a list: [first, second], or one line with `- ` for each"},
    {44, 17, "terminals[3].trans_flag: digts is not one of text, digits; did you mean digits?"},
    {45, 5,
     "terminals[3].comm_key: unknown key; put the comm key into a file of its own and name it with pull.comm_key_file"},
    {46, 11, "terminals[3].pull.address: is missing"},
    {46, 13, "terminals[3].pull.adress: unknown key; did you mean address?"},
    {46, 39, "terminals[3].pull.port: 0 is not a port (1–65535)"},
    {46, 42,
     "terminals[3].pull.comm_key: unknown key; put the comm key into a file of its own and name it with comm_key_file"},
    {46, 65, "terminals[3].pull.every: 0s is out of range (1s–366d)"},
    {47, 57, "aliases (*name) are not used here; write the value out"},
    {48, 13, "tags (tag:yaml.org,2002:str) are not used here"},
    {49, 5, "terminals[6]: must hold keys, each as `key: value`"},
    {50, 3, "a key must be a plain word"},
};

std::string expected_text(std::string says) {
    const auto begin = says.find('@');
    const auto end = says.find('@', begin + 1);
    if (end == std::string::npos) return says;
    const auto file = source(says.substr(begin + 1, end - begin - 1));
    return says.replace(begin, end + 1 - begin, shown_path(file.string()));
}

}  // namespace

TEST_CASE("broken configuration: every mistake is reported at once, at its place") {
    const std::filesystem::path file = source("tests/config/broken.yaml");
    const LoadResult result = load_settings(file, "");
    CHECK_FALSE(result.settings.has_value());
    CHECK(result.errors.size() == std::size(mistakes));
    for (std::size_t index = 0; index < std::min(result.errors.size(), std::size(mistakes)); ++index) {
        const Mistake& mistake = mistakes[index];
        CHECK(result.errors[index].text() ==
              fmt::format("{}:{}:{}: {}", file.string(), mistake.line, mistake.column, expected_text(mistake.says)));
    }
}

TEST_CASE("broken configuration: no message repeats a secret") {
    for (const ConfigError& error : load_settings(source("tests/config/broken.yaml"), "").errors) {
        CAPTURE(error.message);
        CHECK(error.message.find("made-up") == std::string::npos);
        CHECK(error.message.find("4711") == std::string::npos);
    }
}

TEST_CASE("broken configuration: a terminal stands in a unit of the units_file, if there is one") {
    const TempFolder folder;
    folder.write("units.yaml", R"(units:
  - { code: diskominfo, name: Dinas Kominfo, kind: dinas, aliases: [kominfo], from: 2020-05-04, source: Perbup }
)");
    const std::string terminals = R"(terminals:
  - { serial: TST7240100001, unit: diskominfo }
  - { serial: TST7240100002, unit: diskomifno }
  - { serial: TST7240100003, unit: kominfo }
  - { serial: TST7240100004 }
)";
    const auto result = load_settings(folder.write("presensi.yaml", "units_file: units.yaml\n" + terminals), "");
    REQUIRE(result.errors.size() == 2);
    CHECK(result.errors[0].text().ends_with(
        "presensi.yaml:4:36: terminals[1].unit: diskomifno is not the code of a unit in the units_file; did you mean "
        "diskominfo?"));
    CHECK(result.errors[1].line == 5);
    CHECK(load_settings(folder.write("presensi.yaml", terminals), "").settings);
}

TEST_CASE("a mistake as text: absent parts are left out") {
    struct Case {
        std::string name;
        ConfigError error;
        std::string text;
    };
    const Case cases[] = {
        {"all parts",
         {"presensi.yaml", 14, 9, "terminals[2].pull.port", "70000 is not a port (1–65535)"},
         "presensi.yaml:14:9: terminals[2].pull.port: 70000 is not a port (1–65535)"},
        {"no path", {"presensi.yaml", 3, 1, "", "not valid YAML"}, "presensi.yaml:3:1: not valid YAML"},
        {"no place", {"presensi.yaml", 0, 0, "", "the file is empty"}, "presensi.yaml: the file is empty"},
        {"no file", {"", 0, 0, "port", "is missing"}, "port: is missing"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(c.error.text() == c.text);
    }
}
