#pragma once
// Made-up punches and deliveries, and what tests ask the tables.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records.hpp"
#include "storage/database.hpp"
#include "storage/intake.hpp"

namespace presensi::storage {

// At 2026-11-20 07:00:00 plus `second`, state 0, verify 1, no work code.
Punch make_punch(std::string_view pin, int second, std::uint32_t line = 1);
Reject make_reject(std::string_view bytes, std::uint32_t line = 1);
// An ATTLOG push; its body names the punches, so that different punches make different bodies.
Delivery make_delivery(std::int64_t terminal_id, std::vector<Punch> punches, Road road = Road::push);
Delivery make_unread(std::int64_t terminal_id, std::string_view table, std::string_view body);

// Stores an approved terminal and returns its id.
std::int64_t add_terminal(Database& database, std::string_view serial);

std::vector<Receipt> append(Intake& intake, const std::vector<Delivery>& deliveries);
Receipt append(Intake& intake, const Delivery& delivery);

std::int64_t count(Database& database, const std::string& table);

// Every row of `sql` as text, its columns joined by '|', sorted.
std::vector<std::string> rows_of(Database& database, const std::string& sql);

}  // namespace presensi::storage
