// Promise P2: any mix, order, repetition or split of push, pull and upload gives the same table.
// PRESENSI_HISTORIES: how many are tried on each store; PRESENSI_SEED: others.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.hpp"
#include "storage/terminal_repository.hpp"
#include "tests/convergence/comparisons.hpp"
#include "tests/convergence/history.hpp"
#include "tests/support/postgres_cluster.hpp"
#include "tests/support/temporary_folder.hpp"

namespace presensi::convergence {

namespace {

using storage::Store;

// Where a store lies; gone with the object.
class Ground {
public:
    virtual ~Ground() = default;
    virtual std::unique_ptr<Store> open() = 0;
};

class SqliteGround final : public Ground {
public:
    std::unique_ptr<Store> open() override { return storage::open_sqlite({.path = folder_.path() / "presensi.db"}); }

private:
    test::TemporaryFolder folder_;
};

class PostgresGround final : public Ground {
public:
    std::unique_ptr<Store> open() override {
        return storage::open_postgres({.url = database_.url(), .owner_url = database_.owner_url()});
    }

private:
    PostgresDatabaseOfTest database_;
};

// A store that histories share, each at terminals of its own; after some hundreds a new one takes its place.
class Bench {
public:
    using NewGround = std::function<std::unique_ptr<Ground>()>;
    explicit Bench(NewGround new_ground) : new_ground_(std::move(new_ground)) {}

    void begin_history() {
        constexpr int histories_of_a_store = 50;
        if (begun_++ % histories_of_a_store != 0) return;
        close();
        ground_ = new_ground_();
        open();
    }

    Place new_place() {
        Place place;
        place.unit = fmt::format("unit-{}", ++places_);
        storage::TerminalRepository repository(*database_);
        for (std::size_t i = 0; i < place.terminals.size(); ++i) {
            place.serials[i] = fmt::format("TST{}-{}", places_, i);
            storage::TerminalRow row;
            row.serial = place.serials[i];
            row.state = storage::TerminalState::approved;
            row.time_zone = "Asia/Makassar";
            row.unit = place.unit;
            place.terminals[i] = repository.save(row);
        }
        return place;
    }

    void restart() {
        ++tally.restarts;
        close();
        open();
    }

    // What all histories had in them, so that none is tried in name only.
    struct Tally {
        std::size_t histories = 0;
        std::size_t punches = 0;
        std::size_t sightings = 0;
        std::size_t rejects = 0;
        std::size_t deliveries = 0;
        std::size_t restarts = 0;
        std::size_t cut_lines = 0;
        std::set<std::pair<Way, terminals::ZkLayout>> pulled;
        std::set<std::pair<Way, terminals::Profile>> told;
    };
    Tally tally;

    storage::Database& database() { return *database_; }
    storage::Intake& intake(bool other) { return other ? *other_intake_ : *intake_; }

private:
    void open() {
        store_ = ground_->open();
        intake_ = store_->open_intake();
        other_intake_ = store_->open_intake();
        database_ = store_->open_database();
    }
    void close() {
        database_.reset();
        other_intake_.reset();
        intake_.reset();
        store_.reset();
    }

    NewGround new_ground_;
    std::unique_ptr<Ground> ground_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<storage::Intake> intake_;
    std::unique_ptr<storage::Intake> other_intake_;
    std::unique_ptr<storage::Database> database_;
    int begun_ = 0;
    int places_ = 0;
};

// What the receipts of many deliveries say together.
struct Sum {
    std::size_t punches = 0;
    std::size_t sightings = 0;
    std::size_t rejects = 0;
    std::size_t kept = 0;  // deliveries

    bool operator==(const Sum&) const = default;
};

std::vector<Delivery> brought_to(const Place& place, std::vector<Delivery> deliveries) {
    using namespace std::chrono_literals;
    for (Delivery& delivery : deliveries) {
        delivery.terminal_id = place.terminals[static_cast<std::size_t>(delivery.terminal_id)];
        // All in the window of the month: when a line came says whose month it is if it says nothing itself.
        delivery.received_at = std::chrono::sys_days(std::chrono::year(2026) / 12 / 2) + 2h;
    }
    return deliveries;
}

void append(storage::Intake& intake, std::span<const Delivery> deliveries, Sum& sum) {
    std::vector<const Delivery*> pointers;
    for (const Delivery& delivery : deliveries) pointers.push_back(&delivery);
    const std::vector<Receipt> receipts = intake.append(pointers);
    RC_ASSERT(receipts.size() == deliveries.size());
    for (std::size_t i = 0; i < receipts.size(); ++i) {
        const Receipt& receipt = receipts[i];
        RC_ASSERT(receipt.new_punches + receipt.known_punches == deliveries[i].punches.size());
        sum.punches += receipt.new_punches;
        sum.sightings += receipt.new_sightings;
        sum.rejects += receipt.new_rejects;
        sum.kept += receipt.delivery_id != 0 ? 1 : 0;
    }
}

// In transactions of the sizes that the steps say, again and again; without steps all in one.
Sum append_all(Bench& bench, const std::vector<Delivery>& deliveries, const std::vector<Step>& steps) {
    Sum sum;
    std::span<const Delivery> left(deliveries);
    for (std::size_t i = 0; !left.empty(); ++i) {
        Step step{static_cast<int>(left.size()), false, false};
        if (!steps.empty()) step = steps[i % steps.size()];
        // Once for each step is enough.
        if (step.restart && i < steps.size()) bench.restart();
        const auto size = std::min(static_cast<std::size_t>(step.deliveries), left.size());
        append(bench.intake(step.other_writer), left.first(size), sum);
        left = left.subspan(size);
    }
    return sum;
}

void require_same(const char* what, const std::string& expected, const std::string& found) {
    const std::string where = difference(expected, found);
    if (!where.empty()) RC_FAIL(fmt::format("{} differ\n{}", what, where));
}

void count(Bench::Tally& tally, const Plan& plan, const History& history) {
    ++tally.histories;
    tally.punches += history.truth.punches.size();
    tally.sightings += history.truth.sightings.size();
    tally.rejects += history.truth.rejects.size();
    tally.deliveries += history.deliveries.size();
    for (const Trip& trip : plan.trips) {
        const TerminalPlan& terminal = plan.terminals[static_cast<std::size_t>(trip.terminal)];
        const bool is_pulled = trip.way == Way::pull || trip.way == Way::pulled_file;
        if (is_pulled) tally.pulled.emplace(trip.way, terminal.layout);
        if (!is_pulled) tally.told.emplace(trip.way, terminal.profile);
    }
    // Half a line has a TAB, what was scribbled has none.
    for (const auto& [of, reason] : history.truth.rejects) {
        const bool is_cut = reason == RejectReason::too_few_fields && of.second.find('\t') != std::string::npos;
        tally.cut_lines += is_cut ? 1 : 0;
    }
}

void check(Bench& bench, const Plan& plan) {
    const History history = make_history(plan);
    const Truth& truth = history.truth;
    bench.begin_history();
    const Place place = bench.new_place();
    const std::vector<Delivery> deliveries = brought_to(place, history.deliveries);
    const Sum sum = append_all(bench, deliveries, plan.steps);

    require_same("the punches", table_of(truth), table_of(bench.database(), place));
    require_same("the sightings", sightings_of(truth), sightings_of(bench.database(), place));
    require_same("the rejects", rejects_of(truth), rejects_of(bench.database(), place));
    RC_ASSERT(sum.punches == truth.punches.size());
    RC_ASSERT(sum.sightings == truth.sightings.size() - truth.punches.size());
    RC_ASSERT(sum.rejects == truth.rejects.size());

    const Place plain = bench.new_place();
    Sum plain_sum;
    append(bench.intake(false), brought_to(plain, told_once(truth)), plain_sum);
    std::vector<std::string> texts;
    for (const Comparison& comparison : comparisons()) {
        texts.push_back(comparison.text(bench.database(), plain));
        require_same(comparison.name, texts.back(), comparison.text(bench.database(), place));
    }

    // All of it once more brings nothing.
    RC_ASSERT(append_all(bench, deliveries, {}) == Sum{});
    for (std::size_t i = 0; i < texts.size(); ++i)
        require_same(comparisons()[i].name, texts[i], comparisons()[i].text(bench.database(), place));
    count(bench.tally, plan, history);
}

// rapidcheck takes its numbers from its own variable alone; who sets that means it.
void choose_histories() {
    const auto number = [](const char* name, const char* otherwise) {
        const char* text = std::getenv(name);
        return std::string(text == nullptr ? otherwise : text);
    };
    const std::string parameters =
        fmt::format("seed={} max_success={}", number("PRESENSI_SEED", "20261130"), number("PRESENSI_HISTORIES", "200"));
    ::setenv("RC_PARAMS", parameters.c_str(), 0);
}

void check_histories(const std::string& store, Bench::NewGround new_ground) {
    choose_histories();
    Bench bench(std::move(new_ground));
    const bool converges = rc::check("the same month by every road, in any order, on " + store, [&bench] {
        const Plan plan = *any_plan();
        check(bench, plan);
    });
    CHECK(converges);
    const Bench::Tally& tally = bench.tally;
    fmt::print("{} histories: {} punches, {} sightings, {} rejects, {} deliveries, {} cut lines, {} restarts\n",
               tally.histories, tally.punches, tally.sightings, tally.rejects, tally.deliveries, tally.cut_lines,
               tally.restarts);
    if (tally.histories < 100) return;
    constexpr std::size_t layouts = 6;
    constexpr std::size_t profiles = 3;
    CHECK(tally.pulled.size() == 2 * layouts);
    CHECK(tally.told.size() == 4 * profiles);
    CHECK(2 * tally.sightings > 3 * tally.punches);
    CHECK(tally.rejects > tally.histories);
    CHECK(tally.cut_lines > 0);
    CHECK(tally.restarts > 0);
}

}  // namespace

TEST_CASE("sqlite: the same month by every road, in any order, is one table") {
    check_histories("sqlite", [] { return std::make_unique<SqliteGround>(); });
}

TEST_CASE("postgres: the same month by every road, in any order, is one table") {
    check_histories("postgres", [] { return std::make_unique<PostgresGround>(); });
}

}  // namespace presensi::convergence
