// docs/monthly-cycle.md, run as it stands there: every command, and what its answer has to have in it.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/test_store.hpp"

using namespace presensi;
using namespace presensi::test;

namespace {

const std::filesystem::path docs = PRESENSI_SOURCE_DIR "/docs";

// The ```sh blocks of a page, in their order.
std::vector<std::string> commands_of(const std::filesystem::path& page) {
    std::vector<std::string> blocks;
    std::istringstream text(read_file(page));
    bool inside = false;
    for (std::string line; std::getline(text, line);) {
        if (inside && line == "```") {
            inside = false;
        } else if (inside) {
            blocks.back() += line + "\n";
        } else if (line == "```sh") {
            inside = true;
            blocks.emplace_back();
        }
    }
    return blocks;
}

std::string in_shell_quotes(const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

// One script that stops at the first command that fails, or whose answer lacks what "#=> " says.
std::string script_of(const std::vector<std::string>& blocks, int& checks) {
    constexpr std::string_view says = "#=> ";
    std::string script = "set -u\n";
    script +=
        "ran() { local code=$1; shift; [ \"$code\" = 0 ] || { echo \"FAILED ($code): $*\"; cat answer; exit 1; }; }\n"
        "has() { grep -qF -- \"$1\" answer || { echo \"MISSING: $1\"; cat answer; exit 1; }; }\n";
    for (const auto& block : blocks) {
        std::istringstream lines(block);
        std::string command;
        const auto run = [&] {
            if (command.empty()) return;
            script += "{ " + command + "} > answer 2>&1; ran $? " + in_shell_quotes(command) + "\n";
            command.clear();
        };
        bool continues = false;
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with(says)) {
                run();
                script += "has " + in_shell_quotes(line.substr(says.size())) + "\n";
                ++checks;
                continue;
            }
            if (!continues) run();
            command += line + "\n";
            continues = line.ends_with('\\');
        }
        run();
    }
    return script + "echo EVERYTHING AS WRITTEN\n";
}

std::string run(const std::filesystem::path& folder, const std::string& script) {
    write_file(folder / "script.sh", script);
    const std::string command = fmt::format("cd '{}' && bash script.sh 2>&1", folder.string());
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string output;
    std::array<char, 4096> part{};
    while (const auto length = std::fread(part.data(), 1, part.size(), pipe)) output.append(part.data(), length);
    pclose(pipe);
    return output;
}

}  // namespace

TEST_CASE("a month as an Admin lives it: docs/monthly-cycle.md, command by command") {
    const TemporaryFolder folder;
    const auto month = folder.path() / "month";
    std::filesystem::copy(docs / "monthly-cycle", month);
    std::string yaml = read_file(month / "presensi.yaml");
    yaml += "terminal_listener: { address: 127.0.0.1, port: 0 }\nadmin_listener: { address: 127.0.0.1, port: 0 }\n";
    yaml += storage_in_yaml(month);
    write_file(month / "presensi.yaml", yaml);
    auto loaded = config::load_settings(month / "presensi.yaml", "");
    for (const auto& error : loaded.errors) FAIL_CHECK(error.text());
    REQUIRE(loaded.settings);
    const RunningApp app(*loaded.settings, "2026-11-03T01:00:00Z");

    int checks = 0;
    const auto blocks = commands_of(docs / "monthly-cycle.md");
    std::string script =
        fmt::format("export PRESENSI=http://127.0.0.1:{} PATH=\"{}:$PATH\"\n", app.admin_port(), PRESENSI_BIN_DIR);
    script += script_of(blocks, checks);
    CHECK(checks > 40);
    CHECK(run(month, script) == "EVERYTHING AS WRITTEN\n");
}

TEST_CASE("the Indonesian guide has the same commands") {
    const auto english = commands_of(docs / "monthly-cycle.md");
    const auto indonesian = commands_of(docs / "panduan-admin.md");
    REQUIRE(english.size() == indonesian.size());
    const auto without_remarks = [](const std::string& block) {
        std::string out;
        std::istringstream lines(block);
        for (std::string line; std::getline(lines, line);) {
            const auto remark = line.find("  # ");
            line.resize(std::min(line.size(), remark));
            while (line.ends_with(' ')) line.pop_back();
            out += line + "\n";
        }
        return out;
    };
    for (std::size_t i = 0; i < english.size(); ++i) {
        CAPTURE(i);
        CHECK(without_remarks(english[i]) == without_remarks(indonesian[i]));
    }
}
