// /metrics as Prometheus reads it: the format's rules, the numbers, and nothing that it must not say.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/end_to_end/callers.hpp"
#include "tests/end_to_end/fire.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* serial = "TST7240100001";

struct Family {
    std::string type;
    std::string help;
    std::map<std::string, double> samples;  // by name and labels as written
};

// Strict: every line is one that the exposition format (0.0.4) knows, in its order.
std::map<std::string, Family> parse(const std::string& text) {
    std::map<std::string, Family> families;
    const std::regex sample(
        R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+))re");
    std::string current;
    REQUIRE(text.ends_with('\n'));
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        CAPTURE(line);
        if (line.starts_with("# HELP ")) {
            const auto name_end = line.find(' ', 7);
            current = line.substr(7, name_end - 7);
            CHECK(families.try_emplace(current).second);  // each family in one piece
            families[current].help = line.substr(name_end + 1);
            continue;
        }
        if (line.starts_with("# TYPE ")) {
            REQUIRE(line.substr(7, line.find(' ', 7) - 7) == current);
            families[current].type = line.substr(line.find(' ', 7) + 1);
            continue;
        }
        std::smatch parts;
        REQUIRE(std::regex_match(line, parts, sample));
        const std::string name = parts[1];
        Family& family = families[current];
        const bool is_part = family.type == "histogram" &&
                             (name == current + "_bucket" || name == current + "_sum" || name == current + "_count");
        CHECK((family.type == "histogram" ? is_part : name == current));
        char* end = nullptr;
        const std::string value = parts[3];
        const double number = std::strtod(value.c_str(), &end);
        CHECK(*end == '\0');
        CHECK(family.samples.emplace(name + std::string(parts[2]), number).second);  // no sample twice
    }
    return families;
}

std::map<std::string, Family> metrics_of(const RunningApp& app) {
    const auto answer = http_get(app.admin_port(), "/metrics");
    REQUIRE(answer.status == 200);
    CHECK(answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
    return parse(answer.body);
}

double value(const std::map<std::string, Family>& families, const std::string& sample) {
    const auto& samples = families.at(sample.substr(0, sample.find('{'))).samples;
    CAPTURE(sample);
    REQUIRE(samples.contains(sample));
    return samples.at(sample);
}

RawResponse push(const RunningApp& app, const std::string& lines, const std::string& from = serial) {
    return exchange(app.terminal_port(),
                    post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", from), lines));
}

// Prometheus' own tool; empty: it is not there.
std::string promtool() { return std::system("command -v promtool >/dev/null 2>&1") == 0 ? "promtool" : ""; }

CommandResult run(const std::string& command) {
    CommandResult result;
    std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    char buffer[4096];
    while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) result.output += buffer;
    const int status = pclose(pipe);
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return result;
}

}  // namespace

TEST_CASE("/metrics keeps the rules of Prometheus, counts what happened and names no person") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    CHECK(push(app, "70004711\t2026-11-20 07:59:00\t0\t15\t0\n70004712\t2026-11-20 07:59:01\t0\t15\t0\n").body ==
          "OK: 2");
    CHECK(push(app, "70004711\t2026-11-20 07:59:00\t0\t15\t0\nnonsense of CANARYNAME\n").body == "OK: 2");
    CHECK(push(app, "1\t2026-11-20 07:59:00\t0\t15\t0\n", "STRANGER1").status == 403);
    CHECK(http_get(app.admin_port(), "/nowhere").status == 404);

    const auto text = http_get(app.admin_port(), "/metrics").body;
    for (const char* canary : {"7000471", "CANARYNAME", "STRANGER1", "127.0.0.1"}) {
        CAPTURE(canary);
        CHECK(text.find(canary) == text.npos);
    }
    const auto families = metrics_of(app);
    for (const auto& each : families) {
        const auto& name = each.first;
        const auto& family = each.second;
        CAPTURE(name);
        CHECK((name.starts_with("presensi_") || name.starts_with("process_")));
        CHECK_FALSE(family.help.empty());
        CHECK((family.type == "counter") == name.ends_with("_total"));
        CHECK((family.type == "counter" || family.type == "gauge" || family.type == "histogram"));
    }
    CHECK(value(families, R"(presensi_punches_total{road="push",result="new"})") == 2);
    CHECK(value(families, R"(presensi_punches_total{road="push",result="known"})") == 1);
    CHECK(value(families, R"(presensi_rejects_total{road="push"})") == 1);
    CHECK(value(families, R"(presensi_deliveries_total{road="push",outcome="stored"})") == 2);
    CHECK(value(families, R"(presensi_http_requests_total{listener="terminal",code="2xx"})") == 2);
    CHECK(value(families, R"(presensi_http_requests_total{listener="terminal",code="4xx"})") == 1);
    CHECK(value(families, R"(presensi_http_requests_total{listener="admin",code="4xx"})") == 1);
    CHECK(value(families, R"(presensi_terminals{state="approved"})") == 1);
    CHECK(value(families, R"(presensi_terminals{state="seen"})") == 1);
    CHECK(value(families, "presensi_unknown_terminals_total") == 1);
    CHECK(value(families, "presensi_store_available") == 1);
    CHECK(value(families, "presensi_ready") == 1);
    CHECK(value(families, R"(presensi_alarms{alarm="store_unavailable",urgent="true"})") == 0);
    CHECK(value(families, R"(presensi_alarms{alarm="new_rejects",urgent="false"})") == 1);
    CHECK(value(families, R"(presensi_terminal_last_contact_timestamp_seconds{terminal="TST7240100001"})") ==
          std::chrono::duration<double>(utc("2026-11-20T00:00:00Z").time_since_epoch()).count());
    CHECK(value(families, "process_open_fds") > 5);
    CHECK(value(families, "process_resident_memory_bytes") > 1e6);
    // Every family has a row of docs/monitoring/README.md, and the other way round.
    std::set<std::string> documented;
    std::istringstream in(read_file(PRESENSI_SOURCE_DIR "/docs/monitoring/README.md"));
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("| `")) continue;
        const auto name = line.substr(3, line.find('`', 3) - 3);
        documented.insert(name);
        CAPTURE(name);
        REQUIRE(families.contains(name));
        CHECK(line.find("` | " + families.at(name).type + " |") != line.npos);
    }
    CHECK(documented.size() == families.size());
}

TEST_CASE("/metrics: buckets of a histogram rise to its count") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    for (int i = 0; i < 20; ++i)
        CHECK(push(app, fmt::format("{}\t2026-11-20 07:59:00\t0\t15\t0\n", i + 1)).status == 200);
    for (const char* name : {"presensi_acknowledge_duration_seconds", "presensi_commit_duration_seconds"}) {
        CAPTURE(name);
        std::istringstream in(http_get(app.admin_port(), "/metrics").body);
        double before = 0;
        double infinite = -1;
        double bound_before = -1;
        double count = -2;
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with(fmt::format("{}_count", name))) count = std::stod(line.substr(line.rfind(' ')));
            if (!line.starts_with(fmt::format("{}_bucket", name))) continue;
            const double now = std::stod(line.substr(line.rfind(' ')));
            CHECK(now >= before);
            before = infinite = now;
            const auto le = line.find("le=\"") + 4;
            if (line.compare(le, 4, "+Inf") == 0) continue;
            const double bound = std::stod(line.substr(le));
            CHECK(bound > bound_before);
            bound_before = bound;
        }
        CHECK(infinite == count);
        CHECK(count >= 20);
    }
}

TEST_CASE("/metrics stays small however many strangers call, and needs who sees all units") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const auto before = http_get(app.admin_port(), "/metrics").body.size();
    for (int i = 0; i < 300; ++i) push(app, "1\t2026-11-20 07:59:00\t0\t15\t0\n", fmt::format("STRANGER{}", i));
    CHECK(http_get(app.admin_port(), "/metrics").body.size() < before + 500);
    create_account(app.admin_port(), "", "root", "super-admin");
    const auto root = basic("root", password);
    const auto all = create_token(app.admin_port(), root, "prometheus", "reader");
    const auto some = create_token(app.admin_port(), root, "of-a-unit", "reader", {"diskominfo"});
    CHECK(ask(app.admin_port(), "GET", "/metrics").status == 401);
    CHECK(ask(app.admin_port(), "GET", "/metrics", bearer(all)).status == 200);
    CHECK(ask(app.admin_port(), "GET", "/metrics", bearer(some)).status == 403);
    CHECK(http_get(app.terminal_port(), "/metrics").status != 200);
}

TEST_CASE("/metrics and the shipped rules please Prometheus' own promtool") {
    if (promtool().empty()) {
        MESSAGE("SKIPPED: promtool is not installed (package prometheus)");
        std::puts("SKIPPED: promtool is not installed (package prometheus)");
        return;
    }
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    push(app, "70004711\t2026-11-20 07:59:00\t0\t15\t0\n");
    write_file(state.path() / "metrics", http_get(app.admin_port(), "/metrics").body);
    const auto checked = run(fmt::format("promtool check metrics < {}", (state.path() / "metrics").string()));
    CAPTURE(checked.output);
    CHECK(checked.code == 0);
    CHECK(checked.output.empty());  // it remarks on names that are against the conventions
    const std::string folder = PRESENSI_SOURCE_DIR "/docs/monitoring/";
    const std::string fires = PRESENSI_SOURCE_DIR "/tests/monitoring/alerts_test.yml";
    for (const std::string& check :
         {"check rules " + folder + "alerts.yml", "check config " + folder + "prometheus.yml", "test rules " + fires}) {
        const auto answer = run("promtool " + check);
        CAPTURE(answer.output);
        CHECK(answer.code == 0);
    }
    // What the rules ask for exists.
    const auto families = metrics_of(app);
    const std::string rules = read_file(folder + "alerts.yml");
    const std::regex name(R"((?:presensi|process)_[a-z_]+)");
    for (std::sregex_iterator at(rules.begin(), rules.end(), name), end; at != end; ++at) {
        std::string wanted = at->str();
        if (wanted.ends_with("_bucket")) wanted.resize(wanted.size() - 7);
        CAPTURE(wanted);
        CHECK(families.contains(wanted));
    }
    // Every rule is made to fire, and to be silent.
    const std::string tried = read_file(fires);
    const std::regex alert(R"(- alert: (\w+))");
    for (std::sregex_iterator at(rules.begin(), rules.end(), alert), end; at != end; ++at) {
        const std::string rule = (*at)[1];
        CAPTURE(rule);
        CHECK(tried.find("alertname: " + rule + "\n        exp_alerts:\n") != tried.npos);
        CHECK(tried.find("alertname: " + rule + ", exp_alerts: [] }") != tried.npos);
    }
}

TEST_CASE("a daemon that was killed says so at its next start, and one that was stopped does not") {
    const TemporaryFolder folder;
    const auto config = folder.path() / "presensi.yaml";
    write_file(config,
               "terminal_listener: { address: 127.0.0.1, port: 0 }\nadmin_listener: { address: 127.0.0.1, port: 0 }\n");
    const auto cut = [&](const DaemonProcess& daemon) {
        return http_get(daemon.admin_port(), "/metrics")
                   .body.find("presensi_alarms{alarm=\"unclean_stop\",urgent=\"false\"} 1\n") != std::string::npos;
    };
    {
        DaemonProcess first(config, folder.path());
        CHECK_FALSE(cut(first));
        first.signal(SIGKILL);
        first.wait();
    }
    {
        DaemonProcess second(config, folder.path());
        CHECK(cut(second));
        second.signal(SIGTERM);
        CHECK(second.wait() == 0);
    }
    const DaemonProcess third(config, folder.path());
    CHECK_FALSE(cut(third));
}
