#include "tests/support/postgres_cluster.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <stdexcept>
#include <thread>
#include <utility>

namespace presensi {
namespace {

namespace fs = std::filesystem;

constexpr auto script = PRESENSI_SOURCE_DIR "/tests/support/postgres_cluster.sh";

void run_script(const std::string& command, const fs::path& folder, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{script, command, folder.string()};
    words.insert(words.end(), more.begin(), more.end());
    const pid_t child = ::fork();
    if (child == 0) {
        std::vector<char*> arguments;
        arguments.reserve(words.size() + 1);
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const int nowhere = ::open("/dev/null", O_WRONLY);
        ::dup2(nowhere, STDOUT_FILENO);
        ::execv(script, arguments.data());
        ::_exit(127);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0) {
        throw std::runtime_error("postgres_cluster.sh " + command + " failed");
    }
}

std::string read_url(const fs::path& folder) {
    std::ifstream file(folder / "url");
    std::string url;
    std::getline(file, url);
    return url;
}

void execute(const std::string& url, const std::string& sql) {
    pqxx::connection connection(url);
    pqxx::nontransaction(connection).exec(sql);
}

std::string text_of(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

// The postmaster and all that it started.
void signal_server(const fs::path& folder, int signal) {
    std::ifstream file(folder / "data" / "postmaster.pid");
    pid_t postmaster = 0;
    file >> postmaster;
    if (postmaster <= 1) throw std::runtime_error("this cluster does not run");
    ::kill(postmaster, signal);  // first, so that nothing new is started
    std::ifstream list("/proc/" + std::to_string(postmaster) + "/task/" + std::to_string(postmaster) + "/children");
    for (pid_t child = 0; list >> child;) ::kill(child, signal);
}

fs::path new_folder() {
    std::string pattern = (fs::temp_directory_path() / "presensi-pg-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    return pattern;
}

}  // namespace

PostgresCluster::PostgresCluster(const std::vector<std::string>& settings) : folder_(new_folder()) {
    run_script("create", folder_, settings);
    url_ = read_url(folder_);
}

PostgresCluster::~PostgresCluster() {
    try {
        run_script("remove", folder_);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
    }
}

void PostgresCluster::start() { run_script("start", folder_); }
void PostgresCluster::stop(const std::string& mode) { run_script("stop", folder_, {mode}); }

void PostgresCluster::freeze() const { signal_server(folder_, SIGSTOP); }
void PostgresCluster::thaw() const { signal_server(folder_, SIGCONT); }

const std::string& shared_postgres() {
    static const std::string of_this_run = read_url(PRESENSI_SHARED_POSTGRES);
    if (!of_this_run.empty()) return of_this_run;
    static const PostgresCluster own({"fsync = off"});
    return own.url();
}

PostgresDatabaseOfTest::PostgresDatabaseOfTest(std::string server) : server_(std::move(server)) {
    static int made = 0;
    name_ = "test_" + std::to_string(::getpid()) + "_" + std::to_string(++made);
    execute(server_, "CREATE DATABASE " + name_);
    execute(superuser_url(), text_of(PRESENSI_SOURCE_DIR "/storage/schema/postgres/roles.sql"));
}

PostgresDatabaseOfTest::~PostgresDatabaseOfTest() { execute(server_, "DROP DATABASE " + name_ + " WITH (FORCE)"); }

std::string PostgresDatabaseOfTest::url_of(const std::string& role) const {
    const auto at = server_.find('@');  // postgresql://owner@127.0.0.1:PORT/postgres
    return "postgresql://" + role + server_.substr(at, server_.rfind('/') + 1 - at) + name_;
}

void PostgresDatabaseOfTest::settle() const {
    pqxx::connection connection(superuser_url());
    pqxx::nontransaction session(connection);
    const auto settled = [&] {
        return session
            .exec("SELECT COALESCE(bool_and(xid < pg_snapshot_xmin(pg_current_snapshot())), true) FROM presensi.punch")
            .at(0)[0]
            .as<bool>();
    };
    while (!settled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace presensi
