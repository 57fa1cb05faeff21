// The backup that the package brings (scripts/package/backup.sh), and the drill of docs/operations.md.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <pqxx/pqxx>
#include <string>

#include "tests/end_to_end/small_government.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/postgres_cluster.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/test_store.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::test::small_government;

namespace {

const std::string dinsos = std::string(october) + "/dinsos";
const std::string upload = line("42", "2026-10-06 07:41:10") + line("43", "2026-10-06 07:42:00") +
                           line("0042", "2026-10-07 07:39:59") + line("99", "2026-10-07 07:50:00");

// What stands between `from` and `to`.
std::string part_of(const std::string& text, const std::string& from, const std::string& to) {
    const auto begin = text.find(from) + from.size();
    return text.substr(begin, text.find(to, begin) - begin);
}

std::string name_of_database(const std::string& url) { return url.substr(url.rfind('/') + 1); }

// backup.sh as its administrator runs it, with this database as the one of production.
CommandResult backup(const std::string& url, const std::string& arguments) {
    const std::string command = fmt::format(
        "PGHOST=127.0.0.1 PGPORT={} PGUSER=owner PRESENSI_DATABASE={} PRESENSI_KEEP=2 PRESENSI_ROLES={}/storage/schema/"
        "postgres/roles.sql {}/scripts/package/backup.sh {} 2>&1",
        part_of(url, "127.0.0.1:", "/"), name_of_database(url), PRESENSI_SOURCE_DIR, PRESENSI_SOURCE_DIR, arguments);
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    CommandResult result;
    std::array<char, 4096> part{};
    while (const auto length = std::fread(part.data(), 1, part.size(), pipe)) result.output.append(part.data(), length);
    const int status = pclose(pipe);
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return result;
}

bool is_there(const std::string& server, const std::string& name) {
    pqxx::connection connection(server);
    pqxx::nontransaction session(connection);
    return !session.exec("SELECT 1 FROM pg_database WHERE datname = " + session.quote(name)).empty();
}

std::vector<std::filesystem::path> dumps_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".dump") found.push_back(entry.path());
    }
    return found;
}

}  // namespace

TEST_CASE(
    "backup, drill, restore on a new server: the same punches and the same frozen month, and nothing counts twice") {
    const TemporaryFolder state;
    const TemporaryFolder folder;
    const auto backups = folder.path() / "backups";
    std::string digest;
    std::set<StoredPunch> stored;
    const std::string url = postgres_of(state.path()).superuser_url();
    auto settings = settings_of(state.path());
    {
        RunningApp app(settings, "2026-11-03T01:00:00Z");
        fill(app);
        push(app, office, upload);
        REQUIRE(post(app, dinsos + "/submit", with_reason).status == 200);
        REQUIRE(post(app, dinsos + "/freeze").status == 200);
        push(app, office, line("43", "2026-10-08 07:40:00"));  // comes late: an amendment
        digest = get(app, dinsos).text("/digest");
        REQUIRE(digest.size() == 64);

        // Beside the daemon at work.
        const auto made = backup(url, "make " + backups.string());
        CAPTURE(made.output);
        REQUIRE(made.code == 0);
        CHECK(made.output.find("5 punches") != std::string::npos);
        stored = stored_punches(state.path());
        REQUIRE(stored.size() == 5);
        push(app, office, line("42", "2026-11-02 07:30:00"));  // after the backup
    }
    REQUIRE(dumps_in(backups).size() == 1);
    const std::string dump = dumps_in(backups).front();
    struct stat file {};
    REQUIRE(stat(dump.c_str(), &file) == 0);
    CHECK((file.st_mode & 077) == 0);
    REQUIRE(stat((backups / "last").c_str(), &file) == 0);
    CHECK((file.st_mode & 0777) == 0644);

    const auto drill = backup(url, "drill " + dump);
    CAPTURE(drill.output);
    CHECK(drill.code == 0);
    CHECK(drill.output.find("the drill succeeded") != std::string::npos);
    CHECK(drill.output.find("rows punch 5\n") != std::string::npos);
    CHECK(drill.output.find("frozen 2026-10 dinsos " + digest) != std::string::npos);
    CHECK_FALSE(is_there(url, name_of_database(url) + "_drill"));

    const auto over_punches = backup(url, "restore " + dump);
    CHECK(over_punches.code == 1);
    CHECK(over_punches.output.find("has punches; put it aside first") != std::string::npos);
    CHECK(stored_punches(state.path()).size() == 6);

    // A server that knows nothing of us, not even the roles.
    const PostgresCluster other_server({"fsync = off"});
    const std::string other_url = part_of(other_server.url(), "", "/postgres") + "/presensi";
    const auto restored = backup(other_url, "restore " + dump);
    CAPTURE(restored.output);
    REQUIRE(restored.code == 0);
    const auto as = [&](const std::string& role) {
        return "postgresql://" + role + other_url.substr(other_url.find('@'));
    };
    settings.storage.postgres_url = as("presensid");
    settings.storage.postgres_owner_url = as("presensi_owner");
    RunningApp app(settings, "2026-11-03T02:00:00Z");
    CHECK(stored_punches_at(other_url) == stored);
    CHECK(get(app, "/api/v1/status").text("/counts/punches") == "5");
    CHECK(get(app, dinsos).text("/state") == "frozen");
    CHECK(get(app, dinsos).text("/digest") == digest);
    CHECK(get(app, dinsos + "/amendments").text("/digest") == digest);
    CHECK(get(app, dinsos + "/amendments").at("/amendments").as_array().size() == 1);
    // The terminal sends its whole log once more: what was here adds nothing, what the backup had not comes in.
    push(app, office, upload + line("43", "2026-10-08 07:40:00"));
    CHECK(stored_punches_at(other_url) == stored);
    push(app, office, upload + line("42", "2026-11-02 07:30:00"));
    CHECK(stored_punches_at(other_url).size() == 6);
    CHECK(get(app, dinsos + "/amendments").at("/amendments").as_array().size() == 1);
}

TEST_CASE("a drill notices what is not as it was counted, and a dump that was cut, and the newest backups stay") {
    const TemporaryFolder state;
    const TemporaryFolder folder;
    const auto backups = folder.path() / "backups";
    const std::string url = postgres_of(state.path()).superuser_url();
    {
        RunningApp app(settings_of(state.path()), "2026-11-03T01:00:00Z");
        push(app, office, upload);
    }
    REQUIRE(backup(url, "make " + backups.string()).code == 0);
    const std::filesystem::path dump = dumps_in(backups).front();
    const std::filesystem::path counts = dump.string() + ".counts";
    const std::string right = read_file(counts);

    std::string wrong = right;
    const auto at = wrong.find("rows punch 4");
    REQUIRE(at != wrong.npos);
    wrong.replace(at, 12, "rows punch 5");
    write_file(counts, wrong);
    const auto other_count = backup(url, "drill " + dump.string());
    CHECK(other_count.code == 1);
    CHECK(other_count.output.find("the drill FAILED") != std::string::npos);
    write_file(counts, right);
    CHECK(backup(url, "drill " + dump.string()).code == 0);

    const std::string whole = read_file(dump);
    write_file(dump, whole.substr(0, whole.size() / 2));
    CHECK(backup(url, "drill " + dump.string()).code == 1);
    CHECK_FALSE(is_there(url, name_of_database(url) + "_drill"));
    CHECK(backup(url, "drill " + (backups / "none.dump").string()).code == 1);

    for (const char* older : {"presensi-20200101-000000.dump", "presensi-20200102-000000.dump"}) {
        write_file(backups / older, "old");
        write_file(backups / (std::string(older) + ".counts"), "old");
    }
    REQUIRE(backup(url, "make " + backups.string()).code == 0);
    CHECK(dumps_in(backups).size() == 2);  // PRESENSI_KEEP
    CHECK_FALSE(std::filesystem::exists(backups / "presensi-20200102-000000.dump"));
    CHECK_FALSE(std::filesystem::exists(backups / "presensi-20200101-000000.dump.counts"));

    // No database, no backup: nothing is left that looks like one, and the stamp stays as old as it was.
    std::filesystem::remove(backups / "last");
    CHECK(backup(part_of(url, "", name_of_database(url)) + "nowhere", "make " + backups.string()).code != 0);
    CHECK_FALSE(std::filesystem::exists(backups / "last"));
    CHECK(dumps_in(backups).size() == 2);
}
