// presensi-terminals: simulated terminals for demos, tests and load.

#include <CLI/CLI.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <functional>

#include "tests/terminals/comparison.hpp"
#include "tests/terminals/fleet.hpp"
#include "tests/terminals/serve4370.hpp"

namespace presensi::terminals {
namespace {

constexpr double patience = 30;  // seconds for what waits when nothing new is created any more

struct Arguments {
    FleetOptions fleet;
    Url feed;
    bool compare = true;
    bool approve_first = false;
    bool quiet = false;
    double seconds = 600;
    std::string ledger_file;
};

void set_fault(Faults& faults, const std::string& word) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    const auto digits = equals == word.npos ? std::string_view() : std::string_view(word).substr(equals + 1);
    int percent = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), percent);
    if (error != std::errc() || end != digits.data() + digits.size()) percent = -1;
    int* target = name == "cut"         ? &faults.cut
                  : name == "lost"      ? &faults.lost
                  : name == "duplicate" ? &faults.duplicate
                  : name == "clock"     ? &faults.clock
                  : name == "poll"      ? &faults.poll
                  : name == "late"      ? &faults.late_result
                  : name == "result"    ? &faults.lost_result
                                        : nullptr;
    if (target == nullptr || percent < 0 || percent > 100) {
        throw std::runtime_error(word + ": write faults as cut=5,lost=5,duplicate=5,clock=1 (percent)");
    }
    *target = percent;
}

std::chrono::local_days day_of(const std::string& text) {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    const std::chrono::year_month_day date =
        std::sscanf(text.c_str(), "%d-%u-%u", &year, &month, &day) == 3
            ? std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)
            : std::chrono::year_month_day{};
    if (!date.ok()) throw std::runtime_error(text + ": write the date as 2026-11-20");
    return std::chrono::local_days{date};
}

float percentile(std::vector<float>& values, double part) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1, static_cast<std::size_t>(part * static_cast<double>(values.size())))];
}

// Unknown terminals have to call before they can be approved.
void approve_all(const Arguments& arguments) {
    for (int i = 0; i < arguments.fleet.terminals; ++i) {
        const std::string serial = serial_of(arguments.fleet, i);
        boost::asio::io_context io;
        HttpClient client(io, arguments.fleet.server, "");
        std::string hello = handshake_request(Profile::senseface, serial);
        boost::asio::co_spawn(io, client.exchange(std::move(hello)), [](const std::exception_ptr&, const Answer&) {});
        io.run();
        if (const auto problem = approve(arguments.feed, serial); !problem.empty()) throw std::runtime_error(problem);
    }
}

int run(Arguments& arguments) {
    if (arguments.approve_first) approve_all(arguments);
    Feed before;
    if (arguments.compare) {
        // A store with millions of punches takes a minute.
        if (!arguments.quiet) fmt::print("reading what the feed holds already\n");
        std::fflush(stdout);
        before = read_feed(arguments.feed, arguments.fleet.serial_prefix);
    }
    if (!before.error.empty()) throw std::runtime_error(before.error + " (--no-compare does without it)");
    boost::asio::io_context io;
    Fleet fleet(io, arguments.fleet);
    fleet.start();

    const auto started = std::chrono::steady_clock::now();
    const auto passed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    };
    boost::asio::steady_timer ticker(io);
    boost::asio::signal_set signals(io, SIGINT, SIGTERM);
    // The first signal, or the end of the time: nothing new, but what waits may still arrive. The second: the end.
    int interruptions = 0;
    double give_up = arguments.seconds + patience;
    std::function<void()> listen = [&] {
        signals.async_wait([&](const boost::system::error_code& cancelled, int) {
            if (cancelled) return;
            ++interruptions;
            give_up = std::min(give_up, passed() + patience);
            listen();
        });
    };
    listen();
    int ticks = 0;
    std::function<void()> tick = [&] {
        ticker.expires_after(std::chrono::milliseconds(100));
        ticker.async_wait([&](const boost::system::error_code& cancelled) {
            if (cancelled) return;
            if (interruptions > 0 || passed() > arguments.seconds) fleet.stop_creating();
            const bool done = fleet.settled() && (!arguments.fleet.stay || passed() > arguments.seconds);
            if (done || interruptions > 1 || passed() > give_up) {
                fleet.stop();
                boost::system::error_code ignored;
                signals.cancel(ignored);
                return;
            }
            if (++ticks % 30 == 0 && !arguments.quiet) {
                const auto totals = fleet.totals();
                fmt::print("{:6.1f} s  {} uploads acknowledged, {} records wait\n", passed(), totals.acknowledged,
                           fleet.ledger().open());
                std::fflush(stdout);
            }
            tick();
        });
    };
    tick();
    io.run();

    const double seconds = passed();
    Totals totals = fleet.totals();
    const auto created = fleet.ledger().created();
    const auto acknowledged = fleet.ledger().acknowledged();
    if (!arguments.ledger_file.empty()) {
        std::FILE* file = std::fopen(arguments.ledger_file.c_str(), "w");
        if (file == nullptr) throw std::runtime_error(arguments.ledger_file + " cannot be written");
        for (const auto& key : created) {
            fmt::print(file, "{}\t{}\t{}\t{}\n", std::get<0>(key), std::get<1>(key), std::get<2>(key),
                       acknowledged.contains(key) ? "acknowledged" : "open");
        }
        std::fclose(file);
    }
    fmt::print("terminals {}   seconds {:.1f}   seed {}\n", arguments.fleet.terminals, seconds, arguments.fleet.seed);
    fmt::print("punches   created {}   acknowledged {}\n", created.size(), acknowledged.size());
    fmt::print("uploads   sent {}   acknowledged {}   refused {}   no answer {}   polls {}\n", totals.posts,
               totals.acknowledged, totals.refused, totals.no_answer, totals.polls);
    fmt::print("faults    cut {}   answers lost {}   sent again {}\n", totals.cut, totals.lost, totals.duplicates);
    fmt::print("commands  executed {}   results taken {}   records sent again {}   harmful repetitions {}\n",
               totals.commands, totals.results, totals.sent_again, totals.commands_twice);
    fmt::print("answer    p50 {:.2f} ms   p99 {:.2f} ms   max {:.2f} ms\n", percentile(totals.milliseconds, 0.5),
               percentile(totals.milliseconds, 0.99), percentile(totals.milliseconds, 1));
    bool good =
        totals.wrong_count == 0 && totals.bad_options == 0 && totals.bad_polls == 0 && totals.commands_twice == 0;
    if (!good)
        fmt::print("WRONG     {} wrong counts, {} bad option blocks, {} bad answers to polls; first: {}\n",
                   totals.wrong_count, totals.bad_options, totals.bad_polls, totals.first_complaint);
    if (!fleet.settled()) {
        fmt::print("WRONG     {} records were not acknowledged in time\n", fleet.ledger().open());
        good = false;
    }
    if (arguments.compare) {
        const Comparison comparison =
            compare_with_feed(arguments.feed, arguments.fleet.serial_prefix, fleet.ledger(), before.punches);
        if (!comparison.error.empty()) fmt::print("WRONG     {}\n", comparison.error);
        fmt::print(
            "feed      stored {}   there before {}   acknowledged but missing {}   never created {}   seen twice {}   "
            "changed {}\n",
            comparison.stored, comparison.before, comparison.acknowledged_missing, comparison.never_created,
            comparison.seen_twice, comparison.changed);
        if (!comparison.example.empty()) fmt::print("WRONG     {}\n", comparison.example);
        good = good && comparison.holds() && (comparison.created_missing == 0 || !fleet.settled());
    }
    fmt::print("{}\n", good ? "everything that was acknowledged is stored, once" : "NOT GOOD");
    return good ? 0 : 1;
}

}  // namespace
}  // namespace presensi::terminals

int main(int argc, char** argv) {
    using namespace presensi::terminals;
    Arguments arguments;
    std::string url = "http://127.0.0.1:8081";
    std::string feed = "http://127.0.0.1:8080";
    std::vector<std::string> profiles{"x100c", "senseface", "mb10"};
    std::vector<std::string> faults;
    std::string scenario = "morning";
    std::string date;
    int zone_minutes = 480;
    long outage = 0;
    long error_delay = 200;
    bool no_compare = false;

    CLI::App app{
        "presensi-terminals: simulated terminals with a ledger of what they created and what was acknowledged"};
    app.require_subcommand(1);
    auto* push = app.add_subcommand("push", "terminals that push (ADMS over HTTP)");
    push->add_option("--url", url, "terminal listener")->capture_default_str();
    push->add_option("--feed", feed, "admin listener, for the comparison at the end")->capture_default_str();
    push->add_flag("--no-compare", no_compare, "do not read the feed at the end");
    push->add_flag("--approve", arguments.approve_first, "let each terminal call and approve it first");
    push->add_option("--terminals", arguments.fleet.terminals)->check(CLI::Range(1, 100'000))->capture_default_str();
    push->add_option("--employees", arguments.fleet.employees)->check(CLI::Range(1, 10'000'000))->capture_default_str();
    push->add_option("--profile", profiles, "x100c, senseface, mb10; several by turns")
        ->delimiter(',')
        ->check(CLI::IsMember({"x100c", "senseface", "mb10"}))
        ->capture_default_str();
    push->add_option("--scenario", scenario, "morning, catch-up, trickle, portable")
        ->check(CLI::IsMember({"morning", "catch-up", "trickle", "portable"}))
        ->capture_default_str();
    push->add_option("--speed", arguments.fleet.speed, "simulated seconds per second; 0: as fast as it goes")
        ->capture_default_str();
    push->add_option("--outage", outage, "seconds (simulated) without network from 07:40 on, for every third terminal")
        ->capture_default_str();
    push->add_option("--outage-every", arguments.fleet.outage_every, "… for every n-th terminal")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    push->add_flag("--forget-outage", arguments.fleet.forgets_outage,
                   "what is recorded during the outage is sent only when the server asks for it");
    push->add_option("--unknown-commands", arguments.fleet.unknown_commands,
                     "verbs that the terminals do not know, such as 'VERIFY SUM ATTLOG'")
        ->delimiter(',');
    push->add_option("--absent", arguments.fleet.absent, "so many of the portable ones stay away")
        ->capture_default_str();
    push->add_option("--moved", arguments.fleet.moved, "so many of the portable ones come back with another address")
        ->capture_default_str();
    push->add_flag("--stay", arguments.fleet.stay, "go on polling, and obeying, for --seconds");
    push->add_option("--records", arguments.fleet.records, "stored records per terminal, for catch-up")
        ->capture_default_str();
    push->add_option("--batch", arguments.fleet.batch, "lines per upload; 0: as the family does")
        ->capture_default_str();
    push->add_option("--faults", faults,
                     "cut, lost, duplicate, clock, and of commands poll, late, result: cut=5,poll=10 in percent")
        ->delimiter(',');
    push->add_option("--date", date, "day of the simulation, 2026-11-20; default: today");
    push->add_option("--time-zone-offset", zone_minutes, "minutes east of UTC, where the terminals stand")
        ->capture_default_str();
    push->add_option("--serial-prefix", arguments.fleet.serial_prefix)->capture_default_str();
    push->add_option("--seed", arguments.fleet.seed)->capture_default_str();
    push->add_option("--seconds", arguments.seconds,
                     "create nothing more after this long; what waits then has 30 s to arrive")
        ->capture_default_str();
    push->add_option("--error-delay", error_delay, "milliseconds between tries")->capture_default_str();
    push->add_option("--connections-from", arguments.fleet.sources, "loopback addresses to come from")
        ->check(CLI::Range(1, 250))
        ->capture_default_str();
    push->add_flag("--keep-alive", arguments.fleet.keep_alive, "keep connections, as a proxy does");
    push->add_option("--ledger", arguments.ledger_file, "write the ledger to this file at the end");
    push->add_flag("--quiet", arguments.quiet);
    const auto serve4370 = add_serve4370(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    try {
        if (!push->parsed()) return serve4370();
        arguments.fleet.server = Url::decode(url);
        arguments.feed = Url::decode(feed);
        arguments.compare = !no_compare;
        arguments.fleet.profiles.clear();
        for (const auto& name : profiles) arguments.fleet.profiles.push_back(*profile_of(name));
        for (const auto& fault : faults) set_fault(arguments.fleet.faults, fault);
        arguments.fleet.scenario = scenario == "morning"    ? Scenario::morning
                                   : scenario == "portable" ? Scenario::portable
                                   : scenario == "catch-up" ? Scenario::catch_up
                                                            : Scenario::trickle;
        arguments.fleet.outage = std::chrono::seconds(outage);
        arguments.fleet.error_delay = std::chrono::milliseconds(error_delay);
        arguments.fleet.zone = std::chrono::minutes(zone_minutes);
        const auto today = std::chrono::system_clock::now() + std::chrono::minutes(zone_minutes);
        arguments.fleet.date =
            date.empty() ? std::chrono::local_days{std::chrono::floor<std::chrono::days>(today).time_since_epoch()}
                         : day_of(date);
        return run(arguments);
    } catch (const std::exception& error) {
        fmt::print(stderr, "presensi-terminals: {}\n", error.what());
        return 1;
    }
}
