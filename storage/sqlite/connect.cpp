#include "storage/sqlite/connect.hpp"

#include <fmt/format.h>

#include "storage/store_error.hpp"

namespace presensi::storage::sqlite {
namespace {

struct Pragma {
    const char* set;
    const char* read;
    const char* expected;
};

// WAL with synchronous=FULL syncs at every commit; with NORMAL a power cut may take back what was acknowledged.
// recursive_triggers: without it INSERT OR REPLACE would delete past the insert-only triggers.
// journal_size_limit: what a burst has grown is given back at the next checkpoint.
constexpr Pragma pragmas[] = {
    {"PRAGMA journal_mode=WAL", "PRAGMA journal_mode", "wal"},
    {"PRAGMA synchronous=FULL", "PRAGMA synchronous", "2"},
    {"PRAGMA foreign_keys=ON", "PRAGMA foreign_keys", "1"},
    {"PRAGMA recursive_triggers=ON", "PRAGMA recursive_triggers", "1"},
    {"PRAGMA journal_size_limit=67108864", "PRAGMA journal_size_limit", "67108864"},
};

}  // namespace

Connection connect(const std::string& path, OpenMode mode) {
    Connection connection(path, mode);
    for (const Pragma& pragma : pragmas) {
        connection.execute(pragma.set);
        Statement statement = Statement::prepare(connection, pragma.read);
        Cursor cursor = statement.select();
        const std::string value = cursor.next() ? cursor.text(0) : std::string();
        if (value != pragma.expected) {
            throw StoreUnavailable(fmt::format("{} gave \"{}\" instead of \"{}\"; the file must be on a local disk",
                                               pragma.set, value, pragma.expected));
        }
    }
    return connection;
}

}  // namespace presensi::storage::sqlite
