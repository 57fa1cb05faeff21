#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attendance/directory.hpp"
#include "storage/database.hpp"

namespace presensi::storage {

// Units, events, people and PINs as the directory wants them: all at once.
class DirectoryRepository {
public:
    explicit DirectoryRepository(Database& database) : database_(database) {}

    // Another number than before: something changed, by whichever daemon.
    std::int64_t version();
    // Whoever changes one of these tables calls this in the same transaction.
    void changed();
    // Everything but the terminals, which the daemon knows; without what is cancelled. Outside a transaction it may be
    // torn by a change that happens meanwhile, and then version() differs from before.
    attendance::Facts load();
    std::vector<attendance::Unit> load_units();  // by code
    std::vector<attendance::Assignment> load_assignments();

private:
    Database& database_;
};

// Lists of texts as columns hold them, JSON: ["a","b"]. Throws std::logic_error for something else.
std::string encode_texts(const std::vector<std::string>& texts);
std::vector<std::string> decode_texts(const std::string& json);

}  // namespace presensi::storage
