#include <doctest/doctest.h>

#include "daemon/ingest.hpp"
#include "protocol/text_fields.hpp"

using namespace presensi;

TEST_CASE("grades, as far as push can know") {
    const auto at = [](const char* text) { return *decode_utc(text); };
    const struct {
        const char* name;
        const char* punched_at;
        const char* received_at;
        const char* online_since;  // null: unknown
        Grade grade;
    } cases[] = {
        {"at once", "2026-11-20T00:00:00Z", "2026-11-20T00:00:02Z", "2026-11-19T20:00:00Z", Grade::live},
        {"after five minutes still", "2026-11-20T00:00:00Z", "2026-11-20T00:05:00Z", nullptr, Grade::live},
        {"clock a little ahead", "2026-11-20T00:03:00Z", "2026-11-20T00:00:00Z", nullptr, Grade::live},
        {"late, terminal came back after it", "2026-11-20T00:00:00Z", "2026-11-20T04:00:00Z", "2026-11-20T04:00:00Z",
         Grade::late},
        {"late, nobody saw it", "2026-11-20T00:00:00Z", "2026-11-20T04:00:00Z", nullptr, Grade::late},
        {"late although it was online", "2026-11-20T00:00:00Z", "2026-11-20T04:00:00Z", "2026-11-19T20:00:00Z",
         Grade::late_online},
        {"made while the contact began", "2026-11-20T00:00:30Z", "2026-11-20T04:00:00Z", "2026-11-20T00:00:00Z",
         Grade::late},
        {"battery dead", "2000-01-01T00:00:00Z", "2026-11-20T04:00:00Z", nullptr, Grade::suspect},
        {"before 2015", "2014-12-31T23:59:59Z", "2026-11-20T04:00:00Z", nullptr, Grade::suspect},
        {"a day ahead is not yet impossible", "2026-11-21T00:00:00Z", "2026-11-20T00:00:00Z", nullptr, Grade::live},
        {"more than a day ahead", "2026-11-21T00:00:01Z", "2026-11-20T00:00:00Z", nullptr, Grade::suspect},
        {"2099", "2099-01-01T00:00:00Z", "2026-11-20T00:00:00Z", nullptr, Grade::suspect},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Punch punch;
        punch.punched_at = std::chrono::floor<std::chrono::seconds>(at(c.punched_at));
        const auto since = c.online_since == nullptr ? std::optional<Instant>() : at(c.online_since);
        CHECK(grade_of_push(punch, at(c.received_at), since) == c.grade);
    }
}
