// Every request of tests/captures/adms/requests.tsv over a raw socket.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <set>
#include <vector>

#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;

namespace {

const std::string folder = PRESENSI_SOURCE_DIR "/tests/captures/adms/";

struct Sample {
    std::string number;
    std::string bytes;  // the whole request
    std::string target;
    int status;
    std::string reply;  // whole, or with ^ in front its beginning
    long punches;
    long rejects;
    bool access;  // ACC dialect
    std::string serial;
};

std::string unescape(std::string text, const std::string& line_end) {
    for (std::size_t at = 0; (at = text.find("\\n", at)) != std::string::npos;) text.replace(at, 2, line_end);
    return text;
}

std::vector<Sample> samples() {
    std::vector<Sample> all;
    std::ifstream in(folder + "requests.tsv");
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        std::vector<std::string> f(1);
        for (const char c : line) {
            if (c == '\t') {
                f.emplace_back();
            } else {
                f.back() += c;
            }
        }
        REQUIRE(f.size() == 11);
        const std::string body = f[5] == "-" ? "" : read_file(folder + f[5]);
        std::string headers = "Host: 127.0.0.1\r\n";
        if (f[4] != "-") headers += unescape(f[4], "\r\n") + "\r\n";
        if (f[1] == "POST") headers += fmt::format("Content-Length: {}\r\n", body.size());
        if (headers.find("Connection:") == std::string::npos) headers += "Connection: close\r\n";
        Sample sample{f[0],
                      f[1] + " " + f[2] + " " + f[3] + "\r\n" + headers + "\r\n" + body,
                      f[2],
                      std::stoi(f[6]),
                      unescape(f[7], "\n"),
                      std::stol(f[8]),
                      std::stol(f[9]),
                      f[10] == "ACC",
                      ""};
        const auto serial = f[2].find("SN=") + 3;
        sample.serial = f[2].substr(serial, f[2].find('&', serial) - serial);
        all.push_back(std::move(sample));
    }
    REQUIRE(all.size() == 51);
    return all;
}

config::Settings settings_for(const std::vector<Sample>& all, const std::filesystem::path& state) {
    config::Settings settings = RunningApp::settings(state);
    std::set<std::string> serials;
    for (const auto& sample : all) {
        if (!serials.insert(sample.serial).second) continue;
        config::TerminalSettings terminal;
        terminal.serial = sample.serial;
        settings.terminals.push_back(terminal);
    }
    return settings;
}

bool fits(const Sample& sample, const RawResponse& response) {
    if (response.status != sample.status) return false;
    if (sample.reply.starts_with('^')) return response.body.starts_with(sample.reply.substr(1));
    return response.body == sample.reply;
}

// What this version answers to the ACC dialect (decisions/0006).
bool is_refused(const Sample& sample, const RawResponse& response) {
    if (response.body.find("OK") != std::string::npos)
        return sample.target.starts_with("/iclock/devicecmd") && response.status == 200;
    const bool registry = sample.target.starts_with("/iclock/registry");
    return response.status == (registry ? 406 : 503);
}

std::map<std::string, std::pair<long, long>> counts_by_serial(std::uint16_t admin_port) {
    std::map<std::string, std::pair<long, long>> counts;
    const auto body = boost::json::parse(http_get(admin_port, "/api/v1/terminals").body);
    for (const auto& terminal : body.at("terminals").as_array()) {
        counts[std::string(terminal.at("serial").as_string())] = {terminal.at("counts").at("punches").as_int64(),
                                                                  terminal.at("counts").at("rejects").as_int64()};
    }
    return counts;
}

}  // namespace

TEST_CASE(
    "every captured request: the stated answer, punches and rejects, sent again, the same answers and nothing new") {
    const auto all = samples();
    const TemporaryFolder state;
    RunningApp app(settings_for(all, state.path()), "2027-01-01T00:00:00Z");
    const auto& database = state.path();
    long deliveries = 0;
    for (int round = 0; round < 3; ++round) {
        for (const auto& sample : all) {
            CAPTURE(round);
            CAPTURE(sample.number);
            const auto before = counts_by_serial(app.admin_port())[sample.serial];
            const RawResponse response = exchange(app.terminal_port(), sample.bytes);
            CAPTURE(response.body);
            CHECK((sample.access ? is_refused(sample, response) : fits(sample, response)));
            CHECK(response.header("Content-Type") == "text/plain");
            CHECK(response.header("Connection") == "close");
            const auto after = counts_by_serial(app.admin_port())[sample.serial];
            const bool brings = round == 0 && !sample.access;
            CHECK(after.first - before.first == (brings ? sample.punches : 0));
            CHECK(after.second - before.second == (brings ? sample.rejects : 0));
        }
        if (round == 0) deliveries = count_rows(database, "delivery");
        CHECK(count_rows(database, "delivery") == deliveries);
        CHECK(count_rows(database, "sighting") == 0);
    }
    long punches = 0;
    long rejects = 0;
    for (const auto& sample : all) {
        if (sample.access) continue;
        punches += sample.punches;
        rejects += sample.rejects;
    }
    CHECK(count_rows(database, "punch") == punches);
    CHECK(count_rows(database, "reject") == rejects);
    CHECK(deliveries > 0);
}

TEST_CASE("every captured request split at every byte: the same answer, nothing new") {
    const auto all = samples();
    const TemporaryFolder state;
    RunningApp app(settings_for(all, state.path()), "2027-01-01T00:00:00Z");
    const auto& database = state.path();
    for (const auto& sample : all) exchange(app.terminal_port(), sample.bytes);
    const auto expected = stored_punches(database);
    const long rejects = count_rows(database, "reject");
    const long deliveries = count_rows(database, "delivery");

    long splits = 0;
    for (const auto& sample : all) {
        for (std::size_t at = 1; at < sample.bytes.size(); ++at) {
            const RawResponse response = exchange(app.terminal_port(), sample.bytes, at);
            ++splits;
            if (sample.access ? is_refused(sample, response) : fits(sample, response)) continue;
            CAPTURE(sample.number);
            CAPTURE(at);
            CAPTURE(response.status);
            CAPTURE(response.body);
            CHECK(false);
        }
    }
    CHECK(splits > 10'000);
    CHECK(stored_punches(database) == expected);
    CHECK(count_rows(database, "reject") == rejects);
    CHECK(count_rows(database, "delivery") == deliveries);
}

TEST_CASE("a captured request cut at any byte is no request: no OK, nothing stored") {
    const auto all = samples();
    const TemporaryFolder state;
    RunningApp app(settings_for(all, state.path()), "2027-01-01T00:00:00Z");
    for (const auto& sample : all) {
        if (sample.punches == 0 || sample.access) continue;
        for (std::size_t length = 0; length < sample.bytes.size(); ++length) {
            RawConnection connection(app.terminal_port());
            connection.send(std::string_view(sample.bytes).substr(0, length));
            connection.end_of_sending();
            const std::string answer = connection.receive_to_end();
            CAPTURE(sample.number);
            CAPTURE(length);
            CHECK(answer.find("OK: ") == std::string::npos);
        }
    }
    CHECK(count_rows(state.path(), "punch") == 0);
}
