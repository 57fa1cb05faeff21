// Settings, reference, documentation and loader say the same: a key or default that changes in one of them alone fails
// here.

#include "reference.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "config/load.hpp"
#include "settings_differences.hpp"
#include "temp_folder.hpp"

using namespace presensi::config;

namespace {

using Keys = std::set<std::string>;

std::string joined(const Keys& keys) {
    std::string text;
    for (const std::string& key : keys) text += key + " ";
    return text;
}

Settings load(const std::filesystem::path& file) {
    const LoadResult result = load_settings(file, "");
    for (const ConfigError& error : result.errors) FAIL_CHECK(error.text());
    REQUIRE(result.settings.has_value());
    return *result.settings;
}

// The defaults of everything, and the two keys that have none.
Settings defaults_with_a_terminal() {
    TerminalSettings terminal;
    terminal.serial = "TST7240100001";
    terminal.pull.emplace();
    terminal.pull->address = "10.20.0.14";
    Settings settings;
    settings.terminals = {terminal};
    return settings;
}

Keys keys_of(const std::map<std::string, std::string>& values) {
    Keys keys;
    for (const auto& [key, value] : values) keys.insert(key);
    return keys;
}

std::string without_backticks(std::string text) {
    std::erase(text, '`');
    return text;
}

// The rows of the tables in docs/configuration.md: | `key` | type | default | range | meaning |
std::map<std::string, std::string> documented_defaults() {
    std::istringstream in(read_text(source("docs/configuration.md")));
    std::map<std::string, std::string> defaults;
    bool in_table = false;
    for (std::string line; std::getline(in, line);) {
        in_table = line.substr(0, 7) == "| key |" || (in_table && !line.empty());
        if (!in_table || line.substr(0, 3) != "| `") continue;
        std::istringstream row(line.substr(2));
        std::string cells[3];
        for (std::string& cell : cells) {
            std::getline(row, cell, '|');
            cell = without_backticks(cell.substr(0, cell.find_last_not_of(' ') + 1));
            cell.erase(0, cell.find_first_not_of(' '));
        }
        CAPTURE(cells[0]);
        CHECK(defaults.emplace(cells[0], cells[2]).second);
    }
    return defaults;
}

}  // namespace

TEST_CASE("reference: as shipped it changes nothing") {
    Settings shipped = load(source("config/reference.yaml"));
    CHECK(shipped.terminals.empty());
    shipped.terminals = defaults_with_a_terminal().terminals;
    CHECK(joined(differences(shipped, defaults_with_a_terminal())) == "");
}

TEST_CASE("reference: the values it shows are the defaults of settings.hpp") {
    const TempFolder folder;
    const Settings settings = load(folder.write("presensi.yaml", uncommented_reference()));
    CHECK(joined(differences(settings, defaults_with_a_terminal())) == "");
}

TEST_CASE("reference: it shows every key, and every key reaches its setting") {
    const TempFolder folder;
    folder.write("units.yaml", "units: []\n");
    folder.write("password", "made-up\n");
    folder.write("key", "4711\n");
    folder.write("push-key", "made-up\n");
    folder.write("path-secret", "made-up-path\n");
    folder.write("webhook-secret", "made-up-secret-of-a-webhook\n");
    folder.write("ca.pem", "made-up\n");
    folder.write("tls.crt", "made-up\n");
    folder.write("tls.key", "made-up\n");
    const std::string every = read_text(source("tests/config/every.yaml"));
    const Settings settings = load(folder.write("presensi.yaml", every));

    Settings defaults = defaults_with_a_terminal();
    defaults.terminals[0].serial.clear();
    defaults.terminals[0].pull->address.clear();
    const Keys changed = differences(settings, defaults);

    CHECK(joined(keys_of(flattened(every))) == joined(changed));
    CHECK(joined(keys_of(flattened(uncommented_reference()))) == joined(changed));
}

TEST_CASE("reference: each key has a comment on its line") {
    std::istringstream in(read_text(source("config/reference.yaml")));
    int keys = 0;
    for (std::string line; std::getline(in, line);) {
        const bool is_key = line.size() > 1 && line[0] == '#' && line[1] != '#';
        if (!is_key || line.back() == ':') continue;
        ++keys;
        CAPTURE(line);
        CHECK(line.find(" # ") != std::string::npos);
    }
    CHECK(keys > 0);
}

TEST_CASE("reference: docs/configuration.md has the same keys and defaults") {
    const auto reference = flattened(uncommented_reference());
    const auto documented = documented_defaults();
    CHECK(joined(keys_of(documented)) == joined(keys_of(reference)));
    for (const auto& entry : documented) {
        CAPTURE(entry.first);
        if (entry.second == "required" || !reference.contains(entry.first)) continue;
        CHECK(entry.second == (reference.at(entry.first).empty() ? "not set" : reference.at(entry.first)));
    }
}

TEST_CASE("example: at most 15 lines, loads, and leaves the defaults alone") {
    const std::string text = read_text(source("config/example.yaml"));
    CHECK(std::count(text.begin(), text.end(), '\n') <= 15);
    Settings settings = load(source("config/example.yaml"));
    REQUIRE(settings.terminals.size() == 2);
    CHECK(settings.terminals[0].serial == "TST7240100001");
    CHECK(settings.terminals[0].name == "Apel IV");
    CHECK(settings.terminals[0].role == TerminalRole::apel);
    CHECK(settings.terminals[0].portable);
    CHECK(settings.terminals[1].role == TerminalRole::daily);
    CHECK_FALSE(settings.terminals[1].portable);
    settings.terminals = defaults_with_a_terminal().terminals;
    CHECK(joined(differences(settings, defaults_with_a_terminal())) == "");
}
