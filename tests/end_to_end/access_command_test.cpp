// Accounts and tokens as an operator gives them: by the command line, beside a daemon or without one.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <memory>

#include "tests/end_to_end/callers.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi::test;

namespace {

class Office {
public:
    explicit Office(const std::string& admin_address = "127.0.0.1") : config_(folder_.path() / "p.yaml") {
        write_file(config_, fmt::format("terminal_listener: {{ address: 127.0.0.1, port: 0 }}\n"
                                        "admin_listener: {{ address: {}, port: {} }}\n"
                                        "terminals:\n  - {{ serial: TST1, unit: dinas-a }}\n",
                                        admin_address, port_));
        secret("password", password);
    }
    CommandResult run(std::vector<std::string> words) const {
        words.insert(words.end(), {"--config", config_.string()});
        return run_presensid(words);
    }
    // A file that only its owner reads.
    std::string secret(const std::string& name, const std::string& text) const {
        const auto file = folder_.path() / name;
        write_file(file, text + "\n");
        std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        return file.string();
    }
    std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
    std::vector<std::string> super_admin(const std::string& name) const {
        return {"account", "create", name, "--role", "super-admin", "--password-file", path("password")};
    }
    std::unique_ptr<DaemonProcess> daemon() const { return std::make_unique<DaemonProcess>(config_, folder_.path()); }
    std::uint16_t port() const { return port_; }
    const std::filesystem::path& folder() const { return folder_.path(); }

private:
    TemporaryFolder folder_;
    std::filesystem::path config_;
    std::uint16_t port_ = steady_port();
};

std::string last_line(const std::string& text) {
    const auto end = text.find_last_not_of('\n');
    const auto begin = text.find_last_of('\n', end);
    return text.substr(begin + 1, end - begin);
}

}  // namespace

TEST_CASE("account and token, beside a running daemon: they hold at once") {
    const Office office;
    const auto daemon = office.daemon();
    CHECK(ask(office.port(), "GET", "/api/v1/me").status == 200);
    const auto created = office.run(office.super_admin("rina"));
    CAPTURE(created.output);
    CHECK(created.code == 0);
    CHECK(ask(office.port(), "GET", "/api/v1/me").status == 401);
    CHECK(ask(office.port(), "GET", "/api/v1/me", basic("rina", password)).status == 200);
    CHECK(office.run(office.super_admin("rina")).output.find("is or was in use") != std::string::npos);

    const auto made = office.run({"token", "create", "dinas", "--role", "assistant", "--unit", "dinas-a", "--unit",
                                  "dinas-b", "--expires", "30d"});
    CAPTURE(made.output);
    REQUIRE(made.code == 0);
    const std::string token = last_line(made.output);
    CHECK(token.starts_with("pg_"));
    const auto me = ask(office.port(), "GET", "/api/v1/me", bearer(token));
    CHECK(me.body.find(R"("units":["dinas-a","dinas-b"])") != std::string::npos);
    CHECK(office.run({"token", "list"}).output.find("dinas  assistant") != std::string::npos);
    CHECK(office.run({"token", "list"}).output.find(token) == std::string::npos);
    CHECK(office.run({"token", "revoke", "dinas"}).code == 0);
    CHECK(office.run({"token", "revoke", "dinas"}).code == 1);
    CHECK(office.run({"token", "list"}).output.find("REVOKED") != std::string::npos);
    CHECK(ask(office.port(), "GET", "/api/v1/me", bearer(token)).status == 401);
    CHECK(office.run({"account", "list"}).output.find("rina  super-admin  units: all") != std::string::npos);
    CHECK(office.run({"account", "revoke", "rina"}).code == 0);
    CHECK(ask(office.port(), "GET", "/api/v1/me", basic("rina", password)).status == 401);

    for (const auto& actor :
         stored_texts(office.folder(), "SELECT DISTINCT actor FROM audit WHERE actor <> 'configuration'")) {
        CHECK(actor.starts_with("command line:"));
    }
    CHECK(stored_texts(office.folder(), "SELECT action FROM audit WHERE actor <> 'configuration' ORDER BY id") ==
          std::vector<std::string>{"account.create", "token.create", "token.revoke", "account.revoke"});
    for (const auto& stored : all_texts(office.folder())) CHECK(stored.find(token.substr(3)) == std::string::npos);
}

TEST_CASE("account create: what is missing is said in a sentence, and nothing is made") {
    const Office office;
    const std::string file = office.path("password");
    const struct {
        const char* name;
        std::vector<std::string> words;
        const char* sentence;
    } cases[] = {
        {"an admin without a unit", {"account", "create", "x", "--role", "admin", "--password-file", file}, "unit"},
        {"an admin without a mandate",
         {"account", "create", "x", "--role", "admin", "--unit", "dinas-a", "--password-file", file},
         "mandate"},
        {"a super-admin of a unit",
         {"account", "create", "x", "--role", "super-admin", "--unit", "dinas-a", "--password-file", file},
         "super-admin"},
        {"no such role", {"account", "create", "x", "--role", "boss", "--password-file", file}, "--role"},
        {"nobody to ask", {"account", "create", "x", "--role", "reader"}, "--password-file"},
        {"no such file",
         {"account", "create", "x", "--role", "reader", "--password-file", office.path("none")},
         "cannot be read"},
        {"a short password",
         {"account", "create", "x", "--role", "reader", "--password-file", office.secret("short", "pendek")},
         "at least 12"},
        {"for ever", {"token", "create", "x", "--role", "reader", "--expires", "9999d"}, "out of range"},
        {"nobody's account", {"account", "revoke", "nobody"}, "no account"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const auto result = office.run(c.words);
        CAPTURE(result.output);
        CHECK(result.code != 0);
        CHECK(result.output.find(c.sentence) != std::string::npos);
    }
    std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
    CHECK(office.run(office.super_admin("x")).output.find("chmod o-rwx") != std::string::npos);
    CHECK(office.run({"account", "list"}).output.empty());
}

TEST_CASE("an address that others reach: first an account, without a daemon or a database, then the start") {
    const Office office("0.0.0.0");
    CHECK(office.run({"check-config"}).code == 0);
    const auto refused = office.run({"run"});
    CHECK(refused.code == 1);
    CHECK(refused.output.find("presensid account create") != std::string::npos);
    std::filesystem::remove(office.path("presensi.db"));
    CHECK(office.run(office.super_admin("rina")).code == 0);
    const auto daemon = office.daemon();
    CHECK(ask(office.port(), "GET", "/api/v1/me", basic("rina", password)).status == 200);
    CHECK(daemon->log().find("no account exists yet") == std::string::npos);
}

TEST_CASE("import and pull by a daemon with accounts need a token") {
    const Office office;
    const auto daemon = office.daemon();
    CHECK(office.run(office.super_admin("rina")).code == 0);
    const auto made = office.run({"token", "create", "dinas", "--role", "assistant", "--unit", "dinas-a"});
    const auto file = office.secret("token", last_line(made.output));
    const auto foreign = office.run({"token", "create", "lain", "--role", "assistant", "--unit", "dinas-b"});
    const auto foreign_file = office.secret("foreign", last_line(foreign.output));
    const auto log = office.path("1_attlog.dat");
    write_file(log, "        1\t2026-11-20 07:58:30\t1\t0\t1\t0\n");

    const auto without = office.run({"import", "--terminal", "TST1", log});
    CAPTURE(without.output);
    CHECK(without.code == 1);
    CHECK(without.output.find("--token-file") != std::string::npos);
    const auto pull_without = office.run({"pull", "--terminal", "TST1"});
    CHECK(pull_without.code == 1);
    CHECK(pull_without.output.find("--token-file") != std::string::npos);
    const auto not_theirs = office.run({"import", "--terminal", "TST1", "--token-file", foreign_file, log});
    CHECK(not_theirs.code == 1);
    CHECK(not_theirs.output.find("not of your units") != std::string::npos);
    CHECK(stored_punches(office.folder()).empty());

    const auto with = office.run({"import", "--terminal", "TST1", "--token-file", file, log});
    CAPTURE(with.output);
    CHECK(with.code == 0);
    CHECK(with.output.find("1 new") != std::string::npos);
    setenv("PRESENSI_TOKEN", last_line(made.output).c_str(), 1);
    const auto again = office.run({"import", "--terminal", "TST1", log});
    unsetenv("PRESENSI_TOKEN");
    CHECK(again.code == 0);
    CHECK(again.output.find("1 known") != std::string::npos);
    CHECK(stored_texts(office.folder(), "SELECT uploaded_by FROM upload") ==
          std::vector<std::string>{"token:dinas", "token:dinas"});
}
