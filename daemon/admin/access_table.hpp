#pragma once
// Who may call which route, as a table for people: docs/access.md holds it, and tests compare it with the route table
// and with a running daemon.

#include <string>

namespace presensi::admin {

// Markdown, one row for each route. A cell is one word where the answer does not depend on whose thing it is, otherwise
// three: of the own unit, of a foreign unit, of an apel terminal. "-": there is no such thing.
std::string access_table();

}  // namespace presensi::admin
