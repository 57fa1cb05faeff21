#include <doctest/doctest.h>

#include "daemon/admin/json_text.hpp"

using namespace presensi;

TEST_CASE("base64") {
    const struct {
        std::string bytes;
        std::string text;
    } cases[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {std::string("\0\xff", 2), "AP8="}};
    for (const auto& c : cases) {
        CAPTURE(c.text);
        CHECK(admin::base64(c.bytes) == c.text);
    }
}

TEST_CASE("a suspect punch does not count, every other grade does") {
    storage::FeedRow row;
    row.grade = "suspect";
    CHECK(admin::to_json(row).at("counted") == false);
    for (const char* grade : {"live", "late", "late_online", "pulled", "pull_only", "file"}) {
        CAPTURE(grade);
        row.grade = grade;
        CHECK(admin::to_json(row).at("counted") == true);
    }
}
