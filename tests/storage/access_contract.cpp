#include "tests/storage/access_contract.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "storage/access_repository.hpp"
#include "storage/delivery_repository.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

AccountRow sample_account(const std::string& name) {
    AccountRow row;
    row.name = name;
    row.password_hash = "$argon2id$made-up";
    row.role = "admin";
    row.units = R"(["dinas-contoh"])";
    row.person = "5d4f2f0e-0000-4000-8000-000000000001";
    row.mandate_number = "800/17/2026";
    row.mandate_date = "2026-10-01";
    row.mandate_signer = "Kepala Dinas Contoh";
    row.created_at = "2026-11-20T01:00:00.123Z";
    row.created_by = "command line:root";
    return row;
}

TokenRow sample_token(const std::string& name, char byte) {
    TokenRow row;
    row.name = name;
    row.sha256 = std::string(32, byte);
    row.role = "reader";
    row.expires_at = "2027-11-20T01:00:00.123Z";
    row.created_at = "2026-11-20T01:00:00.123Z";
    row.created_by = "command line:root";
    return row;
}

void accounts_come_back_as_they_went(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    AccessRepository access(*database);
    CHECK(access.version() == 1);
    CHECK(access.load_accounts().empty());
    AccountRow plain = sample_account("zaki");
    plain.mandate_date.clear();
    plain.person.clear();
    plain.units = "[]";
    CHECK(access.add(plain));
    CHECK(access.add(sample_account("adi")));
    CHECK(access.version() == 3);
    CHECK_FALSE(access.add(sample_account("adi")));
    CHECK(access.version() == 3);

    const auto accounts = access.load_accounts();
    REQUIRE(accounts.size() == 2);
    CHECK(accounts[0].name == "adi");
    CHECK(accounts[0].units == R"(["dinas-contoh"])");
    CHECK(accounts[0].mandate_date == "2026-10-01");
    CHECK(accounts[0].created_at == "2026-11-20T01:00:00.123Z");
    CHECK(accounts[0].revoked_at.empty());
    CHECK(accounts[1].mandate_date.empty());

    CHECK(access.change_password("adi", "$argon2id$another"));
    CHECK(access.load_accounts()[0].password_hash == "$argon2id$another");
    CHECK(access.version() == 4);
    CHECK(access.revoke_account("adi", "2026-11-21T01:00:00.123Z", "account:zaki"));
    CHECK_FALSE(access.revoke_account("adi", "2026-11-22T01:00:00.123Z", "account:zaki"));
    CHECK_FALSE(access.change_password("adi", "$argon2id$third"));
    CHECK_FALSE(access.revoke_account("nobody", "2026-11-22T01:00:00.123Z", "account:zaki"));
    CHECK(access.version() == 5);
    CHECK(access.load_accounts()[0].revoked_at == "2026-11-21T01:00:00.123Z");
    CHECK(access.load_accounts()[0].revoked_by == "account:zaki");
    CHECK_FALSE(access.add(sample_account("adi")));  // a name is one person's for ever
}

void tokens_come_back_as_they_went(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    AccessRepository access(*database);
    CHECK(access.add(sample_token("sikep", '\xfe')));
    CHECK_FALSE(access.add(sample_token("sikep", '\x01')));
    CHECK(access.version() == 2);
    auto tokens = access.load_tokens();
    REQUIRE(tokens.size() == 1);
    CHECK(tokens[0].sha256 == std::string(32, '\xfe'));
    CHECK(tokens[0].expires_at == "2027-11-20T01:00:00.123Z");
    CHECK(tokens[0].units == "[]");
    CHECK(access.revoke_token("sikep", "2026-11-21T01:00:00.123Z", "account:zaki"));
    CHECK_FALSE(access.revoke_token("sikep", "2026-11-21T01:00:00.123Z", "account:zaki"));
    CHECK(access.version() == 3);
    CHECK(access.load_tokens()[0].revoked_by == "account:zaki");
}

void a_change_and_its_audit_stand_or_fall_together(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    AccessRepository access(*database);
    const auto create = [&](bool fail) {
        database->transaction([&] {
            access.add(sample_account("adi"));
            append_audit(*database, "2026-11-20T01:00:00.123Z", "command line:root", "account.create", "adi", "{}");
            if (fail) throw std::runtime_error("the power went");
        });
    };
    CHECK_THROWS_AS(create(true), std::runtime_error);
    CHECK(access.load_accounts().empty());
    CHECK(access.version() == 1);
    CHECK(list_audit(*database, 0, 10).empty());
    create(false);
    CHECK(access.load_accounts().size() == 1);
    CHECK(access.version() == 2);
    const auto audit = list_audit(*database, 0, 10);
    REQUIRE(audit.size() == 1);
    CHECK(audit[0].actor == "command line:root");
    CHECK(audit[0].at == "2026-11-20T01:00:00.123Z");
    CHECK(list_audit(*database, audit[0].id, 10).empty());
}

std::int64_t add_person(Database& database, const std::string& uuid) {
    return database
        .query("INSERT INTO person (uuid, name, kind, created_at) VALUES ($1, 'Orang Contoh', 'pns', $2) RETURNING id",
               {uuid, std::string("2026-11-20T01:00:00.123Z")})
        .at(0)
        .integer(0);
}

void a_look_is_recorded_once_a_day(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    AccessRecordRepository records(*database);
    std::vector<std::int64_t> people;
    for (int i = 0; i < 1200; ++i) people.push_back(add_person(*database, "person-" + std::to_string(i)));
    records.record("account:adi", {}, "2026-11-20", "2026-11-20T01:00:00.123Z");
    records.record("account:adi", people, "2026-11-20", "2026-11-20T01:00:00.123Z");
    records.record("account:adi", people, "2026-11-20", "2026-11-20T02:00:00.123Z");
    CHECK(count(*database, "access_record") == 1200);
    const std::vector<std::int64_t> one{people[7]};
    records.record("account:adi", one, "2026-11-21", "2026-11-21T01:00:00.123Z");
    records.record("token:sikep", one, "2026-11-20", "2026-11-20T03:00:00.123Z");
    CHECK(count(*database, "access_record") == 1202);

    const struct {
        const char* name;
        AccessRecordRepository::Question question;
        std::size_t rows;
    } cases[] = {
        {"all", {.limit = 10'000}, 1202},           {"a page", {}, 1000},
        {"of a person", {.person = "person-7"}, 3}, {"of a viewer", {.viewer = "token:sikep"}, 1},
        {"from", {.from = "2026-11-21"}, 1},        {"to", {.person = "person-7", .to = "2026-11-21"}, 2},
        {"nobody", {.person = "nobody"}, 0},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(records.list(c.question).size() == c.rows);
    }
    const auto first = records.list({.viewer = "account:adi", .limit = 1}).at(0);
    CHECK(first.at == "2026-11-20T01:00:00.123Z");
    CHECK(first.day == "2026-11-20");
    CHECK(first.person == "person-0");
    CHECK(first.name == "Orang Contoh");
    CHECK(records.list({.viewer = "account:adi", .after = first.id, .limit = 1}).at(0).person == "person-1");
    CHECK_THROWS(database->execute("UPDATE access_record SET viewer = 'x'"));
    CHECK_THROWS(database->execute("DELETE FROM access_record"));
}

}  // namespace

std::span<const Contract> access_contract() {
    static constexpr Contract all[] = {
        {"accounts come back as they went", accounts_come_back_as_they_went},
        {"tokens come back as they went", tokens_come_back_as_they_went},
        {"a change and its audit stand or fall together", a_change_and_its_audit_stand_or_fall_together},
        {"a look is recorded once a day", a_look_is_recorded_once_a_day},
    };
    return all;
}

}  // namespace presensi::storage
