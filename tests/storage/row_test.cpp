#include <doctest/doctest.h>

#include <stdexcept>

#include "storage/database.hpp"
#include "storage/terminal_repository.hpp"

namespace presensi::storage {

TEST_CASE("a row gives each column as its type and nothing else") {
    const Row row({std::int64_t{7}, std::string("seven"), Blob{std::string("\0\x80", 2)}, std::monostate{}});
    CHECK(row.integer(0) == 7);
    CHECK(row.text(1) == "seven");
    CHECK(row.blob(2) == std::string("\0\x80", 2));
    CHECK(row.integer_or_null(0) == 7);
    CHECK(row.text_or_null(1) == "seven");
    CHECK(!row.integer_or_null(3));
    CHECK(!row.text_or_null(3));
    CHECK_THROWS_AS(row.integer(1), std::logic_error);
    CHECK_THROWS_AS(row.integer(3), std::logic_error);
    CHECK_THROWS_AS(row.text(0), std::logic_error);
    CHECK_THROWS_AS(row.text(2), std::logic_error);
    CHECK_THROWS_AS(row.blob(1), std::logic_error);
    CHECK_THROWS_AS(row.text_or_null(0), std::logic_error);
    CHECK_THROWS_AS(row.integer_or_null(4), std::logic_error);
}

TEST_CASE("terminal states have the names of their table") {
    for (const TerminalState state :
         {TerminalState::seen, TerminalState::approved, TerminalState::suspended, TerminalState::retired}) {
        CHECK(terminal_state(to_string(state)) == state);
    }
    CHECK(to_string(TerminalState::seen) == "seen");
    CHECK(!terminal_state("Seen"));
    CHECK(!terminal_state(""));
}

}  // namespace presensi::storage
