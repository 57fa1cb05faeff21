// Terminals that are pulled over port 4370: all of the log or nothing, and never a change to the terminal.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "protocol/text_fields.hpp"
#include "tests/end_to_end/pulled_terminals.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace std::chrono_literals;

namespace {

namespace json = boost::json;

// A daemon that pulls these.
class Site {
public:
    explicit Site(std::initializer_list<const PulledTerminal*> terminals,
                  const std::string& now = "2026-12-01T00:00:00Z") {
        settings_ = RunningApp::settings(state_.path());
        settings_.pull.networks.push_back(*config::Network::decode("127.0.0.0/8"));
        settings_.pull.every = std::chrono::hours(24 * 365);
        // Nor by itself for what may be missing: what is pulled is what a test asks for.
        settings_.completeness.days = 0;
        settings_.completeness.after_gap = std::chrono::hours(24 * 365);
        for (const auto* terminal : terminals)
            settings_.terminals.push_back(pulled(terminal->serial(), terminal->port()));
        now_ = now;
    }
    config::Settings& settings() { return settings_; }
    void start() { app_.emplace(settings_, now_); }
    void stop() { app_.reset(); }
    RunningApp& app() {
        if (!app_) start();
        return *app_;
    }

    json::object pull(const std::string& serial, const std::string& body = {}) {
        return json::parse(presensi::test::pull(app().admin_port(), serial, body)).as_object();
    }
    json::object get(const std::string& path) {
        const auto answer = http_get(app().admin_port(), "/api/v1/" + path);
        REQUIRE(answer.status == 200);
        return json::parse(answer.body).as_object();
    }
    std::set<StoredPunch> stored() const { return stored_punches(state_.path()); }
    long count(const std::string& table) const { return count_rows(state_.path(), table); }
    const std::filesystem::path& folder() const { return state_.path(); }

private:
    TemporaryFolder state_;
    config::Settings settings_;
    std::string now_;
    std::optional<RunningApp> app_;
};

std::string push(const RunningApp& app, const std::string& serial, const std::string& lines) {
    return test::exchange(app.terminal_port(),
                          post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", serial), lines))
        .body;
}

std::string as_lines(const std::set<StoredPunch>& rows) {
    std::string lines;
    for (const auto& [serial, time, pin] : rows) {
        std::string blank = time;
        blank[10] = ' ';
        lines += fmt::format("{}\t{}\t0\t15\t0\n", pin, blank);
    }
    return lines;
}

// But those of the clock: the daemon's is the test's, the simulated terminals' is this computer's.
std::size_t alarms(Site& site) {
    const auto status = site.get("status");
    const auto& all = status.at("alarms").as_array();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const auto& alarm) { return alarm.at("id") != "clock_off"; }));
}

}  // namespace

TEST_CASE("a pull brings the whole log, once, and says what the terminal is") {
    PulledTerminal terminal;
    terminal.machine().set_log(punches(2500));
    Site site({&terminal});
    const auto first = site.pull(terminal.serial());
    CAPTURE(json::serialize(first));
    CHECK(first.at("state").as_string() == "done");
    CHECK(first.at("records").as_int64() == 2500);
    CHECK(first.at("new").as_int64() == 2500);
    CHECK(site.stored() == terminal.expected());

    const auto again = site.pull(terminal.serial());
    CHECK(again.at("state").as_string() == "done");
    CHECK(again.at("new").as_int64() == 0);
    CHECK(again.at("known").as_int64() == 2500);
    CHECK(site.count("punch") == 2500);
    CHECK(stored_texts(site.folder(), "SELECT DISTINCT grade FROM punch") == std::vector<std::string>{"pulled"});

    // The next week: only what is new.
    auto log = punches(2520);
    terminal.machine().set_log(log);
    CHECK(site.pull(terminal.serial()).at("new").as_int64() == 20);
    CHECK(site.stored() == terminal.expected());

    const auto told = site.get("terminals/" + terminal.serial());
    CHECK(told.at("model").as_string() == "K-TEST/ID");
    CHECK(told.at("platform").as_string() == "ZMM220_TFT");
    CHECK(told.at("firmware").as_string() == "Ver 6.60 Apr 12 2025");
    CHECK(told.at("mac").as_string() == "02:00:00:00:43:70");
    CHECK(told.at("records").as_int64() == 2520);
    CHECK(told.at("users").as_int64() == 40);
    CHECK(told.at("known_users").as_int64() == 40);
    CHECK(told.at("facts").as_object().contains("max_records"));
    CHECK(told.at("clock").as_array().size() >= 1);
    CHECK(told.at("pulls").as_array().size() == 3);
    CHECK(told.at("online").as_array().at(0).at("road").as_string() == "pull");
    CHECK(terminal.machine().refused().empty());
    CHECK_FALSE(terminal.machine().is_disabled());
    CHECK(terminal.machine().open_sessions() == 0);
    // Nothing secret of its users.
    for (const auto& text : all_texts(site.folder())) {
        CHECK(text.find("73914628") == std::string::npos);
        CHECK(text.find("RACS") == std::string::npos);  // the card's bytes
    }
}

TEST_CASE("every layout, by TCP and by UDP, buffered and directly: every record is right") {
    for (const char* layout : {"8a", "8b", "16", "22", "40", "49"}) {
        for (const bool tcp : {true, false}) {
            for (const bool buffered : {true, false}) {
                CAPTURE(layout);
                CAPTURE(tcp);
                CAPTURE(buffered);
                ZkShape shape;
                shape.layout = *zk_layout(layout);
                shape.buffered = buffered;
                shape.user_record = size_of(shape.layout) < 22 ? 28 : 72;
                ZkLine line;
                line.tcp = tcp;
                PulledTerminal terminal({}, shape, {}, line);
                terminal.machine().set_log(punches(3000, shape.layout));
                Site site({&terminal});
                const auto pulled = site.pull(terminal.serial());
                CAPTURE(json::serialize(pulled));
                CHECK(pulled.at("state").as_string() == "done");
                CHECK(site.stored() == terminal.expected());
            }
        }
    }
}

TEST_CASE("shapes of answers: inline, back to back, late, with events between, counters of four bytes") {
    std::vector<ZkShape> shapes(11);
    shapes[0].inline_limit = 1'000'000;
    shapes[1].packet = 65472;
    shapes[2].late_replies = true;
    shapes[3].events = true;
    shapes[4].counters = 4;
    shapes[5].prepared_by_1500 = true;
    shapes[6].bare_pieces = true;
    shapes[7].follow_prepare = true;
    shapes[8].inline_limit = 1'000'000;
    shapes[8].trailing_ack = true;
    shapes[9].buffered = false;
    shapes[9].inline_limit = 1'000'000;
    shapes[9].table_in_ack = true;
    shapes[10].numbered = false;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        CAPTURE(i);
        PulledTerminal terminal({}, shapes[i]);
        terminal.machine().set_log(punches(2000));
        Site site({&terminal});
        const auto pulled = site.pull(terminal.serial());
        CAPTURE(json::serialize(pulled));
        CHECK(pulled.at("state").as_string() == "done");
        CHECK(site.stored() == terminal.expected());
    }
}

TEST_CASE("every fault: nothing partial is stored, the terminal is left in order, and the next pull is complete") {
    const struct {
        const char* fault;
        std::size_t at;
        bool by_udp = false;
    } cases[] = {{"larger-size", 0},     {"smaller-size", 0},  {"larger-prefix", 0}, {"endless-prepare", 0},
                 {"wrong-checksum", 14}, {"cut", 40},          {"reboot", 18},       {"silence", 18},
                 {"lost", 16, true},     {"doubled", 16, true}};
    for (const auto& c : cases) {
        CAPTURE(std::string(c.fault));
        CAPTURE(c.at);
        ZkFaults faults;
        faults.fault = *zk_fault(c.fault);
        faults.at = c.at;
        faults.sessions = 1;
        ZkLine line;
        line.tcp = !c.by_udp;
        PulledTerminal terminal({}, {}, faults, line);
        terminal.machine().set_log(punches(1500));
        Site site({&terminal});
        const auto begun = std::chrono::steady_clock::now();
        const auto faulty = site.pull(terminal.serial(), R"({"disable_while_reading": true})");
        CAPTURE(json::serialize(faulty));
        CHECK(std::chrono::steady_clock::now() - begun < 3 * 75s);
        const auto stored = site.stored();
        // Whole by its own second try, or nothing at all.
        if (faulty.at("state").as_string() == "failed") {
            CHECK(stored.empty());
            CHECK(faulty.at("reason").as_string().size() > 10);
        } else {
            CHECK(stored == terminal.expected());
        }
        if (faults.fault == ZkFault::reboot) std::this_thread::sleep_for(3s);  // it hears nobody for two
        const auto next = site.pull(terminal.serial());
        CAPTURE(json::serialize(next));
        CHECK(next.at("state").as_string() == "done");
        CHECK(site.stored() == terminal.expected());
        CHECK_FALSE(terminal.machine().is_disabled());
    }
}

TEST_CASE("a cut after any packet: nothing partial is stored, and the next pull is complete") {
    std::size_t at = 1;
    for (bool met = true; met; ++at) {
        CAPTURE(at);
        ZkShape shape;
        shape.packet = 400;
        ZkFaults faults;
        faults.fault = ZkFault::cut;
        faults.at = at;
        PulledTerminal terminal({}, shape, faults);
        terminal.machine().set_log(punches(60));
        Site site({&terminal});
        const auto cut = site.pull(terminal.serial());
        CAPTURE(json::serialize(cut));
        const bool done = cut.at("state").as_string() == "done";
        CHECK(site.stored() == (done ? terminal.expected() : std::set<StoredPunch>()));
        met = !done || terminal.machine().sessions() > 1;
        CHECK(site.pull(terminal.serial()).at("state").as_string() == "done");
        CHECK(site.stored() == terminal.expected());
        CHECK_FALSE(terminal.machine().is_disabled());
    }
    CHECK(at > 25);  // so many packets a pull has
}

TEST_CASE("what could not be taken is kept with its reason, and is no punch") {
    ZkFaults faults;
    faults.fault = ZkFault::none;
    ZkShape shape;
    shape.counter_lie = 7;  // it says that it has seven records more
    PulledTerminal terminal({}, shape, faults);
    terminal.machine().set_log(punches(100));
    Site site({&terminal});
    const auto pulled = site.pull(terminal.serial());
    CAPTURE(json::serialize(pulled));
    CHECK(pulled.at("state").as_string() == "failed");
    CHECK(site.count("punch") == 0);
    REQUIRE(pulled.at("delivery").is_string());
    const auto kept = site.get("deliveries/" + std::string(pulled.at("delivery").as_string()));
    CHECK(kept.at("road").as_string() == "pull");
    CHECK(kept.at("query").as_string().starts_with("not taken: count_mismatch: "));
    CHECK(kept.at("body_base64").as_string().size() > 100 * 40);
    CHECK(alarms(site) == 1);
}

TEST_CASE("whom we pull: only in our networks, only who it should be, only with its key") {
    ZkIdentity identity;
    identity.comm_key = 4711;
    PulledTerminal terminal(identity);
    terminal.machine().set_log(punches(10));

    SUBCASE("an address outside pull.networks is never connected to") {
        Site site({&terminal});
        site.settings().pull.networks = {*config::Network::decode("10.20.0.0/16")};
        const auto pulled = site.pull(terminal.serial());
        CHECK(pulled.at("state").as_string() == "failed");
        CHECK(pulled.at("reason").as_string().find("pull.networks") != std::string::npos);
        CHECK(terminal.machine().sessions() == 0);
    }
    SUBCASE("without its key") {
        Site site({&terminal});
        const auto pulled = site.pull(terminal.serial());
        CHECK(pulled.at("state").as_string() == "failed");
        CHECK(pulled.at("reason").as_string().find("key") != std::string::npos);
        CHECK(site.count("punch") == 0);
    }
    SUBCASE("with its key") {
        Site site({&terminal});
        site.settings().terminals[0].pull->comm_key = config::Secret("4711");
        CHECK(site.pull(terminal.serial()).at("state").as_string() == "done");
        CHECK(site.stored() == terminal.expected());
    }
    SUBCASE("another terminal at its address") {
        PulledTerminal other({.serial = "TST7240100099"});
        other.machine().set_log(punches(10));
        Site site({&terminal});
        site.settings().terminals[0].pull->port = other.port();
        const auto pulled = site.pull(terminal.serial());
        CHECK(pulled.at("state").as_string() == "failed");
        CHECK(pulled.at("reason").as_string().find("TST7240100099") != std::string::npos);
        CHECK(site.count("punch") == 0);
        CHECK(alarms(site) == 1);
    }
    SUBCASE("nobody there") {
        Site site({&terminal});
        site.settings().terminals[0].pull->port = steady_port();
        const auto pulled = site.pull(terminal.serial());
        CHECK(pulled.at("state").as_string() == "failed");
        CHECK(pulled.at("reason").as_string().find("Nobody is at 127.0.0.1:") != std::string::npos);
    }
}

TEST_CASE("the same 5,000 punches by push, by pull, by file, and again: 5,000 rows with their roads") {
    PulledTerminal terminal;
    terminal.machine().set_log(punches(5000));
    Site site({&terminal});
    const auto& app = site.app();
    const auto lines = as_lines(terminal.expected());
    CHECK(push(app, terminal.serial(), lines) == "OK: 5000");
    CHECK(site.pull(terminal.serial()).at("known").as_int64() == 5000);

    const auto file = site.folder() / "terminal.pull";
    const auto to_file = run_presensid({"pull", fmt::format("127.0.0.1:{}", terminal.port()), "--to", file.string()});
    CAPTURE(to_file.output);
    REQUIRE(to_file.code == 0);
    const auto upload = [&](const std::string& bytes) {
        return test::exchange(app.admin_port(),
                              post_request("/api/v1/terminals/" + terminal.serial() + "/uploads", bytes));
    };
    const std::string bytes = read_file(file);
    for (int i = 0; i < 2; ++i) {
        const auto taken = upload(bytes);
        CAPTURE(taken.body);
        CHECK(taken.status == 201);
        const auto body = json::parse(taken.body).as_object();
        CHECK(body.at("lines").as_int64() == 5000);
        CHECK(body.at("new").as_int64() == 0);
        CHECK(body.at("known").as_int64() == 5000);
        CHECK(body.at("first").as_string() == "2026-11-02T07:00:00");
        CHECK(push(app, terminal.serial(), lines) == "OK: 5000");
        CHECK(site.pull(terminal.serial()).at("known").as_int64() == 5000);
    }
    CHECK(site.stored() == terminal.expected());
    app.settle();
    const auto page = site.get("punches?limit=1").at("punches").as_array();
    CHECK(page.at(0).at("roads") == json::array{"push", "pull", "upload"});
    CHECK(site.count("sighting") == 10000);

    // A file that is cut, changed or somebody else's is nothing at all.
    for (const std::string& bad :
         {bytes.substr(0, bytes.size() - 100), bytes.substr(0, 20), std::string("1\t2026"), [&] {
              std::string changed = bytes;
              changed[changed.size() / 2] ^= 1;
              return changed;
          }()}) {
        CHECK(upload(bad).status == 422);
    }
    PulledTerminal other({.serial = "TST7240100099"});
    Site elsewhere({&other});
    const auto foreign =
        test::exchange(elsewhere.app().admin_port(), post_request("/api/v1/terminals/TST7240100099/uploads", bytes));
    CHECK(foreign.status == 422);
    CHECK(foreign.body.find(terminal.serial()) != std::string::npos);
}

TEST_CASE("punches that only the terminal's log has although push was live are exceptions, and no other") {
    PulledTerminal terminal;
    const auto log = punches(200);
    terminal.machine().set_log(log);
    Site site({&terminal}, "2026-11-01T20:00:00Z");
    auto& app = site.app();
    const auto serial = terminal.serial();
    // It polls from before the first punch, 2026-11-01T23:00:00Z, until an hour after the last.
    const auto poll = get_request("/iclock/getrequest?SN=" + serial);
    const auto start = utc("2026-11-01T22:30:00Z");
    auto unpushed = terminal.expected();
    for (int minute = 0; minute <= 180; ++minute) {
        const auto now = start + std::chrono::minutes(minute);
        app.set_now(format_utc(now));
        REQUIRE(test::exchange(app.terminal_port(), poll).body == "OK");
        // What was punched in the minute before, in Makassar.
        const std::string local = format_utc(now + 8h).substr(0, 19);
        std::set<StoredPunch> just_now;
        while (!unpushed.empty() && std::get<1>(*unpushed.begin()) < local)
            just_now.insert(unpushed.extract(unpushed.begin()));
        if (!just_now.empty()) REQUIRE(push(app, serial, as_lines(just_now)) == fmt::format("OK: {}", just_now.size()));
    }
    CHECK(unpushed.empty());
    std::set<std::string> injected;
    for (const int i : {3, 100, 170}) {
        ZkPunch forged = log[static_cast<std::size_t>(i)];
        forged.pin = "1039";
        forged.slot = 39;
        forged.time += 5s;
        terminal.machine().add(forged);
        injected.insert(forged.pin);
    }
    CHECK(site.pull(serial).at("new").as_int64() == 3);
    CHECK(site.stored() == terminal.expected());
    const auto listed = site.get("exceptions?terminal=" + serial).at("punches").as_array();
    CHECK(listed.size() == 3);
    for (const auto& punch : listed) {
        CHECK(punch.at("grade").as_string() == "pull_only");
        CHECK(punch.at("pin").as_string() == "1039");
    }

    // What push brings after all is none any more.
    auto late = terminal.expected();
    std::erase_if(late, [](const auto& row) { return std::get<2>(row) != "1039"; });
    push(app, serial, as_lines(late));
    const auto after = site.get("exceptions");
    for (const auto& punch : after.at("punches").as_array()) CHECK(punch.at("grade").as_string() != "pull_only");
}

TEST_CASE("a pulled file is judged as a pull: what push should have brought is an exception") {
    PulledTerminal terminal;
    terminal.machine().set_log(punches(60));
    Site site({&terminal}, "2026-11-01T20:00:00Z");
    auto& app = site.app();
    const auto poll = get_request("/iclock/getrequest?SN=" + terminal.serial());
    for (int minute = 0; minute <= 60; ++minute) {
        app.set_now(format_utc(utc("2026-11-01T22:50:00Z") + std::chrono::minutes(minute)));
        REQUIRE(test::exchange(app.terminal_port(), poll).body == "OK");
    }
    const auto file = site.folder() / "terminal.pull";
    REQUIRE(run_presensid({"pull", fmt::format("127.0.0.1:{}", terminal.port()), "--to", file.string()}).code == 0);
    const auto taken = test::exchange(
        app.admin_port(), post_request("/api/v1/terminals/" + terminal.serial() + "/uploads", read_file(file)));
    CHECK(taken.status == 201);
    CHECK(site.get("exceptions").at("punches").as_array().size() == 60);
}

TEST_CASE("a suspended terminal is not pulled, also where it was asked before") {
    ZkLine line;
    line.bytes_per_second = 100'000;
    PulledTerminal terminal({}, {}, {}, line);
    terminal.machine().set_log(punches(3000));
    Site site({&terminal});
    const auto port = site.app().admin_port();
    const auto ask = [&](const char* body) {
        const auto begun =
            test::exchange(port, post_request("/api/v1/terminals/" + terminal.serial() + "/pulls", body));
        REQUIRE(begun.status == 202);
        return std::string(json::parse(begun.body).at("pull").as_string());
    };
    const auto running = ask("");
    const auto waiting = ask(R"({"disable_while_reading": true})");
    const auto is = [&](const std::string& id, const char* state) {
        return site.get("pulls/" + id).at("state").as_string() == state;
    };
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (!is(running, "running") && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
    const std::string patch = R"({"state":"suspended"})";
    REQUIRE(test::exchange(port,
                           fmt::format("PATCH /api/v1/terminals/{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                       "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                                       terminal.serial(), patch.size(), patch))
                .status == 200);
    while (!is(waiting, "failed") && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
    for (const auto& id : {running, waiting}) {
        const auto pulled = site.get("pulls/" + id);
        CHECK(pulled.at("state").as_string() == "failed");
        CHECK(pulled.at("reason").as_string().find("This terminal is suspended") != std::string::npos);
    }
    CHECK(terminal.machine().sessions() == 1);
    CHECK(site.count("punch") == 0);
}

TEST_CASE("a pull at an address that somebody names leaves the schedule and the alarms alone") {
    PulledTerminal terminal;
    terminal.machine().set_log(punches(10));
    PulledTerminal other({.serial = "TST7240100099"});
    Site site({&terminal});
    const auto wrong =
        site.pull(terminal.serial(), fmt::format(R"({{"address": "127.0.0.1", "port": {}}})", other.port()));
    CHECK(wrong.at("state").as_string() == "failed");
    CHECK(alarms(site) == 0);
    CHECK(site.count("terminal_pull") == 0);
}

TEST_CASE("a portable terminal, silent for three days, answers elsewhere: pulled, no alarm, nothing suspect") {
    PulledTerminal terminal;
    terminal.machine().set_log(punches(300));
    Site site({&terminal}, "2026-11-02T00:00:00Z");
    site.settings().terminals[0].portable = true;
    site.settings().terminals[0].pull->address = "127.0.0.9";  // where it was on Monday
    site.settings().terminals[0].networks = {*config::Network::decode("127.0.0.0/8")};
    auto& app = site.app();
    {
        RawConnection monday(app.terminal_port(), "127.0.0.9");
        monday.send(get_request("/iclock/getrequest?SN=" + terminal.serial()));
        REQUIRE(monday.receive().body == "OK");
    }
    // More failures than any other terminal may have before somebody is called.
    for (int i = 0; i < 4; ++i) CHECK(site.pull(terminal.serial()).at("state").as_string() == "failed");
    CHECK(alarms(site) == 0);
    app.set_now("2026-11-05T00:00:00Z");
    // It is plugged in at another place, and calls from there.
    CHECK(test::exchange(app.terminal_port(), get_request("/iclock/getrequest?SN=" + terminal.serial())).body == "OK");
    const auto pulled = site.pull(terminal.serial());
    CAPTURE(json::serialize(pulled));
    CHECK(pulled.at("state").as_string() == "done");
    CHECK(site.stored() == terminal.expected());
    CHECK(alarms(site) == 0);
    CHECK(site.get("exceptions").at("punches").as_array().empty());
    CHECK(stored_texts(site.folder(), "SELECT DISTINCT grade FROM punch WHERE grade = 'suspect'").empty());
}

TEST_CASE("portable terminals at each other's addresses are no alarm, and one that stays in its place is") {
    for (const bool portable : {true, false}) {
        CAPTURE(portable);
        PulledTerminal terminal;
        PulledTerminal other({.serial = "TST7240100099"});
        Site site({&terminal, &other});
        for (auto& settings : site.settings().terminals) settings.portable = portable;
        std::swap(site.settings().terminals[0].pull->port, site.settings().terminals[1].pull->port);
        for (const auto* each : {&terminal, &other})
            CHECK(site.pull(each->serial()).at("state").as_string() == "failed");
        CHECK(alarms(site) == (portable ? 0 : 2));
    }
}

TEST_CASE("progress comes as server-sent events until the pull is over") {
    ZkLine line;
    line.bytes_per_second = 200'000;
    PulledTerminal terminal({}, {}, {}, line);
    terminal.machine().set_log(punches(20000));
    Site site({&terminal});
    const auto begun =
        test::exchange(site.app().admin_port(), post_request("/api/v1/terminals/" + terminal.serial() + "/pulls", ""));
    REQUIRE(begun.status == 202);
    const auto id = std::string(json::parse(begun.body).at("pull").as_string());
    RawConnection connection(site.app().admin_port());
    REQUIRE(connection.send(get_request("/api/v1/pulls/" + id + "/events")));
    const std::string all = connection.receive_to_end();
    CHECK(all.find("Content-Type: text/event-stream\r\n") != std::string::npos);
    CHECK(all.find("\"state\":\"running\"") != std::string::npos);
    CHECK(all.find("\"state\":\"done\"") != std::string::npos);
    std::size_t events = 0;
    for (auto at = all.find("data: {"); at != all.npos; at = all.find("data: {", at + 1)) ++events;
    CHECK(events >= 3);
    CHECK(all.ends_with("}\n\n"));
}

TEST_CASE("asking for pulls: what is wrong is said") {
    PulledTerminal terminal;
    Site site({&terminal});
    const auto port = site.app().admin_port();
    const auto ask = [&](const std::string& serial, const std::string& body) {
        return test::exchange(port, post_request("/api/v1/terminals/" + serial + "/pulls", body)).status;
    };
    CHECK(ask("TSTUNKNOWN", "") == 404);
    CHECK(ask(terminal.serial(), R"({"address": "10.9.9.9"})") == 422);
    CHECK(ask(terminal.serial(), R"({"address": "terminal.example"})") == 422);
    // As curl -X POST says it.
    CHECK(test::exchange(
              port, fmt::format("POST /api/v1/terminals/{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                                terminal.serial() + "/pulls"))
              .status == 202);
    CHECK(ask(terminal.serial(), "[]") == 422);
    CHECK(ask(terminal.serial(), R"({"adress": "10.0.0.1"})") == 422);
    CHECK(ask(terminal.serial(), R"({"port": 4370})") == 202);
    CHECK(ask(terminal.serial(), R"({"port": 4371})") == 422);
    CHECK(http_get(port, "/api/v1/pulls/999").status == 404);
    CHECK(http_get(port, "/api/v1/pulls/x").status == 404);
    CHECK(http_get(port, "/api/v1/exceptions?after=x").status == 400);
    const auto foreign =
        test::exchange(port, "POST /api/v1/terminals/" + terminal.serial() +
                                 "/pulls HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://example.org\r\n"
                                 "Content-Length: 0\r\nConnection: close\r\n\r\n");
    CHECK(foreign.status == 403);
    http_patch(port, "/api/v1/terminals/" + terminal.serial(), R"({"state":"suspended"})");
    CHECK(ask(terminal.serial(), "") == 409);
}
