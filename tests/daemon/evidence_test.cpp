#include <doctest/doctest.h>

#include "daemon/talk/evidence.hpp"
#include "daemon/talk/terminal_watch.hpp"
#include "protocol/text_fields.hpp"

using namespace presensi;
using namespace presensi::talk;
using namespace std::chrono_literals;

namespace {

const std::chrono::sys_seconds start{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}};

}  // namespace

TEST_CASE("a clock is judged by punches that come as they are made") {
    DriftEstimate drift;
    SUBCASE("right: at once") {
        CHECK(drift.observe(start, Instant(start) + 3s) == -3s);
        CHECK(drift.observe(start + 60s, Instant(start)) == 60s);
    }
    SUBCASE("ahead: two punches, apart") {
        CHECK_FALSE(drift.observe(start + 1h, Instant(start)));
        CHECK_FALSE(drift.observe(start + 1h + 1s, Instant(start) + 1s));
        CHECK(drift.observe(start + 1h + 40s, Instant(start) + 41s) == 1h);
    }
    SUBCASE("behind: five with the same lag, and the slow line is not the clock") {
        for (int i = 0; i < 4; ++i) CHECK_FALSE(drift.observe(start - 5min + i * 60s, Instant(start) + i * 60s + 4s));
        CHECK(drift.observe(start - 5min + 240s, Instant(start) + 240s + 15s) == -304s);
    }
    SUBCASE("a backlog shrinks") {
        for (int i = 0; i < 50; ++i) CHECK_FALSE(drift.observe(start - 50h + i * 1h, Instant(start) + i * 60s));
    }
    SUBCASE("a late one among prompt ones is late") {
        for (int i = 0; i < 20; ++i) {
            CHECK(drift.observe(start + i * 60s, Instant(start) + i * 60s));
            CHECK_FALSE(drift.observe(start - 5min + i * 60s, Instant(start) + i * 60s + 30s));
        }
    }
    SUBCASE("our clock was set back") {
        for (int i = 0; i < 4; ++i) drift.observe(start - 5min + i * 60s, Instant(start) + i * 60s);
        CHECK_FALSE(drift.observe(start - 65min, Instant(start) - 1h));
    }
}

TEST_CASE("what comes again is counted by record") {
    const auto at = [](const char* time) { return *decode_device_time(std::string("2026-11-20 ") + time); };
    const auto record = [&](const char* time, const char* pin) { return SentRecord{at(time), pin}; };
    SentAgain sent(at("00:00:00"), at("12:00:00"), *decode_device_time("2026-11-18 16:00:00"));
    sent.note({record("07:00:00", "1"), record("07:00:01", "2"), record("12:00:01", "3")});
    CHECK(sent.records() == 2);
    SUBCASE("a repetition, cut elsewhere") {
        sent.note({record("07:00:01", "2"), record("07:00:02", "3")});
        sent.note({record("07:00:02", "3")});
        CHECK(sent.records() == 3);
    }
    SUBCASE("two alike in one upload are two") {
        sent.note({record("07:00:01", "2"), record("07:00:01", "2")});
        CHECK(sent.records() == 3);
        CHECK(sent.older() == 0);
    }
    SUBCASE("what is older") {
        sent.note(
            {{*decode_device_time("2026-11-18 16:00:00"), "9"}, {*decode_device_time("2026-11-18 15:59:59"), "8"}});
        CHECK(sent.records() == 2);
        CHECK(sent.older() == 1);
    }
}

TEST_CASE("records of an upload are also those that are no punches, as far as their time can be read") {
    Delivery delivery;
    Punch punch;
    punch.pin = "1";
    punch.device_time = *decode_device_time("2026-11-20 07:00:00");
    delivery.punches = {punch, punch};
    Reject without_pin;
    without_pin.bytes = "\t2026-11-20 07:00:01\t0\t15";
    Reject nonsense;
    nonsense.bytes = "nonsense";
    delivery.rejects = {without_pin, nonsense};
    const auto records = records_in(delivery);
    REQUIRE(records.size() == 3);
    CHECK(records[0].content == records[1].content);
    CHECK(records[2].time == *decode_device_time("2026-11-20 07:00:01"));
}

TEST_CASE("differences in words") {
    CHECK(describe_difference(90s).en == "90 s ahead");
    CHECK(describe_difference(-90s).id == "90 detik lebih lambat");
    CHECK(describe_difference(5h).en == "5 hours ahead");
    CHECK(describe_difference(-9000h).id == "375 hari lebih lambat");
}

TEST_CASE("to and fro within half an hour is two sources, moving is one") {
    Alternation turns;
    const Instant now(start);
    CHECK_FALSE(turns.note("a", now));
    CHECK_FALSE(turns.note("", now));
    CHECK_FALSE(turns.note("b", now + 1min));
    CHECK_FALSE(turns.note("a", now + 2min));
    CHECK_FALSE(turns.note("a", now + 3min));
    SUBCASE("again at once") { CHECK(turns.note("b", now + 4min)); }
    SUBCASE("again much later") {
        CHECK_FALSE(turns.note("b", now + 2h));
        CHECK_FALSE(turns.note("a", now + 4h));
        CHECK_FALSE(turns.note("b", now + 6h));
    }
    SUBCASE("on to a third") {
        CHECK_FALSE(turns.note("c", now + 4min));
        CHECK_FALSE(turns.note("d", now + 5min));
    }
}

TEST_CASE("an apel is over after its events that are over by the deadline, else after the window that is assumed") {
    const std::chrono::local_days day{std::chrono::year{2026} / 11 / 20};
    const auto is_over_at = [&](std::vector<std::chrono::minutes> closes, std::chrono::minutes deadline) {
        attendance::Facts facts;
        for (const auto minute : closes) {
            attendance::Event event;
            event.day = day;
            event.opens = minute - 1h;
            event.closes = minute;
            facts.events.push_back(event);
        }
        return end_of_apel(day, deadline, attendance::Directory(std::move(facts))) - DeviceTime(day);
    };
    CHECK(is_over_at({}, 12h) == 8h + 31min);
    CHECK(is_over_at({}, 8h) == 8h);
    CHECK(is_over_at({8h}, 12h) == 8h + 1min);
    CHECK(is_over_at({11h + 59min, 8h}, 12h) == 12h);
    CHECK(is_over_at({12h}, 12h) == 8h + 31min);  // not over by the deadline
    CHECK(is_over_at({8h, 14h}, 12h) == 8h + 1min);
}

TEST_CASE("the last apel and the last working day that are over") {
    const std::vector<std::chrono::weekday> apel{std::chrono::Monday, std::chrono::Friday};
    const auto at = [](const char* text) { return *decode_device_time(text); };
    const auto day = [](int d) { return std::chrono::local_days{std::chrono::year{2026} / 11 / d}; };
    const config::QuietHours hours{7h, 16h};
    SUBCASE("without holidays") {
        const attendance::Directory directory{{}};
        CHECK(last_apel_day(apel, 12h, at("2026-11-20 12:00:00"), directory) == day(20));  // a Friday
        CHECK(last_apel_day(apel, 12h, at("2026-11-20 11:59:59"), directory) == day(16));
        CHECK(last_apel_day(apel, 12h, at("2026-11-22 09:00:00"), directory) == day(20));
        CHECK(last_apel_day(apel, 12h, at("2026-11-23 12:01:00"), directory) == day(23));
        CHECK_FALSE(last_apel_day({}, 12h, at("2026-11-23 12:01:00"), directory));
        CHECK(last_working_day(hours, at("2026-11-23 15:59:00"), directory) == day(20));
        CHECK(last_working_day(hours, at("2026-11-23 16:00:00"), directory) == day(23));
        CHECK(last_working_day(hours, at("2026-11-22 16:00:00"), directory) == day(20));
    }
    SUBCASE("a holiday is no apel day and no working day, unless something is held on it") {
        attendance::Facts facts;
        facts.calendar = {{1, day(20), attendance::HolidayKind::local, "Hari jadi", ""},
                          {2, day(23), attendance::HolidayKind::national, "Hari besar", ""}};
        attendance::Event ceremony;
        ceremony.kind = attendance::EventKind::upacara;
        ceremony.day = day(23);
        facts.events = {ceremony};
        const attendance::Directory directory(std::move(facts));
        CHECK(last_apel_day(apel, 12h, at("2026-11-20 12:00:00"), directory) == day(16));
        CHECK(last_apel_day(apel, 12h, at("2026-11-23 12:00:00"), directory) == day(23));
        CHECK(last_working_day(hours, at("2026-11-23 16:00:00"), directory) == day(19));
    }
    SUBCASE("a week of holidays") {
        attendance::Facts facts;
        for (int d = 16; d <= 23; ++d)
            facts.calendar.push_back({d, day(d), attendance::HolidayKind::collective_leave, "Cuti bersama", ""});
        const attendance::Directory directory(std::move(facts));
        CHECK_FALSE(last_apel_day(apel, 12h, at("2026-11-23 12:00:00"), directory));
        CHECK(last_working_day(hours, at("2026-11-23 16:00:00"), directory) == day(16));
    }
}
