// Other people's readers of port 4370 judge the simulated terminal: in the shapes that they can, they read all of it.
#include <doctest/doctest.h>

#include <sys/wait.h>

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>

#include "tests/end_to_end/pulled_terminals.hpp"

using namespace presensi::test;

namespace {

struct Ran {
    int code = 0;
    std::string output;
};

Ran run(const std::string& command) {
    Ran ran;
    std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    std::array<char, 4096> piece{};
    while (const auto count = std::fread(piece.data(), 1, piece.size(), pipe)) ran.output.append(piece.data(), count);
    const int status = pclose(pipe);
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ran;
}

// False where npm is not there, or gives nothing.
bool install(const std::string& folder) {
    const auto is_there = [&](const char* name) { return std::filesystem::exists(folder + "/node_modules/" + name); };
    if (is_there("zkteco-js") && is_there("node-zklib")) return true;
    return run(fmt::format("mkdir -p {0} && cp {1}/package.json {1}/read.js {0}/ && npm install --prefix {0} "
                           "--no-package-lock --no-audit --no-fund",
                           folder, PRESENSI_SOURCE_DIR "/tests/peers"))
               .code == 0;
}

}  // namespace

TEST_CASE("zkteco-js and node-zklib read the simulated terminal") {
    const std::string folder = PRESENSI_BIN_DIR "/../peers";
    if (!install(folder)) {
        MESSAGE("SKIPPED: npm is not here, or cannot install tests/peers");
        return;
    }
    const struct {
        const char* library;
        const char* transport;
        ZkLayout layout;
        std::size_t records;
    } cases[] = {
        // One answer; and one piece, so small that no busy machine delivers it in parts.
        {"zkteco-js", "tcp", ZkLayout::r40, 20},
        {"zkteco-js", "tcp", ZkLayout::r40, 30},
        {"node-zklib", "tcp", ZkLayout::r40, 20},
        {"node-zklib", "tcp", ZkLayout::r40, 30},
        // By UDP it knows 8-byte records, and calls the slot the user.
        {"zkteco-js", "udp", ZkLayout::b8, 50},
    };
    for (const auto& c : cases) {
        CAPTURE(std::string(c.library));
        CAPTURE(std::string(c.transport));
        CAPTURE(c.records);
        ZkShape shape;
        shape.layout = c.layout;
        shape.packet = 65472;  // both lose records that come in packets back to back (protocol-4370 § 3.6)
        PulledTerminal terminal({}, shape);
        auto log = punches(c.records, c.layout);
        if (c.layout == ZkLayout::b8) {
            for (auto& punch : log) punch.pin = std::to_string(punch.slot);
        }
        terminal.machine().set_log(log);
        // A piece that comes in parts all the same loses some of it in their hands: it is their doing, so once more.
        constexpr int tries = 8;
        Ran read;
        std::set<StoredPunch> rows;
        for (int i = 0; i < tries && rows != terminal.expected(); ++i) {
            rows.clear();
            read = run(fmt::format("cp {}/read.js {}/ && TZ=UTC node {}/read.js {} {} {}",
                                   PRESENSI_SOURCE_DIR "/tests/peers", folder, folder, c.library, terminal.port(),
                                   c.transport));
            std::istringstream lines(read.output);
            for (std::string word, pin, time; lines >> word;) {
                if (word == "record" && lines >> pin >> time) rows.emplace(terminal.serial(), time, pin);
            }
        }
        CAPTURE(read.output.substr(0, 500));
        CHECK(read.code == 0);
        CHECK(rows == terminal.expected());
    }
}
