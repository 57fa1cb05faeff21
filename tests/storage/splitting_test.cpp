#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "protocol/sha256.hpp"
#include "storage/store_error.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

// Refuses marked content: a PIN "bad", a body that holds "poison", a table "CURSED".
class PickyIntake final : public Intake {
public:
    std::vector<Receipt> append(std::span<const Delivery* const> deliveries) override {
        ++calls;
        if (calls == unavailable_at) throw StoreUnavailable("away");
        for (const Delivery* delivery : deliveries) {
            if (refuses(*delivery)) throw ContentRefused("marked");
        }
        std::vector<Receipt> receipts;
        for (const Delivery* delivery : deliveries) {
            stored.push_back(*delivery);
            Receipt receipt;
            receipt.delivery_id = static_cast<std::int64_t>(stored.size());
            receipt.new_punches = static_cast<std::uint32_t>(delivery->punches.size());
            receipt.new_rejects = static_cast<std::uint32_t>(delivery->rejects.size());
            receipts.push_back(receipt);
        }
        return receipts;
    }

    int calls = 0;
    int unavailable_at = 0;
    std::vector<Delivery> stored;

private:
    static bool refuses(const Delivery& delivery) {
        for (const Punch& punch : delivery.punches) {
            if (punch.pin == "bad") return true;
        }
        for (const Reject& reject : delivery.rejects) {
            if (reject.bytes.find("poison") != std::string::npos) return true;
        }
        return delivery.table == "CURSED" || (delivery.stamp && delivery.stamp->stamp == "poison");
    }
};

std::vector<Receipt> append_all(Intake& intake, const std::vector<Delivery>& deliveries) {
    std::vector<const Delivery*> pointers;
    pointers.reserve(deliveries.size());
    for (const Delivery& delivery : deliveries) pointers.push_back(&delivery);
    return append_splitting(intake, pointers);
}

Delivery guilty() {
    Delivery delivery = make_delivery(1, {make_punch("5", 0, 1), make_punch("bad", 1, 3), make_punch("6", 2, 4)});
    delivery.body = "5\tfirst\r\nnot a punch\nbad\tthird\n6\tlast without an end";
    delivery.rejects = {make_reject("not a punch", 2)};
    delivery.stamp = StampMove{"ATTLOG", "77"};
    return delivery;
}

}  // namespace

TEST_CASE("a batch that is taken is one call") {
    PickyIntake intake;
    CHECK(append_all(intake, {make_delivery(1, {make_punch("1", 0)}), make_delivery(1, {make_punch("2", 0)})}).size() ==
          2);
    CHECK(intake.calls == 1);
    CHECK(append_all(intake, {}).empty());
}

TEST_CASE("whichever delivery is guilty, all others are stored as they are") {
    for (std::size_t size = 1; size <= 9; ++size) {
        for (std::size_t bad = 0; bad < size; ++bad) {
            CAPTURE(size);
            CAPTURE(bad);
            std::vector<Delivery> deliveries;
            for (std::size_t i = 0; i < size; ++i) {
                deliveries.push_back(make_delivery(static_cast<std::int64_t>(i), {make_punch("1", 0)}));
            }
            deliveries[bad].punches[0].pin = "bad";
            PickyIntake intake;
            const std::vector<Receipt> receipts = append_all(intake, deliveries);
            REQUIRE(receipts.size() == size);
            REQUIRE(intake.stored.size() == size);
            for (std::size_t i = 0; i < size; ++i) {
                CHECK(intake.stored[i].terminal_id == static_cast<std::int64_t>(i));
                CHECK(receipts[i].delivery_id == static_cast<std::int64_t>(i + 1));
                CHECK(receipts[i].new_punches == (i == bad ? 0u : 1u));
                CHECK(receipts[i].new_rejects == (i == bad ? 1u : 0u));
            }
        }
    }
}

TEST_CASE("the guilty delivery keeps its punches as rejects with their lines") {
    PickyIntake intake;
    const Delivery delivery = guilty();
    append_all(intake, {delivery});
    REQUIRE(intake.stored.size() == 1);
    const Delivery& stored = intake.stored[0];
    CHECK(stored.punches.empty());
    CHECK(stored.body == delivery.body);
    CHECK(stored.query == delivery.query);
    CHECK(stored.table == "ATTLOG");
    CHECK(!stored.unread);
    REQUIRE(stored.stamp);
    CHECK(stored.stamp->stamp == "77");

    REQUIRE(stored.rejects.size() == 4);
    CHECK(stored.rejects[0].reason == RejectReason::bad_time);
    struct Case {
        std::size_t index;
        std::uint32_t line;
        std::string_view bytes;
    };
    const Case cases[] = {{1, 1, "5\tfirst"}, {2, 3, "bad\tthird"}, {3, 4, "6\tlast without an end"}};
    for (const Case& c : cases) {
        CAPTURE(c.bytes);
        const Reject& reject = stored.rejects[c.index];
        CHECK(reject.reason == RejectReason::store_refused);
        CHECK(reject.line == c.line);
        CHECK(reject.bytes == c.bytes);
        CHECK(reject.sha256 == sha256(c.bytes));
        CHECK(reject.length == reject.bytes.size());
    }
}

TEST_CASE("records of a body without lines become different rejects") {
    PickyIntake intake;
    Delivery delivery = make_delivery(1, {make_punch("bad", 0, 1), make_punch("8", 1, 2)}, Road::pull);
    delivery.body.clear();
    append_all(intake, {delivery});
    REQUIRE(intake.stored.size() == 1);
    REQUIRE(intake.stored[0].rejects.size() == 2);
    CHECK(intake.stored[0].rejects[0].bytes == "bad\t2026-11-20T07:00:00");
    CHECK(intake.stored[0].rejects[0].sha256 != intake.stored[0].rejects[1].sha256);
}

TEST_CASE("if even the rejects are refused the bytes are kept unread") {
    struct Case {
        std::string_view name;
        const char* body;
        const char* stamp;
    };
    const Case cases[] = {{"poisoned line", "poison\t2026", "1"}, {"poisoned stamp", "harmless", "poison"}};
    for (const Case& c : cases) {
        CAPTURE(c.name);
        PickyIntake intake;
        Delivery delivery = make_delivery(1, {make_punch("bad", 0)});
        delivery.body = c.body;
        delivery.stamp = StampMove{"ATTLOG", c.stamp};
        const std::vector<Receipt> receipts = append_all(intake, {delivery, make_delivery(2, {make_punch("1", 0)})});
        REQUIRE(intake.stored.size() == 2);
        CHECK(receipts[0].delivery_id == 1);
        CHECK(intake.stored[0].unread);
        CHECK(intake.stored[0].body == c.body);
        CHECK(intake.stored[0].punches.empty());
        CHECK(intake.stored[0].rejects.empty());
        CHECK(!intake.stored[0].stamp);
        CHECK(!intake.stored[1].unread);
    }
}

TEST_CASE("a store that takes nothing at all of a delivery is unavailable") {
    PickyIntake intake;
    Delivery delivery = make_delivery(1, {make_punch("1", 0)});
    delivery.table = "CURSED";
    CHECK_THROWS_AS(append_all(intake, {delivery}), StoreUnavailable);
    CHECK(intake.stored.empty());
}

TEST_CASE("a store that goes away while a batch is split is unavailable, and the batch may be repeated") {
    const std::vector<Delivery> deliveries = {make_delivery(1, {make_punch("1", 0)}), guilty(),
                                              make_delivery(3, {make_punch("1", 0)}),
                                              make_delivery(4, {make_punch("1", 0)})};
    PickyIntake undisturbed;
    append_all(undisturbed, deliveries);
    REQUIRE(undisturbed.calls > 3);
    for (int call = 1; call <= undisturbed.calls; ++call) {
        CAPTURE(call);
        PickyIntake intake;
        intake.unavailable_at = call;
        CHECK_THROWS_AS(append_all(intake, deliveries), StoreUnavailable);
        append_all(intake, deliveries);
        std::set<std::int64_t> terminals;
        for (const Delivery& delivery : intake.stored) terminals.insert(delivery.terminal_id);
        CHECK(terminals == std::set<std::int64_t>{1, 3, 4});
    }
}

}  // namespace presensi::storage
