#pragma once

#include <string_view>
#include <vector>

#include "storage/database.hpp"

namespace presensi::storage {

// "INSERT INTO person (uuid, name)" and rows of as many values: some hundred at once, because a journey to the server
// costs more than a row. Returns what `tail` ("RETURNING id") returns.
std::vector<Row> insert_rows(Database& database, std::string_view head, const std::vector<Values>& rows,
                             std::string_view tail = {});

}  // namespace presensi::storage
