#include <doctest/doctest.h>

#include "daemon/log.hpp"

using presensi::log::quote;

TEST_CASE("a value can neither break nor forge a log line") {
    const struct {
        const char* name;
        std::string value;
        std::string quoted;
    } cases[] = {
        {"plain", "TST7240100001", "TST7240100001"},
        {"empty", "", "\"\""},
        {"blank", "two words", "\"two words\""},
        {"forged field", "x level=error", "\"x level=error\""},
        {"line end", "a\nlevel=error", "\"a\\x0alevel=error\""},
        {"quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\""},
        {"escape sequence", "\x1b[31m", "\"\\x1b[31m\""},
        {"not UTF-8", "\xff", "\"\\xff\""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(quote(c.value) == c.quoted);
    }
    CHECK(quote(std::string(10'000, 'x')).size() < 300);
}
