#include <doctest/doctest.h>

#include "config/load.hpp"
#include "reference.hpp"
#include "temp_folder.hpp"

using namespace presensi::config;

namespace {

Settings load(const std::filesystem::path& file) {
    const LoadResult result = load_settings(file, "");
    for (const ConfigError& error : result.errors) FAIL_CHECK(error.text());
    REQUIRE(result.settings.has_value());
    return *result.settings;
}

}  // namespace

TEST_CASE("describe: every key of the file comes back, secrets as stars") {
    const TempFolder folder;
    const std::string units = folder.write("units.yaml", "units: []\n").string();
    folder.write("password", "made-up\n");
    folder.write("key", "4711\n");
    folder.write("push-key", "made-up\n");
    folder.write("path-secret", "made-up-path\n");
    folder.write("webhook-secret", "made-up-secret-of-a-webhook\n");
    folder.write("ca.pem", "made-up\n");
    folder.write("tls.crt", "made-up\n");
    folder.write("tls.key", "made-up\n");
    const std::string every = read_text(source("tests/config/every.yaml"));
    const std::string described = describe(load(folder.write("presensi.yaml", every)));

    auto expected = flattened(every);
    expected["storage.postgres.password_file"] = "***";
    expected["terminals[].pull.comm_key_file"] = "***";
    expected["terminals[].push_key_file"] = "***";
    expected["terminals[].path_secret_file"] = "***";
    expected["alarms.webhook.secret_file"] = "***";
    expected["alarms.ca_file"] = (std::filesystem::path(units).parent_path() / "ca.pem").string();
    expected["backup.stamp_file"] = (std::filesystem::path(units).parent_path() / "backup-stamp").string();
    for (const std::string listener : {"admin_listener", "terminal_listener"}) {
        const auto there = std::filesystem::path(units).parent_path();
        expected[listener + ".tls.certificate"] = (there / "tls.crt").string();
        expected[listener + ".tls.key"] = (there / "tls.key").string();
    }
    expected["units_file"] = units;
    expected["limits.header"] = "4KiB";
    const auto values = flattened(described);
    CHECK(values.size() == expected.size());
    for (const auto& entry : expected) {
        CAPTURE(entry.first);
        CHECK((values.contains(entry.first) ? values.at(entry.first) : "nothing") == entry.second);
    }
    CHECK(described.find("made-up") == std::string::npos);
    CHECK(described.find("4711") == std::string::npos);
}

TEST_CASE("describe: what it says of the defaults loads to the same again") {
    const TempFolder folder;
    Settings defaults = load(source("config/reference.yaml"));
    const std::string described = describe(defaults);
    Settings again = load(folder.write("described.yaml", described));
    again.file = defaults.file;
    again.state_folder = defaults.state_folder;
    CHECK(describe(again) == described);
}

TEST_CASE("describe: names that YAML would take for something else") {
    for (const std::string name : {"null", "~", "yes", "0012", "a: b", "- a", "# a", "'a'", "\"a\"", "a\\b", "{a}",
                                   "*a", " a ", "é ✓", "%", "@", "!a"}) {
        CAPTURE(name);
        TerminalSettings terminal;
        terminal.serial = "A";
        terminal.name = name;
        Settings settings;
        settings.terminals = {terminal};
        const TempFolder folder;
        const Settings again = load(folder.write("described.yaml", describe(settings)));
        REQUIRE(again.terminals.size() == 1);
        CHECK(again.terminals[0].name == name);
    }
}
