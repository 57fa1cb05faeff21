// SIGHUP: all of the new configuration or nothing of it (reliability F38).
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <memory>

#include "tests/end_to_end/fire.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/notify_socket.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_store.hpp"

using namespace presensi::test;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

class Reloaded {
public:
    Reloaded() : manager_(folder_.path() / "notify") {
        write("");
        daemon_ =
            std::make_unique<DaemonProcess>(file(), folder_.path(), false, ServiceManager{{manager_.variable()}, {}});
        REQUIRE(manager_.receive() == "READY=1");
    }

    std::filesystem::path file() const { return folder_.path() / "presensi.yaml"; }
    const std::filesystem::path& folder() const { return folder_.path(); }

    // The configuration of the beginning, and these lines of the top level.
    void write(const std::string& more) const { write(base(), more); }
    void write(const std::string& begin, const std::string& more) const { write_file(file(), begin + more); }
    std::string base(const std::string& terminal_listener = "{ address: 127.0.0.1, port: 0 }") const {
        return fmt::format("terminal_listener: {}\nadmin_listener: {{ port: 0 }}\n{}", terminal_listener,
                           storage_in_yaml(folder_.path()));
    }

    // Asks for a reload and waits for its end; returns what the status says of it.
    json::object reload() {
        daemon_->signal(SIGHUP);
        CHECK(manager_.receive().starts_with("RELOADING=1\nMONOTONIC_USEC="));
        CHECK(manager_.receive() == "READY=1");
        return status().at("configuration").as_object();
    }
    json::object status() const {
        return json::parse(http_get(daemon_->admin_port(), "/api/v1/status").body).as_object();
    }
    RawResponse poll(const std::string& serial) const {
        return exchange(daemon_->terminal_port(), get_request("/iclock/getrequest?SN=" + serial));
    }
    std::string terminal(const std::string& serial) const {
        return http_get(daemon_->admin_port(), "/api/v1/terminals/" + serial).body;
    }
    // Details of the audit rows of this action.
    std::vector<std::string> audited(const std::string& action) const {
        return stored_texts(folder_.path(),
                            fmt::format("SELECT detail FROM audit WHERE action = '{}' ORDER BY id", action));
    }
    DaemonProcess& daemon() { return *daemon_; }

private:
    TemporaryFolder folder_;
    NotifySocket manager_;
    std::unique_ptr<DaemonProcess> daemon_;
};

bool says(const json::object& configuration, const std::string& words) {
    const auto& error = configuration.at("last_reload_error");
    return error.is_string() && std::string(error.as_string()).find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a start puts on record what the file says anew of terminals, once") {
    const TemporaryFolder folder;
    auto settings = RunningApp::settings(folder.path(), {"TST1", "TST2"});
    const auto audited = [&] {
        { const RunningApp app(settings); }
        return stored_texts(folder.path(), "SELECT detail FROM audit WHERE action = 'configuration.start' ORDER BY id");
    };
    const std::string both = R"({"terminals":["TST1","TST2"]})";
    CHECK(audited() == std::vector<std::string>{both});
    CHECK(audited() == std::vector<std::string>{both});
    settings.terminals[1].name = "Apel IV";
    CHECK(audited() == std::vector<std::string>{both, R"({"terminals":["TST2"]})"});
    // The zone of all is that of those without one of their own, also of terminals that the file does not name.
    settings.terminals.pop_back();
    settings.time_zone = "Asia/Jakarta";
    CHECK(audited().size() == 3);
    CHECK(audited().size() == 3);
}

TEST_CASE("SIGHUP takes a new configuration in: terminals, units, limits, what follows them, and says so") {
    Reloaded presensi;
    const json::object before = presensi.status().at("configuration").as_object();
    CHECK(before.at("last_reload_error").is_null());
    CHECK(presensi.poll("TST1").status == 403);

    write_file(presensi.folder() / "units.yaml",
               "units:\n  - { code: dinkes, name: Dinas Kesehatan, kind: dinas, from: 2020-05-04, source: Perbup }\n");
    presensi.write(
        "units_file: units.yaml\nlimits: { body: 64KiB, line: 1KiB, bodies_in_flight: 64KiB }\n"
        "unknown_terminals: approve\n"
        "terminals:\n  - { serial: TST1, name: Apel IV, role: apel, portable: true, unit: dinkes }\n");
    const json::object after = presensi.reload();
    CHECK(after.at("last_reload_error").is_null());
    CHECK(after.at("loaded_at").as_string() >= before.at("loaded_at").as_string());
    CHECK(presensi.poll("TST1").body == "OK");
    CHECK(presensi.poll("TST9").body == "OK");  // on trial
    CHECK(presensi.poll("TST9").body == "OK");
    CHECK(presensi.audited("terminal.change") ==
          std::vector<std::string>{R"({"state":["seen","approved"],"reason":"unknown_terminals: approve"})"});
    const std::string terminal = presensi.terminal("TST1");
    CHECK(terminal.find("\"name\":\"Apel IV\"") != std::string::npos);
    CHECK(terminal.find("\"state\":\"approved\"") != std::string::npos);
    CHECK(presensi.status().at("unknown_terminals").as_string() == "approve");
    CHECK(http_get(presensi.daemon().admin_port(), "/api/v1/units").body.find("dinkes") != std::string::npos);
    const std::string large(100'000, 'x');
    CHECK(exchange(presensi.daemon().terminal_port(), post_request("/iclock/cdata?SN=TST1&table=ATTLOG&Stamp=1", large))
              .status == 413);
    const auto audited = presensi.audited("configuration.reload");
    REQUIRE(audited.size() == 1);
    CHECK(audited[0].find("limits") != std::string::npos);
    CHECK(audited[0].find("terminals") != std::string::npos);
    CHECK(audited[0].find("units_file") != std::string::npos);
    CHECK(audited[0].find("storage") == std::string::npos);

    // And out again: it stays approved, as after a restart, but is no longer what the file said of it.
    presensi.write("");
    CHECK(presensi.reload().at("last_reload_error").is_null());
    CHECK(presensi.poll("TST1").body == "OK");
    CHECK(presensi.poll("TST8").status == 403);
    CHECK(presensi.terminal("TST1").find("\"portable\":false") != std::string::npos);
    CHECK(presensi.daemon().log().find("terminal.unguarded") == std::string::npos);  // it never had a guard
}

TEST_CASE("SIGHUP: a terminal that leaves the file with its networks is named in the log") {
    Reloaded presensi;
    presensi.write("terminals:\n  - { serial: TST1, networks: [127.0.0.0/8] }\n");
    CHECK(presensi.reload().at("last_reload_error").is_null());
    presensi.write("");
    CHECK(presensi.reload().at("last_reload_error").is_null());
    CHECK(await([&] { return presensi.daemon().log().find("terminal.unguarded") != std::string::npos; }, 30s));
}

TEST_CASE("SIGHUP with a mistake, or with a key that needs a restart, changes nothing at all (F38)") {
    Reloaded presensi;
    write_file(presensi.folder() / "broken.yaml", "units:\n  - { code: dinkes, nmae: Dinas }\n");
    const std::string good = "unknown_terminals: approve\nterminals:\n  - { serial: TST1, name: Apel IV }\n";
    struct Case {
        std::string name;
        std::string begin;
        std::string more;
        std::string words;
    };
    const Case cases[] = {
        {"not YAML", presensi.base(), good + "limits: [", "not valid YAML"},
        {"good, and one mistake", presensi.base(), good + "limits: { body: 1 }\n", "limits.body"},
        {"good, and an unknown key", presensi.base(), good + "limit: {}\n", "did you mean limits"},
        {"good, and a broken units_file", presensi.base(), good + "units_file: broken.yaml\n", "nmae"},
        {"good, and no units_file", presensi.base(), good + "units_file: none.yaml\n", "there is no file"},
        {"good, and another port", presensi.base("{ address: 127.0.0.1, port: 1234 }"), good,
         "terminal_listener.port cannot change while presensid runs; restart it"},
        {"good, and another address", presensi.base("{ address: 127.0.0.2, port: 0 }"), good,
         "terminal_listener.address cannot change"},
        {"the file is empty", "", "", ""},
    };
    std::size_t refused = 0;
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string loaded_at(presensi.status().at("configuration").at("loaded_at").as_string());
        presensi.write(c.begin, c.more);
        const json::object after = presensi.reload();
        CAPTURE(json::serialize(after));
        CHECK(says(after, c.words));
        CHECK(after.at("loaded_at").as_string() == loaded_at);
        CHECK(presensi.poll("TST1").status == 403);
        CHECK(presensi.poll("TST9").status == 403);
        CHECK(presensi.status().at("unknown_terminals").as_string() == "hold");
        const auto audited = presensi.audited("configuration.refuse");
        CHECK(audited.size() == ++refused);
        CHECK(audited.back().find(c.words.substr(0, c.words.find('"'))) != std::string::npos);
    }
    CHECK(presensi.audited("configuration.reload").empty());
    CHECK(presensi.daemon().log().find("the old one stays in force") != std::string::npos);
    // The mistake mended: the next one takes effect, and the error is gone.
    presensi.write(good);
    CHECK(presensi.reload().at("last_reload_error").is_null());
    CHECK(presensi.poll("TST1").body == "OK");
}

TEST_CASE("SIGHUP never brings back a terminal that a person suspended") {
    Reloaded presensi;
    presensi.write("terminals:\n  - { serial: TST1, name: Apel IV }\n");
    presensi.reload();
    CHECK(http_patch(presensi.daemon().admin_port(), "/api/v1/terminals/TST1", R"({"state":"suspended"})").status ==
          200);
    presensi.write("terminals:\n  - { serial: TST1, name: Apel V }\n");
    presensi.reload();
    CHECK(presensi.poll("TST1").status == 403);
    CHECK(presensi.terminal("TST1").find("\"name\":\"Apel V\"") != std::string::npos);
}

TEST_CASE("SIGHUP reads secrets anew") {
    Reloaded presensi;
    const auto secret = [&](const std::filesystem::path& file, const std::string& text) {
        write_file(file, text);
        REQUIRE(chmod(file.c_str(), 0640) == 0);
    };
    const auto handshake = [&](const std::string& key) {
        return exchange(presensi.daemon().terminal_port(),
                        get_request("/iclock/cdata?SN=TST1&options=all&pushcommkey=" + key))
            .status;
    };
    secret(presensi.folder() / "push", "first-key\n");
    presensi.write("terminals:\n  - { serial: TST1, push_key_file: push }\n");
    presensi.reload();
    CHECK(handshake("first-key") == 200);
    CHECK(presensi.poll("TST1").body == "OK");
    secret(presensi.folder() / "push", "second-key\n");
    CHECK(presensi.reload().at("last_reload_error").is_null());
    CHECK(presensi.poll("TST1").status == 403);  // it has to show the new one first
    CHECK(handshake("first-key") == 403);
    CHECK(handshake("second-key") == 200);
    CHECK(presensi.audited("configuration.reload").back() == R"({"changed":["terminals"]})");
    REQUIRE(chmod((presensi.folder() / "push").c_str(), 0644) == 0);
    CHECK(says(presensi.reload(), "chmod o-rwx"));
    CHECK(handshake("second-key") == 200);
}

TEST_CASE("SIGHUP under load: many reloads, good and bad, and every upload is acknowledged") {
    using namespace presensi::terminals;
    FleetOptions options = busy_fleet();
    options.faults = {};
    const TemporaryFolder folder;
    const auto config = write_fleet_config(folder.path(), storage_in_yaml(folder.path()), 0, 0, options);
    const std::string good = read_file(config);
    DaemonProcess daemon(config, folder.path());
    options.server = Url::decode(fmt::format("http://127.0.0.1:{}", daemon.terminal_port()));
    Crowd crowd(options);
    for (int round = 0; round < 20; ++round) {
        const std::size_t before = crowd.acknowledged();
        write_file(config, round % 2 == 0 ? good + "periods: { working_days: 9 }\n"
                                          : good + fmt::format("periods: {{ working_days: {} }}\n", 1 + round % 5));
        daemon.signal(SIGHUP);
        REQUIRE(await([&] { return crowd.acknowledged() > before + 20; }, 60s));
    }
    crowd.fleet.stop_creating();
    REQUIRE(await([&] { return crowd.fleet.settled(); }, 120s));
    const Totals totals = crowd.fleet.totals();
    CAPTURE(totals.first_complaint);
    CHECK(totals.refused == 0);
    CHECK(totals.no_answer == 0);
    const auto created = crowd.fleet.ledger().created();
    const auto stored = stored_punches(folder.path());
    CHECK(std::equal(created.begin(), created.end(), stored.begin(), stored.end()));
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
}
