#include "tests/soak/site.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <stdexcept>

#include "tests/support/stored_rows.hpp"

namespace presensi::soak {

using namespace presensi::test;
using namespace presensi::terminals;
using namespace std::chrono_literals;

namespace {

constexpr int pulled_terminals = 3;

FleetOptions fleet_of(const Plan& plan) {
    const auto local = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 8h;  // Makassar
    const auto today = std::chrono::floor<std::chrono::days>(local);
    FleetOptions options;
    options.terminals = static_cast<int>(plan.terminals);
    options.profiles = {Profile::x100c, Profile::senseface, Profile::mb10};
    options.scenario = Scenario::trickle;
    options.speed = 1;
    options.date = std::chrono::local_days{today.time_since_epoch()};
    options.begins = local - today;
    options.trickle_every = std::min(15s, plan.period);
    options.idle = 200ms;
    options.error_delay = std::min<std::chrono::milliseconds>(5s, plan.period / 4);
    options.faults = {.cut = 1, .lost = 1, .duplicate = 1, .poll = 1, .late_result = 2, .lost_result = 2};
    options.seed = plan.seed;
    return options;
}

}  // namespace

Plan Plan::from_environment() {
    Plan plan;
    const auto number = [](const char* name, auto otherwise) {
        return test::from_environment(name, static_cast<unsigned>(otherwise));
    };
    plan.lasts = std::chrono::seconds(number("PRESENSI_SOAK_SECONDS", plan.lasts.count()));
    plan.period = std::chrono::seconds(number("PRESENSI_SOAK_PERIOD", plan.period.count()));
    plan.terminals = number("PRESENSI_SOAK_TERMINALS", plan.terminals);
    plan.seed = number("PRESENSI_SEED", plan.seed);
    if (const char* folder = std::getenv("PRESENSI_SOAK_FOLDER")) plan.folder = folder;
    return plan;
}

Site::Site(const Plan& plan) : plan_(plan), options_(fleet_of(plan)) {
    const std::string storage = fmt::format(
        "storage: {{ backend: postgres, postgres: {{ url: \"{}\" }} }}\n"
        // All terminals come through the bad line, so from its address.
        "limits: {{ connections_per_address: 4096 }}\n"
        "pull: {{ networks: [127.0.0.0/8] }}\n",
        with_port(cluster.url(), to_database.port()));
    configuration_ =
        write_fleet_config(folder_of_configuration_.path(), storage, terminal_port_, admin_port_, options_);
    std::ofstream more(configuration_, std::ios::app);
    more << "  - serial: " << serial_of_files << "\n";
    for (int i = 0; i < pulled_terminals; ++i) {
        pulled.push_back(std::make_unique<PulledTerminal>(ZkIdentity{.serial = fmt::format("TSTPULL{:05}", i)}));
        more << fmt::format("  - {{ serial: {}, pull: {{ address: 127.0.0.1, port: {} }} }}\n", pulled.back()->serial(),
                            pulled.back()->port());
    }
    more.close();
    start_daemon();
    if (disk_of_database_.mounted() && disk_of_database_.give_to("postgres")) {
        sql("CREATE TABLESPACE small LOCATION '" + disk_of_database_.path().string() + "'");
        sql("ALTER TABLE presensi.punch SET TABLESPACE small");
    }
}

Site::~Site() {
    crowd_.reset();
    daemon_.reset();
    std::error_code ignored;
    if (plan_.folder.empty()) return;
    for (const auto& entry : std::filesystem::directory_iterator(disk_of_daemon_.path(), ignored)) {
        if (!entry.path().filename().string().starts_with("log.")) continue;
        std::filesystem::copy_file(entry.path(), plan_.folder / entry.path().filename(), ignored);
    }
}

void Site::start_daemon() {
    daemon_ = std::make_unique<DaemonProcess>(configuration_, disk_of_daemon_.path());
    ++starts_;
}

void Site::kill_daemon() {
    daemon_->signal(SIGKILL);
    daemon_->wait();
    start_daemon();
}

void Site::restart_daemon() {
    daemon_->signal(SIGTERM);
    if (const int code = daemon_->wait(); code != 0)
        throw std::runtime_error(fmt::format("presensid ended with {} after SIGTERM", code));
    start_daemon();
}

void Site::reload_daemon() {
    const std::string before = read_file(configuration_);
    const auto old = before.find("periods:");
    const std::string base = old == 0 ? before.substr(before.find('\n') + 1) : before;
    write_file(configuration_, fmt::format("periods: {{ working_days: {} }}\n{}", 1 + ++reloads_ % 5, base));
    daemon_->signal(SIGHUP);
}

bool Site::is_ready() const {
    try {
        return http_get(admin_port_, "/readyz").status == 200;
    } catch (const std::runtime_error&) {  // nobody is there
        return false;
    }
}

std::string Site::sql(const std::string& statement) const {
    pqxx::connection connection(cluster.url());
    const pqxx::result rows = pqxx::nontransaction(connection).exec(statement);
    return rows.empty() ? std::string() : rows[0][0].as<std::string>();
}

long Site::stored() const { return std::stol(sql("SELECT count(*) FROM presensi.punch")); }

std::set<StoredPunch> Site::stored_punches() const { return stored_punches_at(cluster.url()); }

void Site::begin() {
    FleetOptions options = options_;
    options.server = Url::decode(fmt::format("http://127.0.0.1:{}", to_daemon.port()));
    crowd_ = std::make_unique<Crowd>(options);
}

}  // namespace presensi::soak
