#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "storage/database.hpp"
#include "storage/intake.hpp"

namespace presensi::storage {

// What terminals say of PINs: their user lists, and who punched. Whose a PIN is, the directory knows.
class PinEvidenceRepository {
public:
    explicit PinEvidenceRepository(Database& database) : database_(database) {}

    struct User {
        std::string serial;
        std::string pin;
        std::string pin_key;
        std::string name;
        std::string seen_at;
    };
    // By terminal and PIN key. serial empty: of all terminals.
    std::vector<User> list_users(const std::string& serial = {});

    struct Punched {
        std::string serial;
        std::string pin;
        std::string pin_key;
        std::int64_t punches = 0;
        std::string first;  // device times
        std::string last;
    };
    // Every PIN of every terminal with punches of from <= device_time < to.
    std::vector<Punched> list_punched(const std::string& from, const std::string& to);
    // Terminal and PIN key of every punch from then on, each pair once.
    std::vector<std::pair<std::string, std::string>> list_punching(const std::string& from);
    // Their device times, in order.
    std::vector<std::string> list_times(const std::string& serial, const std::string& pin_key, const std::string& from,
                                        const std::string& to);

    // The punches of these PINs wherever they are, from <= device_time < to, in the order of their times.
    std::vector<FeedRow> list_punches(const std::vector<std::string>& pin_keys, const std::string& from,
                                      const std::string& to);

private:
    Database& database_;
};

}  // namespace presensi::storage
