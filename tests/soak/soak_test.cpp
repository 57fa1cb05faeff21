// The daemon for long under everything at once: many terminals, pulls, files, commands, and a fault every minute
// (scripts/soak.sh); for a minute and with few terminals in the suite, so that it keeps working.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <optional>

#include "tests/soak/chores.hpp"
#include "tests/soak/faults.hpp"
#include "tests/soak/record.hpp"
#include "tests/soak/site.hpp"
#include "tests/terminals/comparison.hpp"

using namespace presensi;
using namespace presensi::soak;
using namespace presensi::terminals;
using namespace std::chrono_literals;
using test::await;

namespace {

using Steady = std::chrono::steady_clock;

// Promised are 30 s without hands; three times the slack.
constexpr auto recovery = 90s;
// The last stretch, in which nobody restarts the daemon, so that what it leaks shows.
constexpr auto undisturbed = 24min;
// Connections to the database that are opened when they are needed first.
constexpr std::size_t descriptors_more = 8;

volatile std::sig_atomic_t asked_to_end = 0;

double since(Steady::time_point begin) { return std::chrono::duration<double>(Steady::now() - begin).count(); }

class Soak {
public:
    explicit Soak(const Plan& plan)
        : plan_(plan), site_(plan), random_(plan.seed), turns_(random_, site_.disk_of_daemon().mounted()) {
        for (const auto& fault : turns_.left_out()) say(fmt::format("SKIPPED: {}: it needs root\n", fault));
        say(fmt::format("{} terminals, {} s, a fault every {} s, seed {}\n{}", plan_.terminals, plan_.lasts.count(),
                        plan_.period.count(), plan_.seed, tsv_head()));
        write("soak.tsv", tsv_head());
    }

    void run() {
        descriptors_at_rest_ = site_.daemon().open_descriptors();
        site_.begin();
        chores_.emplace(site_, plan_);
        hold(await([&] { return site_.crowd().acknowledged() > 0; }, recovery), "nothing was acknowledged at all");
        const auto begin = Steady::now();
        const auto end = begin + plan_.lasts;
        const auto last_stretch = std::min<Steady::duration>(undisturbed, plan_.lasts * 2 / 5);
        while (Steady::now() < end && asked_to_end == 0) {
            const auto next = Steady::now() + plan_.period;
            const NamedFault& fault = turns_.next(end - Steady::now() <= last_stretch);
            Line line;
            line.minute = since(begin) / 60;
            line.fault = fault.name;
            endure(fault, line);
            rest(next);
            take_stock(line);
        }
    }

    void finish() {
        chores_->stop();
        site_.crowd().fleet.stop_creating();
        hold(await([&] { return site_.crowd().fleet.settled(); }, 120s),
             fmt::format("{} punches were not acknowledged at the end", site_.crowd().fleet.ledger().open()));
        hold(chores_->finish(60s), "files or pulls did not work at the end");
        judge_growth();
        judge_ledgers();
        judge_terminals();
        site_.end_of_terminals();
        hold(await([&] { return site_.daemon().open_descriptors() <= descriptors_at_rest_ + descriptors_more; }, 60s),
             fmt::format("{} descriptors at rest, {} at first", site_.daemon().open_descriptors(),
                         descriptors_at_rest_));
        say(fmt::format("descriptors at rest: {} at first, {} at the end\n", descriptors_at_rest_,
                        site_.daemon().open_descriptors()));
    }

    void tell() const {
        const std::string table = to_markdown(lines_);
        say("\n" + table + "\n");
        write("table.md", table);
        for (const auto& problem : problems_) say("NOT HELD: " + problem + "\n");
        say(problems_.empty() ? "soak: all of it held\n" : "soak: not all of it held\n");
    }

    void hold(bool holds, const std::string& otherwise) {
        if (!holds) problems_.push_back(otherwise);
        CHECK_MESSAGE(holds, otherwise);
    }

private:
    static void say(const std::string& text) {
        std::fputs(text.c_str(), stdout);
        std::fflush(stdout);
    }
    // Adds it to a file of the record.
    void write(const char* name, const std::string& text) const {
        if (!plan_.folder.empty()) std::ofstream(plan_.folder / name, std::ios::app) << text;
    }

    void endure(const NamedFault& fault, Line& line) {
        const auto struck = Steady::now();
        fault.strike(site_, plan_, random_);
        line.fault_s = since(struck);
        const auto over = Steady::now();
        const auto before = site_.crowd().acknowledged();
        if (await([&] { return site_.is_ready(); }, recovery)) line.ready_s = since(over);
        if (await([&] { return site_.crowd().acknowledged() > before; }, recovery)) line.acknowledged_s = since(over);
        hold(line.ready_s >= 0, fault.name + ": /readyz did not come back");
        hold(line.acknowledged_s >= 0, fault.name + ": nothing was acknowledged afterwards");
    }

    void rest(Steady::time_point until) {
        constexpr auto sample_every = 2s;
        do {
            sample();
            std::this_thread::sleep_until(std::min(until, Steady::now() + sample_every));
        } while (Steady::now() < until && asked_to_end == 0);
        sample();
    }

    void sample() {
        if (samples_.empty() || samples_.back().start != site_.starts()) daemon_began_ = Steady::now();
        samples_.push_back(sample_of(site_, daemon_began_));
    }

    void take_stock(Line& line) {
        line.acknowledged = site_.crowd().acknowledged();
        line.created = site_.crowd().fleet.ledger().count_created();
        line.stored = site_.stored();
        line.last = samples_.back();
        line.peak_kib = site_.daemon().resident_kib("VmHWM");
        hold(static_cast<long>(line.acknowledged) <= line.stored,
             fmt::format("{}: {} acknowledged, {} stored", line.fault, line.acknowledged, line.stored));
        lines_.push_back(line);
        say(to_tsv(line));
        write("soak.tsv", to_tsv(line));
    }

    void judge_growth() {
        const Growth growth = growth_of(samples_, site_.starts());
        say(described(growth) + "\n");
        if (growth.is_long_enough())
            hold(growth.is_flat(), "memory or descriptors rise: " + described(growth));
        else
            say("memory is not judged: that takes 20 minutes of one daemon\n");
    }

    void judge_ledgers() {
        const auto& ledger = site_.crowd().fleet.ledger();
        std::set<Key> expected = chores_->expected();
        expected.merge(ledger.created());
        const auto stored = site_.stored_punches();  // throws if one is there twice
        const auto describe = [](const std::set<Key>& keys) {
            const auto& [serial, time, pin] = *keys.begin();
            return fmt::format("{}, such as {} {} PIN {}", keys.size(), serial, time, pin);
        };
        const auto lost = test::missing(expected, stored);
        const auto strange = test::missing(stored, expected);
        hold(lost.empty(), lost.empty() ? "" : "lost punches: " + describe(lost));
        hold(strange.empty(), strange.empty() ? "" : "punches that nobody made: " + describe(strange));
        const auto feed = Url::decode(fmt::format("http://127.0.0.1:{}", site_.admin_port()));
        const Comparison comparison = compare_with_feed(feed, site_.fleet_options().serial_prefix, ledger);
        hold(comparison.holds() && comparison.created_missing == 0,
             fmt::format("the feed: {} {}", comparison.error, comparison.example));
        say(fmt::format("punches: {} created by terminals that push, {} in files and pulled logs, {} stored\n",
                        ledger.count_created(), expected.size() - ledger.count_created(), stored.size()));
    }

    void judge_terminals() {
        const Totals totals = site_.crowd().fleet.totals();
        const Chores::Counts people = chores_->counts();
        hold(totals.wrong_count + totals.bad_options + totals.bad_polls + totals.commands_twice == 0,
             "a terminal heard what it must not: " + totals.first_complaint);
        say(
            fmt::format("uploads: {} sent, {} acknowledged, {} refused, {} without an answer; polls {}; "
                        "commands {}; records sent again {}\n",
                        totals.posts, totals.acknowledged, totals.refused, totals.no_answer, totals.polls,
                        totals.commands, totals.sent_again));
        say(fmt::format("people: {} files, {} pulls, {} commands taken; {} tries failed\n", people.files, people.pulls,
                        people.commands, people.failed));
        hold(people.files > 0 && people.pulls > 0 && people.commands > 0, "no file, no pull or no command worked");
    }

    const Plan plan_;
    Site site_;
    Random random_;
    Turns turns_;
    std::optional<Chores> chores_;
    std::size_t descriptors_at_rest_ = 0;
    Steady::time_point daemon_began_;
    std::vector<Sample> samples_;
    std::vector<Line> lines_;
    std::vector<std::string> problems_;
};

}  // namespace

TEST_CASE("soak: faults without end, and every punch is stored once") {
    // Whoever ends it early still hears what held so far.
    const auto end = [](int) { asked_to_end = 1; };
    std::signal(SIGINT, end);
    std::signal(SIGTERM, end);
    Soak soak(Plan::from_environment());
    try {
        soak.run();
        soak.finish();
    } catch (const std::exception& error) {
        soak.hold(false, error.what());
    }
    soak.tell();
}
