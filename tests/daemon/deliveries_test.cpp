#include "daemon/talk/deliveries.hpp"

#include <doctest/doctest.h>

#include "storage/intake.hpp"
#include "storage/store.hpp"
#include "storage/terminal_repository.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::sys_days monday = std::chrono::year{2026} / 11 / 23;
constexpr auto here = 8h;  // ahead of UTC

// A terminal without punches of the apel on that Monday, 07:00 to 08:30, which settled afterwards.
struct Apel {
    // Suspect, of this time of the place, received then.
    void send(Instant punched_at, Instant received_at) const {
        Punch punch;
        punch.pin = punch.pin_key = "1";
        punch.line = 1;
        punch.grade = Grade::suspect;
        punch.punched_at = std::chrono::floor<std::chrono::seconds>(punched_at) - here;
        punch.device_time = DeviceTime((std::chrono::floor<std::chrono::seconds>(punched_at)).time_since_epoch());
        Delivery delivery;
        delivery.terminal_id = terminal;
        delivery.table = "ATTLOG";
        delivery.received_at = received_at - here;
        delivery.punches.push_back(punch);
        const Delivery* one = &delivery;
        intake->append({&one, 1});
    }

    bool has_delivered(bool has_punches = false) const {
        const Instant over = monday + 8h + 31min - here;
        talk::Deliveries deliveries(*database, {}, {DeviceTime(monday.time_since_epoch()), monday - here, over},
                                    over + 24h * 30);
        return deliveries.has_delivered({terminal, over, over + 6min, has_punches});
    }

    test::TemporaryFolder folder;
    std::unique_ptr<storage::Store> store = storage::open_sqlite({.path = folder.path() / "presensi.db"});
    std::unique_ptr<storage::Database> database = store->open_database();
    std::unique_ptr<storage::Intake> intake = store->open_intake();
    std::int64_t terminal = [this] {
        storage::TerminalRow row;
        row.serial = "TST1";
        row.time_zone = "Asia/Makassar";
        return storage::TerminalRepository(*database).save(row);
    }();
};

constexpr std::chrono::sys_days long_ago = std::chrono::year{2000} / 1 / 1;

}  // namespace

TEST_CASE("after an event a terminal that settled has delivered, unless what it sent may be the event's") {
    const Apel apel;
    CHECK(apel.has_delivered());
    SUBCASE("its clock had stopped") {
        apel.send(long_ago + 5min, monday + 7h + 20min);
        CHECK_FALSE(apel.has_delivered());
        CHECK(apel.has_delivered(true));  // punches of the event are there: its clock was right
    }
    SUBCASE("its clock was days ahead") {
        apel.send(monday + 24h * 3 + 7h, monday + 9h);
        CHECK_FALSE(apel.has_delivered());
    }
    SUBCASE("its clock stopped long before, or after a week") {
        apel.send(long_ago + 5min, monday - 1min);
        apel.send(long_ago + 6min, monday + 24h * 7);
        CHECK(apel.has_delivered());
    }
    SUBCASE("another spoke as it on Wednesday: suspect, and possible") {
        apel.send(monday + 24h * 2 + 7h, monday + 24h * 2 + 7h + 1min);
        CHECK(apel.has_delivered());
    }
}
