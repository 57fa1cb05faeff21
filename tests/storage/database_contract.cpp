#include "tests/storage/database_contract.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <tuple>

#include "protocol/text_fields.hpp"
#include "storage/completeness_repository.hpp"
#include "storage/contact_repository.hpp"
#include "storage/count_repository.hpp"
#include "storage/delivery_repository.hpp"
#include "storage/glance_repository.hpp"
#include "storage/store_error.hpp"
#include "storage/terminal_repository.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

void values_come_back(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    struct Case {
        std::string_view name;
        const char* sql;
        Value value;
    };
    const Case cases[] = {
        {"smallest integer", "SELECT CAST($1 AS bigint)", std::numeric_limits<std::int64_t>::min()},
        {"largest integer", "SELECT CAST($1 AS bigint)", std::numeric_limits<std::int64_t>::max()},
        {"no integer", "SELECT CAST($1 AS bigint)", std::monostate{}},
        {"real", "SELECT CAST($1 AS double precision)", 0.1},
        {"text", "SELECT CAST($1 AS text)", std::string("Apél 'IV' $1 ?")},
        {"empty text is not NULL", "SELECT CAST($1 AS text)", std::string()},
        {"no text", "SELECT CAST($1 AS text)", std::monostate{}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::vector<Row> rows = database->query(c.sql, {c.value});
        REQUIRE(rows.size() == 1);
        CHECK(rows[0][0] == c.value);
    }
}

void parameters_by_number(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    const Values values{std::string("one"), std::string("two")};
    const auto joined = [&](const char* sql) { return rows_of(*database, sql); };
    add_terminal(*database, "TST1");
    CHECK(database->query("SELECT CAST($2 AS text), CAST($1 AS text)", values).at(0).text(0) == "two");
    CHECK(database->query("SELECT CAST($1 AS text) || $2 || $1", values).at(0).text(0) == "onetwoone");
    // A statement that is run again takes nothing over from the run before.
    const char* const update = "UPDATE terminal SET name = $1, unit = $2 WHERE serial = 'TST1'";
    database->execute(update, values);
    database->execute(update, {std::string("three"), std::string()});
    CHECK(joined("SELECT name, unit FROM terminal") == std::vector<std::string>{"three|"});
}

void rows_changed(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    add_terminal(*database, "TST1");
    add_terminal(*database, "TST2");
    CHECK(database->execute("UPDATE terminal SET unit = $1", {std::string("x")}) == 2);
    CHECK(database->execute("UPDATE terminal SET unit = 'y' WHERE serial = 'TST3'") == 0);
    CHECK(database->execute("INSERT INTO terminal (serial, time_zone) VALUES ($1, 'Asia/Makassar')"
                            " ON CONFLICT (serial) DO NOTHING",
                            {std::string("TST1")}) == 0);
    CHECK(database->execute("CREATE TABLE scratch (n integer)") == 0);
    CHECK(database->execute("INSERT INTO scratch (n) VALUES (1); INSERT INTO scratch (n) VALUES (2), (3); -- end\n") >
          0);
    CHECK(rows_of(*database, "SELECT n FROM scratch") == std::vector<std::string>{"1", "2", "3"});
    CHECK(database->query("INSERT INTO scratch (n) VALUES (4) RETURNING n + 1").at(0).integer(0) == 5);
    CHECK(database->execute("DELETE FROM scratch WHERE n > 2") == 2);
}

void transactions(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    const std::unique_ptr<Database> other = fresh.store().open_database();
    database->transaction([&] {
        add_terminal(*database, "TST1");
        CHECK(count(*other, "terminal") == 0);
        add_terminal(*database, "TST2");
    });
    CHECK(count(*other, "terminal") == 2);

    CHECK_THROWS_AS(database->transaction([&] {
        add_terminal(*database, "TST3");
        throw std::out_of_range("changed my mind");
    }),
                    std::out_of_range);
    CHECK(count(*database, "terminal") == 2);

    CHECK_THROWS_AS(database->transaction([&] {
        add_terminal(*database, "TST4");
        database->execute("INSERT INTO terminal (serial, time_zone) VALUES ('TST1', 'Asia/Makassar')");
    }),
                    ContentRefused);
    CHECK(count(*database, "terminal") == 2);

    CHECK_THROWS_AS(database->transaction([&] { database->transaction([] {}); }), std::logic_error);
    database->transaction([&] { add_terminal(*database, "TST5"); });
    CHECK(count(*other, "terminal") == 3);
}

void content_refused(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    add_terminal(*database, "TST1");
    struct Case {
        std::string_view name;
        const char* sql;
    };
    const Case cases[] = {
        {"unique", "INSERT INTO terminal (serial, time_zone) VALUES ('TST1', 'Asia/Makassar')"},
        {"not null", "INSERT INTO terminal (serial, time_zone) VALUES ('TST2', NULL)"},
        {"check", "INSERT INTO terminal (serial, time_zone, state) VALUES ('TST2', 'Asia/Makassar', 'odd')"},
        {"foreign key", "INSERT INTO terminal_stamp (terminal_id, table_name, stamp) VALUES (4711, 'ATTLOG', '1')"},
        {"type", "UPDATE terminal SET users = 'many'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK_THROWS_AS(database->execute(c.sql), ContentRefused);
    }
    CHECK(count(*database, "terminal") == 1);
    CHECK(count(*database, "terminal_stamp") == 0);
}

void insert_only(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    const std::unique_ptr<Intake> intake = fresh.store().open_intake();
    const std::int64_t terminal = add_terminal(*database, "TST1");
    Delivery delivery = make_delivery(terminal, {make_punch("1", 0)});
    delivery.rejects = {make_reject("odd")};
    append(*intake, delivery);
    append(*intake, make_delivery(terminal, {make_punch("1", 0)}, Road::pull));
    append_audit(*database, "2026-11-20T01:00:00Z", "tester", "terminal.approve", "TST1", "{}");

    struct Case {
        std::string_view name;
        const char* update;
    };
    const Case cases[] = {
        {"punch", "UPDATE punch SET pin = '2'"},        {"sighting", "UPDATE sighting SET road = 'push'"},
        {"delivery", "UPDATE delivery SET peer = ''"},  {"reject", "UPDATE reject SET line = 9"},
        {"audit", "UPDATE audit SET actor = 'nobody'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string table(c.name);
        const std::vector<std::string> before = rows_of(*database, "SELECT * FROM " + table);
        REQUIRE(!before.empty());
        CHECK_THROWS_WITH_AS(database->execute(c.update), doctest::Contains("insert-only"), ContentRefused);
        CHECK_THROWS_WITH_AS(database->execute("DELETE FROM " + table), doctest::Contains("insert-only"),
                             ContentRefused);
        CHECK(rows_of(*database, "SELECT * FROM " + table) == before);
    }
}

auto fields_of(const TerminalRow& row) {
    return std::tie(row.serial, row.name, row.state, row.time_zone, row.unit, row.configured, row.first_seen,
                    row.last_seen, row.address, row.firmware, row.push_version, row.model, row.platform, row.mac,
                    row.users, row.records);
}

TerminalRow full_terminal() {
    TerminalRow row;
    row.serial = "TST7240100001";
    row.name = "Apel IV";
    row.state = TerminalState::suspended;
    row.time_zone = "Asia/Makassar";
    row.unit = "diskominfo";
    row.configured = R"({"name":"Apel IV"})";
    row.first_seen = "2026-11-19T23:00:00Z";
    row.last_seen = "2026-11-20T01:00:00Z";
    row.address = "192.0.2.7";
    row.firmware = "Ver 8.0.4.7";
    row.push_version = "2.4.1";
    row.model = "X100-C";
    row.platform = "ZMM220_TFT";
    row.mac = "00:17:61:00:00:01";
    row.users = 12;
    row.records = 3456;
    return row;
}

void terminals_are_saved(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    TerminalRepository terminals(*database);
    CHECK(terminals.load_all().empty());
    TerminalRow row = full_terminal();
    row.id = terminals.save(row);
    CHECK(row.id != 0);
    TerminalRow bare;
    bare.serial = "TST2";
    bare.time_zone = "Asia/Jakarta";
    const std::int64_t bare_id = terminals.save(bare);
    CHECK(bare_id != row.id);

    CHECK(!terminals.find("TST1"));
    const std::optional<TerminalRow> found = terminals.find("TST2");
    REQUIRE(found);
    CHECK(found->id == bare_id);
    CHECK(fields_of(*found) == fields_of(bare));

    std::vector<TerminalRow> loaded = terminals.load_all();
    REQUIRE(loaded.size() == 2);
    CHECK(loaded[0].id == row.id);
    CHECK(fields_of(loaded[0]) == fields_of(row));
    CHECK(loaded[1].id == bare_id);
    CHECK(fields_of(loaded[1]) == fields_of(bare));

    TerminalRow changed = bare;
    changed.serial = row.serial;
    changed.state = TerminalState::retired;
    CHECK(terminals.save(changed) == row.id);
    loaded = terminals.load_all();
    REQUIRE(loaded.size() == 2);
    CHECK(fields_of(loaded[0]) == fields_of(changed));
}

void contacts_teach(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    TerminalRepository terminals(*database);
    TerminalRow known = full_terminal();
    known.id = terminals.save(known);
    TerminalRow raced = full_terminal();
    raced.serial = "TST2";
    raced.first_seen.clear();
    terminals.save(raced);

    TerminalRow contact = known;
    contact.name = "not for a contact to say";
    contact.state = TerminalState::approved;
    contact.time_zone = "Asia/Jakarta";
    contact.unit = "other";
    contact.configured = "other";
    contact.last_seen = "2026-11-20T02:00:00Z";
    contact.address = "192.0.2.8";
    contact.firmware = "Ver 9";
    // What this contact did not say another daemon may know.
    contact.users.reset();
    contact.model.clear();
    contact.facts.clear();
    TerminalRow stranger = contact;
    stranger.id = 0;
    stranger.serial = "TST3";
    TerminalRow race = contact;
    race.id = 0;
    race.serial = "TST2";
    const TerminalRow rows[] = {stranger, contact, race};
    const std::vector<std::int64_t> ids = terminals.save_contacts(rows);
    REQUIRE(ids.size() == 3);
    CHECK(ids[1] == known.id);

    const std::vector<TerminalRow> loaded = terminals.load_all();
    REQUIRE(loaded.size() == 3);
    known.last_seen = contact.last_seen;
    known.address = contact.address;
    known.firmware = contact.firmware;
    CHECK(fields_of(loaded[0]) == fields_of(known));
    TerminalRow expected = known;
    expected.serial = "TST2";
    CHECK(loaded[1].id == ids[2]);
    CHECK(fields_of(loaded[1]) == fields_of(expected));
    CHECK(loaded[2].id == ids[0]);
    CHECK(fields_of(loaded[2]) == fields_of(stranger));
    CHECK(terminals.save_contacts({}).empty());
}

void terminals_are_counted(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    const std::unique_ptr<Intake> intake = fresh.store().open_intake();
    TerminalRepository terminals(*database);
    const std::int64_t first = add_terminal(*database, "TST1");
    const std::int64_t second = add_terminal(*database, "TST2");
    const std::int64_t silent = add_terminal(*database, "TST3");
    Delivery delivery = make_delivery(first, {make_punch("1", 60), make_punch("1", 3600), make_punch("2", 0)});
    delivery.rejects = {make_reject("odd"), make_reject("odder")};
    append(*intake, delivery);
    append(*intake, make_delivery(second, {make_punch("1", 86400)}));

    // A clock that is out of its mind says nothing about the newest punch.
    Punch suspect = make_punch("9", 400 * 86400);
    suspect.grade = Grade::suspect;
    append(*intake, make_delivery(silent, {suspect}));

    CountRepository counts(*database);
    const auto ends = counts.find_ends();
    const auto of_first = counts.count_terminal(first, ends);
    CHECK(of_first.punches == 3);
    CHECK(of_first.rejects == 2);
    CHECK(of_first.last_punch == "2026-11-20T08:00:00");
    const auto of_second = counts.count_terminal(second, ends);
    CHECK(of_second.punches == 1);
    CHECK(of_second.rejects == 0);
    CHECK(of_second.last_punch == "2026-11-21T07:00:00");
    const auto of_silent = counts.count_terminal(silent, ends);
    CHECK(of_silent.punches == 1);
    CHECK(of_silent.last_punch.empty());
    const auto two = counts.count_deliveries(0, 2, ends);
    CHECK(two.count == 2);
    CHECK(counts.count_deliveries(two.last, 2, ends).count == 1);

    struct Case {
        std::string_view name;
        const char* from;
        const char* to;
        std::vector<std::int64_t> punches;
    };
    const Case cases[] = {
        {"a day", "2026-11-20T00:00:00", "2026-11-21T00:00:00", {3, 0, 0}},
        {"the next", "2026-11-21T00:00:00", "2026-11-22T00:00:00", {0, 1, 0}},
        {"from is included, to is not", "2026-11-20T07:01:00", "2026-11-20T08:00:00", {1, 0, 0}},
        {"all", "1900-01-01T00:00:00", "9998-12-31T00:00:00", {3, 1, 1}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        std::vector<std::int64_t> punches;
        for (const TerminalRepository::DayCount& day : terminals.count_punches(c.from, c.to)) {
            punches.push_back(day.punches);
        }
        CHECK(punches == c.punches);
    }

    const char* const first_time = "0001-01-01T00:00:00";
    const char* const last_time = "9999-12-31T24:00:00";
    const char* const long_ago = "2000-01-01T00:00:00.000Z";
    const char* const much_later = "2100-01-01T00:00:00.000Z";
    const auto suspects = terminals.list_suspects(silent, first_time, last_time, long_ago, much_later);
    REQUIRE(suspects.size() == 1);
    CHECK(decode_utc(suspects[0].punched_at) == suspect.punched_at);
    CHECK(decode_utc(suspects[0].received_at));
    CHECK(terminals.list_suspects(silent, first_time, "2027-12-25T07:00:00", long_ago, much_later).empty());
    CHECK(terminals.list_suspects(silent, "2027-12-25T07:00:01", last_time, long_ago, much_later).empty());
    CHECK(terminals.list_suspects(silent, first_time, last_time, much_later, much_later).empty());
    CHECK(terminals.list_suspects(silent, first_time, last_time, long_ago, long_ago).empty());
    CHECK(terminals.list_suspects(first, first_time, last_time, long_ago, much_later).empty());

    // What comes later is counted by who brings it.
    append(*intake, make_delivery(second, {make_punch("1", 86401)}));
    CHECK(counts.count_terminal(second, ends).punches == 1);
    CHECK(counts.count_deliveries(0, 10, ends).count == 3);
}

void deliveries_are_found(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    const std::unique_ptr<Intake> intake = fresh.store().open_intake();
    DeliveryRepository deliveries(*database);
    CHECK(!deliveries.find(1));
    CHECK(count(*database, "delivery") == 0);
    const std::int64_t first = add_terminal(*database, "TST1");
    const std::int64_t second = add_terminal(*database, "TST2");
    for (int i = 0; i < 4; ++i) {
        Delivery delivery = make_delivery(i % 2 == 0 ? first : second, {});
        delivery.rejects = {make_reject("odd " + std::to_string(i), 7)};
        append(*intake, delivery);
    }
    CHECK(count(*database, "delivery") == 4);

    const std::vector<RejectRow> all = deliveries.list_rejects(0, 100, std::nullopt);
    REQUIRE(all.size() == 4);
    CHECK(all[1].serial == "TST2");
    CHECK(all[1].table == "ATTLOG");
    CHECK(all[1].line == 7);
    CHECK(all[1].reason == "bad_time");
    CHECK(all[1].bytes == "odd 1");
    CHECK(all[1].length == 5);
    CHECK(all[1].received_at == "2026-11-20T01:00:00.123Z");
    const std::vector<RejectRow> page = deliveries.list_rejects(all[0].id, 2, std::nullopt);
    REQUIRE(page.size() == 2);
    CHECK(page[0].id == all[1].id);
    CHECK(page[1].id == all[2].id);
    const std::vector<RejectRow> of_second = deliveries.list_rejects(0, 100, "TST2");
    REQUIRE(of_second.size() == 2);
    CHECK(of_second[1].id == all[3].id);
    CHECK(deliveries.list_rejects(0, 100, "TST9").empty());
    CHECK(deliveries.list_rejects(all[3].id, 100, std::nullopt).empty());
}

void newest_first(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    const std::unique_ptr<Intake> intake = fresh.store().open_intake();
    GlanceRepository deliveries(*database);
    const std::int64_t first = add_terminal(*database, "TST1");
    const std::int64_t second = add_terminal(*database, "TST2");
    append(*intake, make_delivery(first, {make_punch("1", 60)}));
    append(*intake, make_delivery(second, {make_punch("1", 61)}));
    Delivery odd = make_delivery(first, {});
    odd.rejects = {make_reject("odd", 1), make_reject("odder", 2)};
    append(*intake, odd);
    append(*intake, make_unread(first, "NEWTABLE", "what is this"));
    append(*intake, make_delivery(first, {make_punch("2", 30), make_punch("3", 30)}, Road::pull));
    append(*intake, make_delivery(first, {make_punch("2", 30)}));  // known

    const auto latest = deliveries.list_latest_deliveries(first, 100);
    REQUIRE(latest.size() >= 4);
    CHECK(latest[0].road == "pull");
    CHECK(latest[0].table == "ATTLOG");
    CHECK(latest[0].received_at == "2026-11-20T01:00:00.123Z");
    CHECK(latest[0].bytes > 0);
    CHECK(latest[1].table == "NEWTABLE");
    CHECK(latest[1].bytes == 12);
    CHECK(latest[1].id > latest[2].id);
    const auto two = deliveries.list_latest_deliveries(first, 2);
    REQUIRE(two.size() == 2);
    CHECK(two[1].id == latest[1].id);
    CHECK(deliveries.list_latest_deliveries(second, 100).size() == 1);
    CHECK(deliveries.list_latest_deliveries(second + 1, 100).empty());

    const auto rejects = deliveries.list_latest_rejects("TST1", 100);
    REQUIRE(rejects.size() == 2);
    CHECK(rejects[0].bytes == "odder");
    CHECK(deliveries.list_latest_rejects("TST1", 1).size() == 1);
    CHECK(deliveries.list_latest_rejects("TST2", 100).empty());
}

void days_by_minute(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    const std::unique_ptr<Intake> intake = fresh.store().open_intake();
    const std::int64_t first = add_terminal(*database, "TST1");
    const std::int64_t second = add_terminal(*database, "TST2");
    append(*intake, make_delivery(first, {make_punch("1", 0), make_punch("2", 59), make_punch("3", 60),
                                          make_punch("1", 17 * 3600 - 1), make_punch("1", 17 * 3600)}));
    append(*intake, make_delivery(second, {make_punch("1", 0)}));
    const auto text = [&](std::int64_t terminal, const char* from, const char* to) {
        std::string all;
        for (const auto& one : GlanceRepository(*database).count_by_minute(terminal, from, to)) {
            all += one.minute + "=" + std::to_string(one.punches) + " ";
        }
        return all;
    };
    CHECK(text(first, "2026-11-20T00:00:00", "2026-11-21T00:00:00") == "07:00=2 07:01=1 23:59=1 ");
    CHECK(text(first, "2026-11-21T00:00:00", "2026-11-22T00:00:00") == "00:00=1 ");
    CHECK(text(second, "2026-11-20T00:00:00", "2026-11-21T00:00:00") == "07:00=1 ");
    CHECK(text(second, "2026-11-22T00:00:00", "2026-11-23T00:00:00").empty());
    CHECK(text(second + 1, "2026-11-20T00:00:00", "2026-11-21T00:00:00").empty());
}

void terminals_at_a_glance(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    const std::int64_t first = add_terminal(*database, "TST1");
    add_terminal(*database, "TST2");
    GlanceRepository glances(*database);
    CHECK(glances.list_last_clocks().empty());
    CHECK(glances.list_last_comparisons().empty());
    ContactRepository contacts(*database);
    contacts.add_clock(first, {"2026-11-20T01:00:00.000Z", 61'000, "push"});
    contacts.add_clock(first, {"2026-11-20T02:00:00.000Z", -3'000, "pull"});
    const auto clocks = glances.list_last_clocks();
    REQUIRE(clocks.size() == 1);
    CHECK(clocks[0].terminal_id == first);
    CHECK(clocks[0].difference_ms == -3'000);

    CompletenessRepository comparisons(*database);
    const auto compare = [&](const char* day, const char* result, std::int64_t difference) {
        CompletenessRow row;
        row.terminal_id = first;
        row.day = day;
        row.until = std::string(day) + "T23:59:59";
        row.cause = "nightly";
        row.asked_at = row.compared_at = "2026-11-21T01:00:00.000Z";
        row.result = result;
        row.difference = difference;
        comparisons.add(row);
    };
    compare("2026-11-19", "complete", 0);
    compare("2026-11-20", "short", 4);
    compare("2026-11-20", "mended", 4);
    compare("2026-11-18", "unknown", 0);
    CompletenessRow open;
    open.terminal_id = first;
    open.day = "2026-11-21";
    open.until = "2026-11-21T12:00:00";
    open.cause = "asked";
    open.asked_at = "2026-11-21T04:00:00.000Z";
    open.result = "open";
    comparisons.open(std::vector{open});
    const auto last = glances.list_last_comparisons();
    REQUIRE(last.size() == 1);
    CHECK(last[0].terminal_id == first);
    CHECK(last[0].day == "2026-11-20");
    CHECK(last[0].result == "mended");
    CHECK(last[0].difference == 4);
}

void audit_goes_with_the_change(FreshStore& fresh) {
    const std::unique_ptr<Database> database = fresh.store().open_database();
    const auto approve = [&] {
        add_terminal(*database, "TST1");
        append_audit(*database, "2026-11-20T01:00:00Z", "tester", "terminal.approve", "TST1", R"({"was":"seen"})");
    };
    CHECK_THROWS_AS(database->transaction([&] {
        approve();
        throw std::out_of_range("no");
    }),
                    std::out_of_range);
    CHECK(count(*database, "audit") == 0);
    database->transaction(approve);
    CHECK(rows_of(*database, "SELECT at, actor, action, subject, detail FROM audit") ==
          std::vector<std::string>{R"(2026-11-20T01:00:00Z|tester|terminal.approve|TST1|{"was":"seen"})"});
}

constexpr Contract contracts[] = {
    {"values come back as they went", values_come_back},
    {"parameters are bound by number", parameters_by_number},
    {"execute tells the rows changed", rows_changed},
    {"a transaction is all or nothing", transactions},
    {"what a table refuses is ContentRefused", content_refused},
    {"what was recorded is insert-only", insert_only},
    {"terminals are saved and loaded", terminals_are_saved},
    {"contacts teach only what they can know", contacts_teach},
    {"punches and rejects are counted per terminal", terminals_are_counted},
    {"deliveries and rejects are found", deliveries_are_found},
    {"the latest of a terminal come first", newest_first},
    {"a day is counted by minute", days_by_minute},
    {"a list of terminals shows the newest of each", terminals_at_a_glance},
    {"an audit line goes with its change", audit_goes_with_the_change},
};

}  // namespace

std::span<const Contract> database_contract() { return contracts; }

}  // namespace presensi::storage
