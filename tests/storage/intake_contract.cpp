#include "tests/storage/intake_contract.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "protocol/sha256.hpp"
#include "storage/delivery_repository.hpp"
#include "storage/store_error.hpp"
#include "storage/terminal_repository.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

// An intake, a database beside it and two terminals.
struct Desk {
    explicit Desk(FreshStore& fresh)
        : intake(fresh.store().open_intake()),
          database(fresh.store().open_database()),
          first(add_terminal(*database, "TST0000000001")),
          second(add_terminal(*database, "TST0000000002")) {}

    std::unique_ptr<Intake> intake;
    std::unique_ptr<Database> database;
    std::int64_t first;
    std::int64_t second;

    std::int64_t count(const std::string& table) const { return storage::count(*database, table); }
};

// All that intake writes, as text.
std::vector<std::string> everything(Database& database) {
    std::vector<std::string> lines;
    for (const char* sql : {
             "SELECT 'punch', id, terminal_id, pin, road, state, verify, work_code, grade, delivery_id FROM punch",
             "SELECT 'sighting', id, punch_id, delivery_id, road, line, state, verify, work_code FROM sighting",
             "SELECT 'delivery', id, terminal_id, road, table_name, query, peer, unread, body FROM delivery",
             "SELECT 'reject', id, delivery_id, terminal_id, table_name, line, reason, bytes, length FROM reject",
             "SELECT 'stamp', terminal_id, table_name, stamp FROM terminal_stamp",
         }) {
        const std::vector<std::string> rows = rows_of(database, sql);
        lines.insert(lines.end(), rows.begin(), rows.end());
    }
    return lines;
}

std::vector<Punch> many_punches(int from, int to) {
    std::vector<Punch> punches;
    for (int i = from; i < to; ++i) {
        punches.push_back(make_punch(std::to_string(100 + i % 7), i, static_cast<std::uint32_t>(i - from + 1)));
    }
    return punches;
}

void repeated(FreshStore& fresh) {
    Desk desk(fresh);
    const std::vector<Delivery> batch = {make_delivery(desk.first, many_punches(0, 20)),
                                         make_delivery(desk.second, many_punches(0, 20))};
    const std::vector<Receipt> receipts = append(*desk.intake, batch);
    REQUIRE(receipts.size() == 2);
    for (const Receipt& receipt : receipts) {
        CHECK(receipt.delivery_id != 0);
        CHECK(receipt.new_punches == 20);
        CHECK(receipt.known_punches == 0);
    }
    CHECK(receipts[0].delivery_id != receipts[1].delivery_id);
    const std::vector<std::string> stored = everything(*desk.database);
    for (int again = 2; again <= 10; ++again) {
        CAPTURE(again);
        for (const Receipt& receipt : append(*desk.intake, batch)) {
            CHECK(receipt.delivery_id == 0);
            CHECK(receipt.new_punches == 0);
            CHECK(receipt.known_punches == 20);
            CHECK(receipt.new_sightings == 0);
            CHECK(receipt.new_rejects == 0);
        }
        CHECK(everything(*desk.database) == stored);
    }
    CHECK(desk.count("punch") == 40);
    CHECK(desk.count("delivery") == 2);
}

void split_merged_interleaved(FreshStore& fresh) {
    Desk desk(fresh);
    const std::unique_ptr<Intake> other = fresh.store().open_intake();
    append(*desk.intake, make_delivery(desk.first, many_punches(0, 10)));
    append(*other, make_delivery(desk.first, many_punches(5, 15)));
    append(*desk.intake,
           {make_delivery(desk.first, many_punches(12, 20)), make_delivery(desk.second, many_punches(0, 20)),
            make_delivery(desk.first, many_punches(0, 20))});
    for (int i = 0; i < 20; ++i) append(*other, make_delivery(desk.second, many_punches(i, i + 1)));
    CHECK(desk.count("punch") == 40);
    CHECK(desk.count("sighting") == 0);
    CHECK(desk.count("delivery") == 4);
}

void same_punch_twice_in_one_call(FreshStore& fresh) {
    Desk desk(fresh);
    const Punch punch = make_punch("42", 0);
    const std::vector<Receipt> receipts = append(
        *desk.intake, {make_delivery(desk.first, {punch, punch}), make_delivery(desk.second, {punch}),
                       make_delivery(desk.first, {punch, make_punch("42", 1)}), make_delivery(desk.first, {punch})});
    REQUIRE(receipts.size() == 4);
    CHECK(receipts[0].new_punches == 1);
    CHECK(receipts[0].known_punches == 1);
    CHECK(receipts[1].new_punches == 1);
    CHECK(receipts[2].new_punches == 1);
    CHECK(receipts[2].known_punches == 1);
    CHECK(receipts[3].new_punches == 0);
    CHECK(receipts[3].delivery_id == 0);
    CHECK(rows_of(*desk.database, "SELECT DISTINCT delivery_id FROM punch").size() == 3);
}

void identity(FreshStore& fresh) {
    Desk desk(fresh);
    append(*desk.intake, make_delivery(desk.first, {make_punch("0042", 0)}));
    struct Case {
        std::string_view name;
        const char* pin;
        int second;
        bool other_terminal;
        std::uint32_t new_punches;
    };
    const Case cases[] = {
        {"without zeros", "42", 0, false, 0},
        {"from a file", "000000042", 0, false, 0},
        {"verbatim", "0042", 0, false, 0},
        {"another second", "0042", 1, false, 1},
        {"another terminal", "0042", 0, true, 1},
        {"another PIN", "420", 0, false, 1},
        {"letters", "A42", 0, false, 1},
        {"letters keep zeros", "0A42", 0, false, 1},
        {"letters have a case", "a42", 0, false, 1},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const Receipt receipt = append(
            *desk.intake, make_delivery(c.other_terminal ? desk.second : desk.first, {make_punch(c.pin, c.second)}));
        CHECK(receipt.new_punches == c.new_punches);
        CHECK(receipt.known_punches == 1 - c.new_punches);
    }
    const std::vector<Row> rows = desk.database->query(
        "SELECT pin FROM punch WHERE terminal_id = $1 AND pin_key = '42' ORDER BY id", {desk.first});
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].text(0) == "0042");
}

void sightings(FreshStore& fresh) {
    Desk desk(fresh);
    struct Case {
        std::string_view name;
        std::optional<std::string> work_code;
        std::optional<int> state;
        std::optional<int> verify;
        std::uint32_t new_sightings;
        Road road;
    };
    // Each after the ones above it; the first is the punch itself.
    const Case cases[] = {
        {"the punch", std::nullopt, 0, std::nullopt, 0, Road::push},
        {"the same again", std::nullopt, 0, std::nullopt, 0, Road::push},
        {"another road", std::nullopt, 0, std::nullopt, 1, Road::pull},
        {"that road again", std::nullopt, 0, std::nullopt, 0, Road::pull},
        {"another state", std::nullopt, 1, std::nullopt, 1, Road::push},
        {"that state again", std::nullopt, 1, std::nullopt, 0, Road::push},
        {"no state", std::nullopt, std::nullopt, std::nullopt, 1, Road::push},
        {"no state again", std::nullopt, std::nullopt, std::nullopt, 0, Road::push},
        {"a verify code where there was none", std::nullopt, 0, 0, 1, Road::push},
        {"another verify code", std::nullopt, 0, 15, 1, Road::push},
        {"that verify code again", std::nullopt, 0, 15, 0, Road::push},
        {"that verify code on another road", std::nullopt, 0, 15, 1, Road::upload},
        {"a work code", "7", 0, std::nullopt, 1, Road::push},
        {"a work code again", "7", 0, std::nullopt, 0, Road::push},
        {"the punch once more", std::nullopt, 0, std::nullopt, 0, Road::push},
    };
    std::int64_t total = 0;
    for (const Case& c : cases) {
        CAPTURE(c.name);
        Punch punch = make_punch("42", 0, 3);
        punch.state = c.state;
        punch.verify = c.verify;
        punch.work_code = c.work_code;
        const Receipt receipt = append(*desk.intake, make_delivery(desk.first, {punch}, c.road));
        total += c.new_sightings;
        CHECK(receipt.new_sightings == c.new_sightings);
        const bool is_first = &c == &cases[0];
        CHECK(receipt.new_punches == (is_first ? 1u : 0u));
        CHECK((receipt.delivery_id != 0) == (is_first || c.new_sightings == 1));
        CHECK(desk.count("sighting") == total);
    }
    CHECK(desk.count("punch") == 1);
    CHECK(desk.count("delivery") == total + 1);
    CHECK(rows_of(*desk.database, "SELECT road, line, state, verify, work_code FROM sighting WHERE road = 'upload'") ==
          std::vector<std::string>{"upload|3|0|15|NULL"});
}

void columns_of_a_punch(FreshStore& fresh) {
    Desk desk(fresh);
    Punch bare = make_punch("Z9", 61, 2);
    bare.state.reset();
    bare.verify.reset();
    bare.grade = Grade::late_online;
    Punch full = make_punch("0007", 60, 1);
    full.state = 255;
    full.verify = 15;
    full.work_code = "kerja \xc3\xa9";
    const Receipt receipt = append(*desk.intake, make_delivery(desk.first, {full, bare}, Road::upload));
    const std::string id = std::to_string(receipt.delivery_id);
    CHECK(rows_of(*desk.database,
                  "SELECT pin, pin_key, state, verify, work_code, road, grade, line, delivery_id FROM punch") ==
          std::vector<std::string>{"0007|7|255|15|kerja \xc3\xa9|upload|live|1|" + id,
                                   "Z9|Z9|NULL|NULL|NULL|upload|late_online|2|" + id});
}

void rejects_once(FreshStore& fresh) {
    Desk desk(fresh);
    Delivery delivery = make_delivery(desk.first, {make_punch("1", 0)});
    delivery.rejects = {make_reject("no time", 2), make_reject("no time", 3), make_reject("no pin", 4)};
    CHECK(append(*desk.intake, delivery).new_rejects == 2);

    Delivery again = make_delivery(desk.first, {});
    again.rejects = {make_reject("no pin"), make_reject("no time")};
    Receipt receipt = append(*desk.intake, again);
    CHECK(receipt.new_rejects == 0);
    CHECK(receipt.delivery_id == 0);

    again.rejects.push_back(make_reject("new"));
    receipt = append(*desk.intake, again);
    CHECK(receipt.new_rejects == 1);
    CHECK(receipt.delivery_id != 0);

    Delivery elsewhere = make_delivery(desk.second, {});
    elsewhere.rejects = {make_reject("no pin")};
    CHECK(append(*desk.intake, elsewhere).new_rejects == 1);
    elsewhere.table = "OPERLOG";
    CHECK(append(*desk.intake, elsewhere).new_rejects == 1);
    CHECK(desk.count("reject") == 5);

    // Two long lines with the same head are two rejects: the hash is of the whole.
    Delivery heads = make_delivery(desk.first, {});
    heads.rejects = {make_reject("head"), make_reject("head")};
    heads.rejects[0].sha256 = sha256("head and tail");
    heads.rejects[0].length = 70000;
    CHECK(append(*desk.intake, heads).new_rejects == 2);
    CHECK(rows_of(*desk.database, "SELECT reason, length FROM reject WHERE length > 1000") ==
          std::vector<std::string>{"bad_time|70000"});
}

void delivery_as_it_came(FreshStore& fresh) {
    Desk desk(fresh);
    Delivery delivery = make_delivery(desk.first, {make_punch("1", 0)}, Road::pull);
    delivery.body = std::string("a\0b\xff\xfe\r\n\xc3(", 9) + "'; DROP TABLE punch; --";
    Reject reject = make_reject(std::string_view("\0\x80 tail\0", 8));
    delivery.rejects = {reject};
    const Receipt receipt = append(*desk.intake, delivery);

    DeliveryRepository deliveries(*desk.database);
    const std::optional<DeliveryRow> row = deliveries.find(receipt.delivery_id);
    REQUIRE(row);
    CHECK(row->serial == "TST0000000001");
    CHECK(row->road == "pull");
    CHECK(row->table == "ATTLOG");
    CHECK(row->query == delivery.query);
    CHECK(row->peer == "192.0.2.7");
    CHECK(row->received_at == "2026-11-20T01:00:00.123Z");
    CHECK(row->body == delivery.body);
    const Sha256 digest = sha256(delivery.body);
    CHECK(row->sha256 == std::string(digest.begin(), digest.end()));
    const std::vector<RejectRow> rejects = deliveries.list_rejects(0, 10, std::nullopt);
    REQUIRE(rejects.size() == 1);
    CHECK(rejects[0].bytes == reject.bytes);
    CHECK(rejects[0].delivery_id == receipt.delivery_id);
}

void nothing_to_keep(FreshStore& fresh) {
    Desk desk(fresh);
    CHECK(append(*desk.intake, std::vector<Delivery>{}).empty());
    CHECK(append(*desk.intake, make_delivery(desk.first, {})).delivery_id == 0);
    CHECK(desk.count("delivery") == 0);
}

void unread_once_per_content(FreshStore& fresh) {
    Desk desk(fresh);
    struct Case {
        std::string_view name;
        Delivery delivery;
        bool kept;
    };
    Delivery not_unread = make_unread(desk.first, "BIODATA", "third");
    not_unread.unread = false;
    Delivery known_with_reject = make_unread(desk.first, "BIODATA", "first");
    known_with_reject.rejects = {make_reject("odd line")};
    const Case cases[] = {
        {"new content", make_unread(desk.first, "BIODATA", "first"), true},
        {"known content", make_unread(desk.first, "BIODATA", "first"), false},
        {"other content", make_unread(desk.first, "BIODATA", "second"), true},
        {"no content at all", make_unread(desk.first, "BIODATA", ""), true},
        {"no content again", make_unread(desk.first, "BIODATA", ""), false},
        {"other table", make_unread(desk.first, "ERRORLOG", "first"), true},
        {"other terminal", make_unread(desk.second, "BIODATA", "first"), true},
        {"a table that we read", not_unread, false},
        {"known content with a new reject", known_with_reject, true},
        {"all of that again", known_with_reject, false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK((append(*desk.intake, c.delivery).delivery_id != 0) == c.kept);
    }
    const std::vector<Receipt> twice = append(
        *desk.intake, {make_unread(desk.second, "ERRORLOG", "twice"), make_unread(desk.second, "ERRORLOG", "twice")});
    CHECK(twice[0].delivery_id != 0);
    CHECK(twice[1].delivery_id == 0);
}

std::vector<std::string> stamps(Desk& desk) {
    std::vector<std::string> lines;
    for (const TerminalRepository::Stamp& stamp : TerminalRepository(*desk.database).load_stamps()) {
        lines.push_back((stamp.terminal_id == desk.first ? "first " : "second ") + stamp.table + " " + stamp.stamp);
    }
    return lines;
}

void stamps_move(FreshStore& fresh) {
    Desk desk(fresh);
    using Lines = std::vector<std::string>;
    Delivery delivery = make_delivery(desk.first, {make_punch("1", 0)});
    append(*desk.intake, delivery);
    CHECK(stamps(desk).empty());

    delivery.stamp = StampMove{"ATTLOG", "100"};
    const Receipt receipt = append(*desk.intake, delivery);
    CHECK(receipt.delivery_id == 0);
    CHECK(stamps(desk) == Lines{"first ATTLOG 100"});

    delivery.stamp->stamp = "99";
    append(*desk.intake, delivery);
    CHECK(stamps(desk) == Lines{"first ATTLOG 99"});

    append(*desk.intake, delivery);
    CHECK(stamps(desk) == Lines{"first ATTLOG 99"});

    delivery.stamp = StampMove{"OPERLOG", "5"};
    Delivery elsewhere = make_delivery(desk.second, {});
    elsewhere.stamp = StampMove{"ATTLOG", "18446744073709551615"};
    append(*desk.intake, {delivery, elsewhere});
    CHECK(stamps(desk) == Lines{"first ATTLOG 99", "first OPERLOG 5", "second ATTLOG 18446744073709551615"});
}

void all_or_nothing(FreshStore& fresh) {
    Desk desk(fresh);
    Delivery kept = make_delivery(desk.first, {make_punch("1", 0)});
    kept.stamp = StampMove{"ATTLOG", "1"};
    append(*desk.intake, kept);
    const std::vector<std::string> before = everything(*desk.database);

    Delivery good = make_delivery(desk.first, {make_punch("2", 0), make_punch("3", 0)});
    good.rejects = {make_reject("odd")};
    good.stamp = StampMove{"ATTLOG", "2"};
    const Delivery bad = make_delivery(desk.second + 1000, {make_punch("4", 0)});
    CHECK_THROWS_AS(append(*desk.intake, {good, bad}), ContentRefused);
    CHECK(everything(*desk.database) == before);
    CHECK_THROWS_AS(append(*desk.intake, {bad, good}), ContentRefused);
    CHECK(everything(*desk.database) == before);

    const Receipt receipt = append(*desk.intake, good);
    CHECK(receipt.new_punches == 2);
    CHECK(receipt.new_rejects == 1);
    CHECK(stamps(desk) == std::vector<std::string>{"first ATTLOG 2"});
}

void writers_beside_each_other(FreshStore& fresh) {
    Desk desk(fresh);
    std::atomic<std::uint32_t> new_punches = 0;
    std::vector<std::thread> writers;
    writers.reserve(3);
    for (int writer = 0; writer < 3; ++writer) {
        writers.emplace_back([&, writer] {
            const std::unique_ptr<Intake> intake = fresh.store().open_intake();
            for (int i = 0; i < 30; ++i) {
                const int from = 10 * ((i + 11 * writer) % 30);
                new_punches += append(*intake, make_delivery(desk.first, many_punches(from, from + 10))).new_punches;
            }
        });
    }
    for (std::thread& writer : writers) writer.join();
    CHECK(new_punches == 300);
    CHECK(desk.count("punch") == 300);
    CHECK(desk.count("delivery") == 30);
}

// What must not depend on the order of arrival: which punches there are, by which roads and with which attributes each
// was seen, which lines were rejected, which content was kept unread. Ids and "who was first" do depend on it.
std::vector<std::string> facts(Database& database, std::int64_t terminal) {
    const std::string of_terminal = " = " + std::to_string(terminal);
    std::vector<std::string> lines;
    for (
        std::string sql : {
            "SELECT 'punch', device_time, pin_key FROM punch WHERE terminal_id",
            "SELECT 'seen', device_time, pin_key, road, state, verify, work_code FROM (SELECT terminal_id, device_time,"
            " pin_key, road, state, verify, work_code FROM punch UNION ALL SELECT p.terminal_id, p.device_time,"
            " p.pin_key, s.road, s.state, s.verify, s.work_code FROM sighting s JOIN punch p ON p.id = s.punch_id) seen"
            " WHERE terminal_id",
            "SELECT 'reject', table_name, bytes FROM reject WHERE terminal_id",
            "SELECT 'unread', table_name, body FROM delivery WHERE unread = 1 AND terminal_id",
        }) {
        sql += of_terminal;
        const std::vector<std::string> rows = rows_of(database, sql);
        lines.insert(lines.end(), rows.begin(), rows.end());
    }
    return lines;
}

class Shuffler {
public:
    explicit Shuffler(unsigned seed) : random_(seed) {}

    int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }

    Delivery invent() {
        static const char* const pins[] = {"42", "0042", "000000042", "7", "07", "A1"};
        static const Road roads[] = {Road::push, Road::push, Road::pull, Road::upload};
        if (below(6) == 0) return make_unread(0, below(2) == 0 ? "BIODATA" : "ERRORLOG", std::to_string(below(4)));
        std::vector<Punch> punches;
        for (int i = below(12); i > 0; --i) {
            Punch punch = make_punch(pins[below(6)], below(8));
            if (below(4) == 0) punch.state = below(2);
            if (below(4) == 0) punch.verify.reset();
            if (below(6) == 0) punch.work_code = std::string("1");
            punches.push_back(punch);
        }
        Delivery delivery = make_delivery(0, punches, roads[below(4)]);
        for (int i = below(3); i > 0; --i) delivery.rejects.push_back(make_reject("line " + std::to_string(below(6))));
        return delivery;
    }

    // The same deliveries in another order, some twice, some in parts.
    std::vector<Delivery> disturb(const std::vector<Delivery>& deliveries) {
        std::vector<Delivery> disturbed;
        for (const Delivery& delivery : deliveries) {
            for (int copies = 1 + below(3); copies > 0; --copies) split_into(disturbed, delivery);
        }
        for (std::size_t i = disturbed.size(); i > 1; --i) {
            std::swap(disturbed[i - 1], disturbed[static_cast<std::size_t>(below(static_cast<int>(i)))]);
        }
        return disturbed;
    }

private:
    void split_into(std::vector<Delivery>& parts, const Delivery& delivery) {
        if (delivery.punches.empty() || below(2) == 0) {
            parts.push_back(delivery);
            return;
        }
        const auto middle = delivery.punches.begin() + below(static_cast<int>(delivery.punches.size()) + 1);
        Delivery head = delivery;
        head.punches.assign(delivery.punches.begin(), middle);
        Delivery tail = delivery;
        tail.punches.assign(middle, delivery.punches.end());
        if (below(2) == 0) {
            head.rejects.clear();
        } else {
            tail.rejects.clear();
        }
        parts.push_back(head);
        parts.push_back(tail);
    }

    std::mt19937 random_;
};

void any_order_gives_the_same(FreshStore& fresh) {
    Desk desk(fresh);
    for (unsigned seed = 1; seed <= 25; ++seed) {
        CAPTURE(seed);
        Shuffler shuffler(seed);
        std::vector<Delivery> deliveries;
        deliveries.reserve(12);
        for (int i = 0; i < 12; ++i) deliveries.push_back(shuffler.invent());

        // Each trial has a terminal of its own; the first takes the deliveries as they are, one by one.
        std::vector<std::string> expected;
        for (int trial = 0; trial < 4; ++trial) {
            CAPTURE(trial);
            const std::int64_t terminal =
                add_terminal(*desk.database, "TRIAL" + std::to_string(seed) + "-" + std::to_string(trial));
            std::vector<Delivery> arriving = trial == 0 ? deliveries : shuffler.disturb(deliveries);
            for (Delivery& delivery : arriving) delivery.terminal_id = terminal;
            for (std::size_t done = 0; done < arriving.size();) {
                const std::size_t size =
                    trial == 0 ? 1 : std::min(arriving.size() - done, static_cast<std::size_t>(1 + shuffler.below(5)));
                const auto from = arriving.begin() + static_cast<std::ptrdiff_t>(done);
                const std::vector<Delivery> batch(from, from + static_cast<std::ptrdiff_t>(size));
                const std::vector<Receipt> receipts = append(*desk.intake, batch);
                REQUIRE(receipts.size() == size);
                for (std::size_t i = 0; i < size; ++i) {
                    CHECK(receipts[i].new_punches + receipts[i].known_punches == batch[i].punches.size());
                }
                done += size;
            }
            const std::vector<std::string> found = facts(*desk.database, terminal);
            CHECK(std::set<std::string>(found.begin(), found.end()).size() == found.size());
            if (trial == 0) expected = found;
            CHECK(found == expected);
        }
    }
    // No delivery is kept without a reason.
    CHECK(rows_of(*desk.database,
                  "SELECT d.id FROM delivery d WHERE d.unread = 0"
                  " AND NOT EXISTS (SELECT 1 FROM punch p WHERE p.delivery_id = d.id)"
                  " AND NOT EXISTS (SELECT 1 FROM sighting s WHERE s.delivery_id = d.id)"
                  " AND NOT EXISTS (SELECT 1 FROM reject r WHERE r.delivery_id = d.id)")
              .empty());
}

constexpr Contract contracts[] = {
    {"the same batch ten times is one", repeated},
    {"split, merged and interleaved deliveries are one", split_merged_interleaved},
    {"one call may bring a punch several times", same_punch_twice_in_one_call},
    {"identity is terminal, device time and pin key", identity},
    {"a new road or other attributes are a sighting, once", sightings},
    {"a punch keeps all its attributes", columns_of_a_punch},
    {"a reject is kept once per terminal, table and content", rejects_once},
    {"a delivery keeps every byte", delivery_as_it_came},
    {"a delivery without anything new is not kept", nothing_to_keep},
    {"an unread table is kept once per content", unread_once_per_content},
    {"a stamp moves also without new rows", stamps_move},
    {"a refused batch leaves nothing, not even the stamp", all_or_nothing},
    {"several writers keep each punch once", writers_beside_each_other},
    {"any order, repetition and split gives the same tables", any_order_gives_the_same},
};

}  // namespace

std::span<const Contract> intake_contract() { return contracts; }

}  // namespace presensi::storage
