#pragma once

#include <string>

#include "storage/sqlite/handle.hpp"

namespace presensi::storage::sqlite {

// Opens the file and sets what every connection of ours must have: journal_mode=WAL, synchronous=FULL, foreign_keys=ON.
// Each is read back, because SQLite may silently keep the old value. Throws StoreUnavailable.
Connection connect(const std::string& path, OpenMode mode = OpenMode::existing);

}  // namespace presensi::storage::sqlite
