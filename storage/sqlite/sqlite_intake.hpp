#pragma once

#include <string>

#include "storage/intake.hpp"
#include "storage/sqlite/handle.hpp"

namespace presensi::storage::sqlite {

class SqliteIntake final : public Intake {
public:
    explicit SqliteIntake(Connection connection);

    std::vector<Receipt> append(std::span<const Delivery* const> deliveries) override;

private:
    // One delivery on its way into the tables. Its own row is written before the first new thing that refers to it.
    struct Filing {
        const Delivery& delivery;
        std::string received_at;
        bool new_content = false;  // an unread table seen for the first time
        Receipt receipt;

        bool kept() const { return receipt.delivery_id != 0; }
    };
    struct KnownPunch {
        std::int64_t id;
        std::string road;
        std::optional<std::int64_t> state;
        std::optional<std::int64_t> verify;
        std::optional<std::string> work_code;
    };

    Receipt file(const Delivery& delivery);
    void keep(Filing& filing);
    void file_punch(Filing& filing, const Punch& punch);
    void file_sighting(Filing& filing, const KnownPunch& known, const Punch& punch);
    void file_reject(Filing& filing, const Reject& reject);
    std::optional<KnownPunch> find_punch(const Filing& filing, const Punch& punch, const std::string& device_time);
    bool insert_punch(const Filing& filing, const Punch& punch, const std::string& device_time);

    Connection connection_;
    Statement insert_delivery_;
    Statement find_unread_;
    Statement insert_punch_;
    Statement find_punch_;
    Statement insert_sighting_;
    Statement find_sighting_;
    Statement insert_reject_;
    Statement find_reject_;
    Statement move_stamp_;
};

}  // namespace presensi::storage::sqlite
