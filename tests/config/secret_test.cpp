#include "config/secret.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>

#include "config/load.hpp"
#include "temp_folder.hpp"

using namespace presensi::config;
using std::filesystem::perms;

namespace {

constexpr perms group_reads{0640};

LoadResult load_with_password(const TempFolder& folder) {
    return load_settings(folder.write("presensi.yaml", "storage: { postgres: { password_file: password } }\n"), "");
}

LoadResult load_with_comm_key(const TempFolder& folder) {
    return load_settings(
        folder.write("presensi.yaml", "terminals: [{ serial: A, pull: { address: 10.0.0.1, comm_key_file: key } }]\n"),
        "");
}

std::string only_message(const LoadResult& result) {
    CHECK_FALSE(result.settings.has_value());
    REQUIRE(result.errors.size() == 1);
    return result.errors[0].message;
}

}  // namespace

TEST_CASE("secret: prints as stars, by every road") {
    const Secret secret("made-up");
    std::ostringstream out;
    out << secret;
    CHECK(out.str() == "***");
    CHECK(fmt::format("{}", secret) == "***");
    CHECK(fmt::format("{:>5}", secret) == "  ***");
    CHECK(secret.reveal() == "made-up");
}

TEST_CASE("password file: one line, one line end stripped") {
    struct Case {
        std::string name;
        const char* content;
        const char* password;
    };
    const Case cases[] = {
        {"plain", "made-up", "made-up"},
        {"line end", "made-up\n", "made-up"},
        {"Windows line end", "made-up\r\n", "made-up"},
        {"blanks stay", " made up \n", " made up "},
        {"not ASCII", "rahasia é\n", "rahasia é"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const TempFolder folder;
        folder.write("password", c.content, group_reads);
        const LoadResult result = load_with_password(folder);
        REQUIRE(result.settings.has_value());
        CHECK(result.settings->storage.postgres_password.reveal() == c.password);
        CHECK(describe(*result.settings).find(c.password) == std::string::npos);
        CHECK(describe(*result.settings).find("password_file: \"***\"") != std::string::npos);
    }
}

TEST_CASE("password file: what is refused") {
    struct Case {
        std::string name;
        std::string content;
        perms mode;
        const char* message;  // after the name of the file
    };
    const Case cases[] = {
        {"empty", "", perms{0600}, " is empty"},
        {"a line end alone", "\n", perms{0600}, " is empty"},
        {"two lines", "made-up\nmade-up\n", perms{0600}, " must hold one line of text"},
        {"two line ends", "made-up\n\n", perms{0600}, " must hold one line of text"},
        {"too large", std::string(5000, 'x'), perms{0600}, " is larger than 4096 bytes"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const TempFolder folder;
        folder.write("password", c.content, c.mode);
        CHECK(only_message(load_with_password(folder)) == (folder.path() / "password").string() + c.message);
    }
}

TEST_CASE("password file: missing, or no file at all") {
    const TempFolder folder;
    const std::string file = (folder.path() / "password").string();
    CHECK(only_message(load_with_password(folder)) == file + " cannot be read: No such file or directory");
    std::filesystem::create_directory(file);
    CHECK(only_message(load_with_password(folder)) == file + " is a folder, not a file");
}

TEST_CASE("password file: nobody else may read or write it") {
    for (const unsigned mode : {0604U, 0644U, 0602U, 0777U}) {
        CAPTURE(mode);
        const TempFolder folder;
        const std::string file = folder.write("password", "made-up\n", perms{mode}).string();
        CHECK(only_message(load_with_password(folder)) ==
              fmt::format("everybody on this machine can use {0}; run: chmod o-rwx {0}", file));
    }
}

TEST_CASE("comm key file: a decimal number of 32 bits") {
    struct Case {
        std::string name;
        const char* content;
        bool accepted;
    };
    const Case cases[] = {
        {"one digit", "7", true},
        {"leading zeros", "000123\n", true},
        {"largest", "4294967295\n", true},
        {"too large", "4294967296\n", false},
        {"much too large", "99999999999999999999999\n", false},
        {"letters", "12a\n", false},
        {"negative", "-1\n", false},
        {"a sign", "+1\n", false},
        {"blank", "12 \n", false},
        {"hexadecimal", "0x10\n", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const TempFolder folder;
        folder.write("key", c.content);
        const LoadResult result = load_with_comm_key(folder);
        CHECK(result.settings.has_value() == c.accepted);
        if (!c.accepted) {
            CHECK(only_message(result) == "key does not hold a comm key (digits only, at most 4294967295)");
        }
    }
}

TEST_CASE("connection: a password in it is refused and not repeated") {
    struct Case {
        std::string name;
        const char* url;
        bool accepted;
    };
    const Case cases[] = {
        {"no host", "postgresql:///presensi", true},
        {"user", "postgresql://presensi@db.example/presensi", true},
        {"several hosts", "postgres://h1:5432,h2:5433/presensi?target_session_attrs=read-write", true},
        {"an @ in the query", "postgresql://h1:5432/presensi?user=a@b.example", true},
        {"password file of libpq", "postgresql:///presensi?passfile=/etc/presensi/pgpass", true},
        {"keys", "host=/run/postgresql dbname=presensi", true},
        {"user and password", "postgresql://presensi:made-up@db.example/presensi", false},
        {"password with a question mark", "postgresql://presensi:made?up@db.example/presensi", false},
        {"password alone", "postgres://:made-up@db.example/presensi", false},
        {"in the query", "postgresql:///presensi?password=made-up", false},
        {"in the query, hidden", "postgresql:///presensi?pass%77ord=made-up", false},
        {"of the certificate", "postgresql:///presensi?sslpassword=made-up", false},
        {"as a key", "host=db.example password = made-up", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        for (const std::string key : {"url", "owner_url"}) {
            CAPTURE(key);
            const TempFolder folder;
            const LoadResult result = load_settings(
                folder.write("presensi.yaml", fmt::format("storage: {{ postgres: {{ {}: \"{}\" }} }}\n", key, c.url)),
                "");
            CHECK(result.settings.has_value() == c.accepted);
            if (!c.accepted) {
                CHECK(only_message(result).substr(0, 17) == "holds a password;");
                CHECK(only_message(result).find("made") == std::string::npos);
            }
        }
    }
}

TEST_CASE("password file: a bare name is that of a credential first, one with a folder never") {
    const TempFolder folder;
    const TempFolder credentials;
    folder.write("password", "beside the configuration\n");
    const auto load = [&](const char* name) {
        return load_settings(
            folder.write("presensi.yaml", fmt::format("storage: {{ postgres: {{ password_file: {} }} }}\n", name)), "",
            credentials.path());
    };
    CHECK(load("password").settings.value().storage.postgres_password.reveal() == "beside the configuration");
    credentials.write("password", "a credential\n");
    CHECK(load("password").settings.value().storage.postgres_password.reveal() == "a credential");
    CHECK(load("./password").settings.value().storage.postgres_password.reveal() == "beside the configuration");
    credentials.write("password", "a credential\n", perms{0644});
    CHECK(only_message(load("password")).find("everybody on this machine can use") != std::string::npos);
    CHECK(only_message(load("none")).find((folder.path() / "none").string()) != std::string::npos);
}
