#pragma once
// A store whose calls fail when a test says so.

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "storage/store.hpp"

namespace presensi::test {

// A call is an SQL statement, "append", or the end of a "transaction". What `before` throws comes in place of the call:
// nothing of it is done. What `after` throws comes once it is done, and committed if it commits: whoever called cannot
// know. Both are called on the storage threads; set them only while nothing is under way.
struct Faults {
    std::function<void(std::string_view call)> before = [](std::string_view) {};
    std::function<void(std::string_view call)> after = [](std::string_view) {};

    template <typename Work>
    auto around(std::string_view call, Work work) const {
        before(call);
        auto result = work();
        after(call);
        return result;
    }
};

class FaultyStore final : public storage::Store {
public:
    explicit FaultyStore(std::unique_ptr<storage::Store> store) : store_(std::move(store)) {}

    std::string backend() const override { return store_->backend(); }
    std::unique_ptr<storage::Intake> open_intake() override {
        return std::make_unique<FaultyIntake>(store_->open_intake(), faults);
    }
    std::unique_ptr<storage::PunchFeed> open_feed() override { return store_->open_feed(); }
    std::unique_ptr<storage::Database> open_database() override {
        return std::make_unique<FaultyDatabase>(store_->open_database(), faults);
    }

    // Past all faults.
    std::unique_ptr<storage::Database> open_sound_database() { return store_->open_database(); }

    Faults faults;

private:
    class FaultyIntake final : public storage::Intake {
    public:
        FaultyIntake(std::unique_ptr<storage::Intake> intake, const Faults& faults)
            : intake_(std::move(intake)), faults_(faults) {}
        std::vector<Receipt> append(std::span<const Delivery* const> deliveries) override {
            return faults_.around("append", [&] { return intake_->append(deliveries); });
        }

    private:
        std::unique_ptr<storage::Intake> intake_;
        const Faults& faults_;
    };

    class FaultyDatabase final : public storage::Database {
    public:
        FaultyDatabase(std::unique_ptr<storage::Database> database, const Faults& faults)
            : database_(std::move(database)), faults_(faults) {}
        std::int64_t execute(std::string_view sql, const storage::Values& parameters) override {
            return faults_.around(sql, [&] { return database_->execute(sql, parameters); });
        }
        std::vector<storage::Row> query(std::string_view sql, const storage::Values& parameters) override {
            return faults_.around(sql, [&] { return database_->query(sql, parameters); });
        }
        void transaction(const std::function<void()>& work) override {
            database_->transaction([&] {
                work();
                faults_.before("transaction");
            });
            faults_.after("transaction");
        }

    private:
        std::unique_ptr<storage::Database> database_;
        const Faults& faults_;
    };

    std::unique_ptr<storage::Store> store_;
};

}  // namespace presensi::test
