#include "config/load.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <string>
#include <vector>

#include "temp_folder.hpp"

using namespace presensi::config;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

LoadResult load_text(const TempFolder& folder, std::string_view yaml) {
    return load_settings(folder.write("presensi.yaml", yaml), "");
}

// The errors, each on a line and without the name of the file: "3:9: limits.body: …".
std::string messages_of(const LoadResult& result) {
    std::string messages;
    for (ConfigError error : result.errors) {
        error.file.clear();
        if (!messages.empty()) messages += '\n';
        messages += error.text().substr(error.line > 0 ? 1 : 0);
    }
    return messages;
}

}  // namespace

TEST_CASE("load: what is accepted, and what becomes of it") {
    struct Case {
        std::string name;
        const char* yaml;
        std::function<bool(const Settings&)> holds;
    };
    const Case cases[] = {
        {"comments alone are all defaults", "# nothing\n", [](const Settings& s) { return s.terminals.empty(); }},
        {"a part without keys is its defaults", "limits:\nterminals:\nclock: {}\nterminal_listener:\n  # port: 1\n",
         [](const Settings& s) { return s.limits.header == 8192 && s.terminal_listener.port == 8081; }},
        {"an empty list of terminals", "terminals: []\n", [](const Settings& s) { return s.terminals.empty(); }},
        {"a byte order mark and Windows line ends",
         "\xEF\xBB\xBFtime_zone: Asia/Jakarta\r\nlimits:\r\n  body: 1MiB\r\n",
         [](const Settings& s) { return s.time_zone == "Asia/Jakarta" && s.limits.body == 1048576; }},
        {"anchors alone are harmless", "time_zone: &zone Asia/Jakarta\n",
         [](const Settings& s) { return s.time_zone == "Asia/Jakarta"; }},
        {"quoted numbers", "terminal_listener: { port: \"9000\" }\n",
         [](const Settings& s) { return s.terminal_listener.port == 9000; }},
        {"a serial of digits stays text", "terminals: [{ serial: 0012 }]\n",
         [](const Settings& s) { return s.terminals.at(0).serial == "0012"; }},
        {"serials differ by case", "terminals: [{ serial: abc }, { serial: ABC }]\n",
         [](const Settings& s) { return s.terminals.size() == 2; }},
        {"a key without default may stay empty", "units_file:\nterminals: [{ serial: A, name: , unit: ~ }]\n",
         [](const Settings& s) { return !s.units_file && s.terminals.at(0).name.empty() && !s.terminals.at(0).unit; }},
        {"an empty pull is no pull", "terminals:\n  - serial: A\n    pull:\n",
         [](const Settings& s) { return !s.terminals.at(0).pull; }},
        {"defaults of a terminal's pull", "terminals: [{ serial: A, pull: { address: 10.0.0.1 } }]\n",
         [](const Settings& s) { return s.terminals.at(0).pull->port == 4370 && !s.terminals.at(0).pull->every; }},
        {"quiet hours across midnight", "pull: { quiet: [22:00-05:30] }\n",
         [](const Settings& s) {
             return s.pull.quiet == std::vector<QuietHours>{{hours(22), hours(5) + minutes(30)}};
         }},
        {"durations", "pull: { every: 90m }\n", [](const Settings& s) { return s.pull.every == seconds(5400); }},
        {"any address of the loopback network", "admin_listener: { address: 127.8.9.10 }\n",
         [](const Settings& s) { return s.admin_listener.address == "127.8.9.10"; }},
        {"IPv6 loopback", "admin_listener: { address: \"::1\" }\n",
         [](const Settings& s) { return s.admin_listener.address == "::1"; }},
        {"two listeners on any free port", "terminal_listener: { port: 0 }\nadmin_listener: { port: 0 }\n",
         [](const Settings& s) { return s.terminal_listener.port == 0 && s.admin_listener.port == 0; }},
        {"one port on two addresses",
         "terminal_listener: { address: 127.0.0.2, port: 9000 }\nadmin_listener: { port: 9000 }\n",
         [](const Settings& s) { return s.terminal_listener.port == s.admin_listener.port; }},
        {"fewer connections alone", "limits: { connections: 100 }\n",
         [](const Settings& s) { return s.limits.connections_per_address == 100; }},
        {"a larger body alone", "limits: { body: 256MiB }\n",
         [](const Settings& s) { return s.limits.bodies_in_flight == s.limits.body; }},
        {"the smallest limits",
         "limits: { connections: 1, connections_per_address: 1, header: 1KiB, body: 64KiB, bodies_in_flight: 65536, "
         "line: 1024, upload: 64KiB }\n",
         [](const Settings& s) { return s.limits.line == 1024 && s.limits.bodies_in_flight == 65536; }},
        {"postgres settings wait for their version",
         "storage: { postgres: { url: \"host=/run/db dbname=presensi\" } }\n",
         [](const Settings& s) { return s.storage.postgres_url == "host=/run/db dbname=presensi"; }},
    };
    const TempFolder folder;
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const LoadResult result = load_text(folder, c.yaml);
        CHECK(messages_of(result) == std::string());
        REQUIRE(result.settings.has_value());
        CHECK(c.holds(*result.settings));
    }
}

TEST_CASE("load: what is refused, and the words for it") {
    struct Case {
        std::string name;
        std::string yaml;
        std::string messages;
    };
    const Case cases[] = {
        {"two listeners on one port", "terminal_listener:\n  address: 127.0.0.1\n  port: 8080\n",
         "3:9: terminal_listener.port: port 8080 is taken by admin_listener (its default)"},
        {"a wildcard takes the port of every address",
         "terminal_listener: { port: 9000 }\nadmin_listener: { port: 9000 }\n",
         "2:25: admin_listener.port: port 9000 is taken by terminal_listener"},
        {"the later of the two listeners is the one to change",
         "admin_listener: { port: 9000 }\nterminal_listener: { address: \"::\", port: 9000 }\n",
         "2:43: terminal_listener.port: port 9000 is taken by admin_listener"},
        {"one listener in two spellings", "terminal_listener: { address: \"::ffff:127.0.0.1\", port: 8080 }\n",
         "1:57: terminal_listener.port: port 8080 is taken by admin_listener (its default)"},
        {"a wrong port is not compared with the other",
         "terminal_listener: { port: 8080 }\nadmin_listener: { port: eight }\n",
         "2:25: admin_listener.port: eight is not a port (1–65535, or 0 for any free one)"},
        {"more connections of one address than of all", "limits:\n  connections: 10\n  connections_per_address: 11\n",
         "3:28: limits.connections_per_address: 11 is more than limits.connections (10)"},
        {"less in flight than one body", "limits: { bodies_in_flight: 8MiB }\n",
         "1:29: limits.bodies_in_flight: 8MiB is less than limits.body (16MiB)"},
        {"a line longer than a body", "limits: { body: 64KiB, line: 65KiB }\n",
         "1:30: limits.line: 65KiB is more than limits.body (64KiB)"},
        {"a certificate without its key", "admin_listener:\n  tls:\n    certificate: tls.crt\n",
         "3:18: admin_listener.tls.certificate: a certificate and its key belong together; name both"},
        {"a certificate that is not there", "admin_listener: { tls: { certificate: no.crt, key: tls.key } }\n",
         "1:39: admin_listener.tls.certificate: there is no file {folder}/no.crt"},
        {"a key that everybody can use", "terminal_listener: { tls: { certificate: tls.crt, key: open.key } }\n",
         "1:56: terminal_listener.tls.key: everybody on this machine can use {folder}/open.key; run: chmod o-rwx "
         "{folder}/open.key"},
        {"a limit of nothing", "limits: { connections: 0 }\n",
         "1:24: limits.connections: 0 is out of range (1–1000000)"},
        {"the whole file a list", "- a\n", "1:1: must hold keys, each as `key: value`"},
        {"a merge key", "clock:\n  <<: { send_date: never }\n", "2:3: clock.<<: unknown key"},
        {"a loop of aliases", "pull: &pull\n  networks: *pull\n",
         "2:13: aliases (*name) are not used here; write the value out"},
        {"a second document", "time_zone: UTC\n---\ntime_zone: UTC\n",
         "2:1: a second document begins here; the configuration is one document"},
        {"unclosed list", "pull: { networks: [\n", "2:1: not valid YAML: end of sequence flow not found"},
        {"a tab as indentation", "clock:\n\tsend_date: auto\n",
         "2:11: not valid YAML: illegal map value; line 2 is indented with a tab, use blanks"},
        {"ten thousand brackets", std::string(10000, '['), "1:1: lists and keys are nested too deeply"},
        {"a NUL byte", std::string("time_zone: UTC\nx: \0", 19),
         "2:4: a NUL byte stands here; the file must be plain UTF-8 text"},
        {"not UTF-8", "terminals:\n  - { serial: A, name: \"Caf\xC3\xA9 \xE9\" }\n",
         "2:30: this is not UTF-8; save the file as UTF-8"},
        {"columns are characters", "terminals: [{ name: é, sreial: A, serial: B }]\n",
         "1:24: terminals[0].sreial: unknown key; did you mean serial?"},
        {"a NUL that YAML makes", "terminal_listener: { address: \"127.0.0.1\\0\" }\n",
         "1:31: terminal_listener.address: 127.0.0.1\\x00 is not an IP address (such as 10.20.0.14 or fd00::14)"},
        {"an empty item", "terminals:\n  - serial: A\n  -\n", "2:3: terminals[1].serial: is missing"},
        {"a repeated unknown key", "colour: 1\ncolour: 2\n",
         "1:1: colour: unknown key\n"
         "2:1: colour: duplicate key; the first one is in line 1\n"
         "2:1: colour: unknown key"},
        {"a key that would write to the screen", "\"\\e[2J\": 1\n", "1:1: \\x1b[2J: unknown key"},
        {"a state file that is a folder", "storage: { sqlite: { path: .. } }\n",
         "1:28: storage.sqlite.path: .. names a folder, not a file"},
    };
    const TempFolder folder;
    folder.write("tls.crt", "made-up\n");
    folder.write("tls.key", "made-up\n");
    folder.write("open.key", "made-up\n", std::filesystem::perms(0644));
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const LoadResult result = load_text(folder, c.yaml);
        CHECK_FALSE(result.settings.has_value());
        std::string messages = c.messages;
        for (auto at = messages.find("{folder}"); at != messages.npos; at = messages.find("{folder}"))
            messages.replace(at, 8, folder.path().string());
        CHECK(messages_of(result) == messages);
    }
}

// Whether it may be without accounts, only the store knows: the start says so.
TEST_CASE("load: any address for the admin listener") {
    const TempFolder folder;
    for (const std::string address : {"0.0.0.0", "::", "10.20.0.1", "127.0.0.1", "::1"}) {
        CAPTURE(address);
        const LoadResult result = load_text(folder, fmt::format("admin_listener: {{ address: \"{}\" }}\n", address));
        REQUIRE(result.settings);
        CHECK(result.settings->admin_listener.address == address);
    }
}

TEST_CASE("load: every part refuses keys it does not know") {
    struct Case {
        std::string name;
        const char* yaml;
    };
    const Case cases[] = {
        {"top", "xyzzy: 1\n"},
        {"storage", "storage: { xyzzy: 1 }\n"},
        {"sqlite", "storage: { sqlite: { xyzzy: 1 } }\n"},
        {"postgres", "storage: { postgres: { xyzzy: 1 } }\n"},
        {"terminal listener", "terminal_listener: { xyzzy: 1 }\n"},
        {"admin listener", "admin_listener: { xyzzy: 1 }\n"},
        {"clock", "clock: { xyzzy: 1 }\n"},
        {"limits", "limits: { xyzzy: 1 }\n"},
        {"pull", "pull: { xyzzy: 1 }\n"},
        {"terminal", "terminals: [{ serial: A, xyzzy: 1 }]\n"},
        {"terminal's pull", "terminals: [{ serial: A, pull: { address: 10.0.0.1, xyzzy: 1 } }]\n"},
    };
    const TempFolder folder;
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const LoadResult result = load_text(folder, c.yaml);
        REQUIRE(result.errors.size() == 1);
        CHECK(result.errors[0].message == "unknown key");
        CHECK(result.errors[0].column == static_cast<int>(std::string(c.yaml).find("xyzzy")) + 1);
    }
}
