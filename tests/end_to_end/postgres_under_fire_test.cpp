// The daemon on a PostgreSQL that is being hurt: what was acknowledged is stored, nothing twice, and it comes back by
// itself.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <random>

#include "tests/end_to_end/fire.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/fault_proxy.hpp"
#include "tests/support/postgres_cluster.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/terminals/comparison.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::terminals;
using namespace std::chrono_literals;

namespace {

using Steady = std::chrono::steady_clock;

// The promise is 2 s once the database can again; three times the slack.
constexpr auto recovery = 6s;
// What waits and is refused costs memory, but only so much.
constexpr std::size_t more_kib = 96 * 1024;

// A cluster, a proxy in front of it, daemons behind the proxy, and terminals.
class Site {
public:
    explicit Site(int daemons = 1) : options_(busy_fleet()) {
        MESSAGE("seed " << options_.seed);
        const std::string storage = fmt::format("storage: {{ backend: postgres, postgres: {{ url: \"{}\" }} }}\n",
                                                with_port(cluster.url(), proxy.port()));
        for (int i = 0; i < daemons; ++i) {
            folders_.push_back(std::make_unique<TemporaryFolder>());
            configs_.push_back(
                write_fleet_config(folders_.back()->path(), storage, steady_port(), steady_port(), options_));
            daemons_.push_back(start(i));
        }
        options_.server = terminals_of(0);
        if (daemons > 1) options_.other_server = terminals_of(1);
        crowd = std::make_unique<Crowd>(options_);
    }

    DaemonProcess& daemon(int number = 0) { return *daemons_[static_cast<std::size_t>(number)]; }

    void kill_and_restart(int number) {
        daemon(number).signal(SIGKILL);
        CHECK(daemon(number).wait() == 128 + SIGKILL);
        daemons_[static_cast<std::size_t>(number)] = start(number);
    }

    // As a superuser, past the proxy.
    void sql(const std::string& statement) const {
        pqxx::connection connection(cluster.url());
        pqxx::nontransaction(connection).exec(statement);
    }

    bool await_progress(std::size_t punches, std::chrono::seconds at_most = 60s) const {
        const auto before = crowd->acknowledged();
        return await([&] { return crowd->acknowledged() >= before + punches; }, at_most);
    }

    void check_that_nothing_is_lost() const {
        const auto acknowledged = crowd->fleet.ledger().acknowledged();
        const auto lost = missing(acknowledged, stored_punches_at(cluster.url()));
        CHECK(lost.empty());
    }

    void check_that_terminals_are_answered() {
        const auto serial = serial_of(options_, 0);
        CHECK(exchange(daemon().terminal_port(), get_request("/iclock/getrequest?SN=" + serial)).body == "OK");
        CHECK(exchange(daemon().terminal_port(), get_request("/iclock/cdata?options=all&SN=" + serial)).status == 200);
    }

    // Everything created is acknowledged and stored, once, and the feed shows it as it was made.
    void finish() {
        crowd->fleet.stop_creating();
        REQUIRE(await([&] { return crowd->fleet.settled(); }, 120s));
        const auto created = crowd->fleet.ledger().created();
        const auto stored = stored_punches_at(cluster.url());
        CHECK(std::equal(created.begin(), created.end(), stored.begin(), stored.end()));
        const Comparison comparison =
            compare_with_feed(Url::decode(fmt::format("http://127.0.0.1:{}", daemon().admin_port())),
                              options_.serial_prefix, crowd->fleet.ledger());
        CAPTURE(comparison.error);
        CAPTURE(comparison.example);
        CHECK(comparison.holds());
        const Totals totals = crowd->fleet.totals();
        CAPTURE(totals.first_complaint);
        CHECK(totals.wrong_count == 0);
        CHECK(totals.bad_options == 0);
        CHECK(totals.bad_polls == 0);
        MESSAGE(created.size() << " punches created, all stored once; " << totals.refused << " uploads refused, "
                               << totals.no_answer << " without an answer");
    }

    PostgresCluster cluster;
    FaultProxy proxy{port_of(cluster.url())};
    std::unique_ptr<Crowd> crowd;

private:
    std::unique_ptr<DaemonProcess> start(int number) {
        const auto at = static_cast<std::size_t>(number);
        return std::make_unique<DaemonProcess>(configs_[at], folders_[at]->path());
    }
    Url terminals_of(int number) {
        return Url::decode(fmt::format("http://127.0.0.1:{}", daemon(number).terminal_port()));
    }

    FleetOptions options_;
    std::vector<std::unique_ptr<TemporaryFolder>> folders_;
    std::vector<std::filesystem::path> configs_;
    std::vector<std::unique_ptr<DaemonProcess>> daemons_;
};

struct Outage {
    std::function<void()> begin;
    std::function<void()> end;
    std::chrono::milliseconds lasts;
    bool can_be_read = true;  // punches can be looked at meanwhile
    bool some_fit = false;    // a small upload may find room, so it is stored and acknowledged; most do not
};

// While nothing can be stored, nothing is acknowledged, terminals still hear their polls answered, and memory stays
// bounded; afterwards uploads are acknowledged again without hands.
void survive(Site& site, const Outage& outage) {
    REQUIRE(site.await_progress(200));
    const auto resident = site.daemon().resident_kib();
    outage.begin();
    std::this_thread::sleep_for(1s);  // what was committed before has been answered
    const auto before = site.crowd->acknowledged();
    const auto refused_before = site.crowd->fleet.totals().refused;
    const auto until = Steady::now() + outage.lasts;
    while (Steady::now() < until) {
        site.check_that_terminals_are_answered();
        std::this_thread::sleep_for(200ms);
    }
    if (outage.some_fit)
        CHECK(site.crowd->fleet.totals().refused > refused_before);
    else
        CHECK(site.crowd->acknowledged() == before);
    CHECK(site.daemon().resident_kib() < resident + more_kib);
    if (outage.can_be_read) site.check_that_nothing_is_lost();
    outage.end();
    const auto ended = Steady::now();
    CHECK(await([&] { return site.crowd->acknowledged() > before; }, 60s));
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - ended);
    MESSAGE("acknowledging again after " << took.count() << " ms");
    CHECK(took < recovery);
    CHECK(await([&] { return http_get(site.daemon().admin_port(), "/readyz").status == 200; }, recovery));
    CHECK(site.await_progress(200));
}

}  // namespace

TEST_CASE("readiness follows PostgreSQL also while nobody uploads") {
    Site site;
    const auto readiness = [&] { return http_get(site.daemon().admin_port(), "/readyz").status; };
    site.crowd->fleet.stop_creating();
    REQUIRE(await([&] { return site.crowd->fleet.settled(); }, 60s));
    CHECK(readiness() == 200);
    site.cluster.stop("fast");
    CHECK(await([&] { return readiness() == 503; }, 45s));
    site.cluster.start();
    CHECK(await([&] { return readiness() == 200; }, 45s));
}

TEST_CASE("PostgreSQL stopped under load: no OK meanwhile, back by itself") {
    Site site;
    survive(site, {.begin = [&] { site.cluster.stop("fast"); },
                   .end = [&] { site.cluster.start(); },
                   .lasts = 3s,
                   .can_be_read = false});
    site.check_that_nothing_is_lost();
    site.finish();
}

TEST_CASE("PostgreSQL crashes again and again under load: nothing acknowledged is lost, nothing is doubled") {
    const unsigned stops = from_environment("PRESENSI_STOPS", 3);
    Site site;
    for (unsigned stop = 0; stop < stops; ++stop) {
        CAPTURE(stop);
        REQUIRE(site.await_progress(200));
        site.cluster.stop("immediate");
        const auto before = site.crowd->acknowledged();
        site.check_that_terminals_are_answered();
        site.cluster.start();
        const auto started = Steady::now();
        CHECK(await([&] { return site.crowd->acknowledged() > before; }, 60s));
        CHECK(Steady::now() - started < recovery);
        site.check_that_nothing_is_lost();
    }
    site.finish();
}

TEST_CASE("a read-only PostgreSQL: no OK meanwhile, back by itself") {
    Site site;
    const auto set = [&](const std::string& value) {
        site.sql("ALTER SYSTEM SET default_transaction_read_only = " + value);
        site.sql("SELECT pg_reload_conf()");
    };
    survive(site, {.begin = [&] { set("on"); }, .end = [&] { set("off"); }, .lasts = 3s});
    site.finish();
}

TEST_CASE("sessions that are killed again and again: slow, never a loss") {
    Site site;
    REQUIRE(site.await_progress(200));
    const auto until = Steady::now() + 3s;
    while (Steady::now() < until) {
        site.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'presensid'");
        std::this_thread::sleep_for(20ms);
    }
    const auto ended = Steady::now();
    CHECK(site.await_progress(1));
    CHECK(Steady::now() - ended < recovery);
    site.check_that_nothing_is_lost();
    site.finish();
}

TEST_CASE("a table that is locked for 30 s: no OK, no growth, and on it goes") {
    Site site;
    std::unique_ptr<pqxx::connection> intruder;
    std::unique_ptr<pqxx::nontransaction> session;
    survive(site, {.begin =
                       [&] {
                           intruder = std::make_unique<pqxx::connection>(site.cluster.url());
                           session = std::make_unique<pqxx::nontransaction>(*intruder);
                           session->exec("BEGIN");
                           session->exec("LOCK TABLE presensi.punch IN ACCESS EXCLUSIVE MODE");
                       },
                   .end = [&] { session->exec("ROLLBACK"); },
                   .lasts = 30s,
                   .can_be_read = false});
    site.check_that_nothing_is_lost();
    site.finish();
}

TEST_CASE("PostgreSQL's disk is full: no OK meanwhile, back by itself once there is room") {
    const SmallDisk disk("size=48m");
    // Loud, and a failure wherever the suite has to be whole.
    REQUIRE_MESSAGE(disk.mounted(), "this test mounts a tmpfs, which needs root");
    REQUIRE(disk.give_to("postgres"));  // who runs the cluster when root runs the tests
    Site site;
    REQUIRE(site.await_progress(50));
    site.sql("CREATE TABLESPACE small LOCATION '" + disk.path().string() + "'");
    site.sql("ALTER TABLE presensi.punch SET TABLESPACE small");
    // What a refused upload left behind is pruned from its pages, so room for a few punches comes again and again.
    survive(site, {.begin = [&] { disk.fill(); }, .end = [&] { disk.make_room(); }, .lasts = 5s, .some_fit = true});
    site.finish();
}

TEST_CASE("a synchronous standby that is gone: an OK never stands for rows that only one machine has") {
    Site site;
    const auto set = [&](const std::string& names) {
        site.sql("ALTER SYSTEM SET synchronous_standby_names = '" + names + "'");
        site.sql("SELECT pg_reload_conf()");
    };
    // Longer than the daemon waits for a statement: what it cancels then is committed here and nowhere else.
    survive(site, {.begin = [&] { set("nobody"); }, .end = [&] { set(""); }, .lasts = 14s});
    site.finish();
}

TEST_CASE("commits that are cut on the line: nothing acknowledged is lost, nothing is doubled") {
    const unsigned cuts = from_environment("PRESENSI_CUTS", 20);
    Site site;
    std::mt19937_64 random(from_environment("PRESENSI_SEED", 20261120));
    const auto any = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
    for (unsigned cut = 0; cut < cuts; ++cut) {
        CAPTURE(cut);
        REQUIRE(site.await_progress(20));
        const auto ended = site.proxy.ended();
        const auto how = any(2) == 0 ? Fault::End::close : Fault::End::reset;
        // In the middle of a statement, of its answer, or anywhere.
        const auto where = any(3);
        switch (where) {
            case 0:
                site.proxy.set({.up_bytes = any(20'000), .end = how});
                break;
            case 1:
                site.proxy.set({.down_bytes = any(400), .end = any(4) == 0 ? Fault::End::half_close : how});
                break;
            default:
                break;
        }
        const auto is_cut = [&] {
            // Just after another cut there may be no line to end yet.
            if (where == 2) site.proxy.end_all(how);
            return site.proxy.ended() > ended;
        };
        CHECK(await(is_cut, 60s));
        site.proxy.heal();
    }
    site.check_that_nothing_is_lost();
    site.finish();
}

TEST_CASE("a line to PostgreSQL that swallows everything: given up in time, nothing acknowledged meanwhile") {
    Site site;
    const Fault hole{.up_bytes = 0, .down_bytes = 0, .end = Fault::End::black_hole};
    survive(site, {.begin = [&] { site.proxy.set(hole); }, .end = [&] { site.proxy.heal(); }, .lasts = 20s});
    site.finish();
}

TEST_CASE("PostgreSQL frozen, its port still open: given up in time, nothing acknowledged meanwhile") {
    Site site;
    survive(site, {.begin = [&] { site.cluster.freeze(); },
                   .end = [&] { site.cluster.thaw(); },
                   .lasts = 20s,
                   .can_be_read = false});
    site.check_that_nothing_is_lost();
    site.finish();
}

TEST_CASE("PostgreSQL frozen: every upload is refused in time, again and again") {
    Site site;
    site.crowd->fleet.stop_creating();
    REQUIRE(await([&] { return site.crowd->fleet.settled(); }, 60s));
    const std::string upload =
        post_request("/iclock/cdata?SN=TSTSIM00000&table=ATTLOG&Stamp=9999", "1\t2026-11-20 07:58:30\t0\t1\n");
    site.cluster.freeze();
    const auto until = Steady::now() + 16s;
    while (Steady::now() < until) {
        const auto sent = Steady::now();
        CHECK(exchange(site.daemon().terminal_port(), upload).status == 503);
        CHECK(Steady::now() - sent < 24s);  // a statement may take 8 s
        std::this_thread::sleep_for(1s);
    }
    site.cluster.thaw();
    CHECK(await([&] { return exchange(site.daemon().terminal_port(), upload).body == "OK: 1"; }, 30s));
}

TEST_CASE("a slow line to PostgreSQL: slow, and nothing else") {
    Site site;
    site.proxy.set({.delay = 100ms});
    CHECK(site.await_progress(200));
    site.check_that_terminals_are_answered();
    site.proxy.heal();
    site.finish();
}

TEST_CASE("two daemons on one database, terminals that hop between them, kill -9 of either: the ledgers hold") {
    const unsigned kills = from_environment("PRESENSI_KILLS", 6);
    Site site(2);
    std::mt19937_64 random(from_environment("PRESENSI_SEED", 20261120));
    for (unsigned kill = 0; kill < kills; ++kill) {
        CAPTURE(kill);
        REQUIRE(site.await_progress(100));
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 50'000));
        site.kill_and_restart(static_cast<int>(random() % 2));
        // What is lost stays lost, so the long looks may be few; the crowd goes on meanwhile, at thousands a second.
        if (kill % 20 == 0) site.check_that_nothing_is_lost();
    }
    site.finish();
}

TEST_CASE("two daemons on one database: a terminal suspended on one is refused by the other") {
    Site site(2);
    site.crowd->fleet.stop_creating();
    const std::string serial = "TSTSIM00003";
    const std::string poll = get_request("/iclock/getrequest?SN=" + serial);
    CHECK(exchange(site.daemon(1).terminal_port(), poll).status == 200);
    CHECK(http_patch(site.daemon(0).admin_port(), "/api/v1/terminals/" + serial, R"({"state":"suspended"})").status ==
          200);
    CHECK(exchange(site.daemon(0).terminal_port(), poll).status == 403);
    CHECK(await([&] { return exchange(site.daemon(1).terminal_port(), poll).status == 403; }, 30s));
}

TEST_CASE("T31 a database that does not speak TLS is refused where the URL asks for it") {
    const PostgresCluster cluster;
    const TemporaryFolder folder;
    const auto migrate = [&](const std::string& words) {
        const std::string mark = cluster.url().find('?') == std::string::npos ? "?" : "&";
        write_file(
            folder.path() / "presensi.yaml",
            fmt::format("storage: {{ backend: postgres, postgres: {{ url: \"{0}{1}{2}\", owner_url: \"{0}{1}{2}\" }} "
                        "}}\n",
                        cluster.url(), mark, words));
        return run_presensid({"migrate", "--config", (folder.path() / "presensi.yaml").string()});
    };
    for (const char* words : {"sslmode=require", "sslmode=verify-ca", "sslmode=verify-full"}) {
        CAPTURE(words);
        const auto refused = migrate(words);
        CHECK(refused.code == 1);
        CHECK(refused.output.find("SSL") != std::string::npos);
    }
    CHECK(migrate("sslmode=prefer").code == 0);
}
