#include "tests/soak/chores.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <array>

#include "tests/support/raw_http.hpp"

namespace presensi::soak {

using namespace presensi::test;
using namespace presensi::terminals;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

// Of the n-th line of the file.
StoredPunch punch_of_file(std::size_t n) {
    const std::size_t second = n * 7;
    return {serial_of_files,
            fmt::format("2026-11-{:02}T{:02}:{:02}:{:02}", 1 + second / 86'400, second / 3600 % 24, second / 60 % 60,
                        second % 60),
            std::to_string(1 + n % 200)};
}

std::string line_of_file(std::size_t n) {
    auto [serial, time, pin] = punch_of_file(n);
    time[10] = ' ';
    return fmt::format("{}\t{}\t1\t0\t1\t0\r\n", pin, time);
}

// Status 0 where nobody answers.
RawResponse ask(std::uint16_t port, const std::string& request) {
    try {
        return test::exchange(port, request);
    } catch (const std::runtime_error&) {
        return {};
    }
}

}  // namespace

Chores::Chores(Site& site, const Plan& plan)
    : site_(site), plan_(plan), random_(plan.seed + 1), thread_([this] { run(); }) {}

void Chores::stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

Chores::Counts Chores::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

void Chores::note(bool worked, unsigned Counts::*counter) {
    const std::lock_guard lock(mutex_);
    ++(counts_.*(worked ? counter : &Counts::failed));
}

void Chores::run() {
    const auto pause = std::chrono::milliseconds(plan_.period) / 3;
    while (!stopping_) {
        const auto next = std::chrono::steady_clock::now() + pause;
        round();
        while (!stopping_ && std::chrono::steady_clock::now() < next) std::this_thread::sleep_for(50ms);
    }
}

void Chores::round() {
    lines_of_file_ += 10;
    records_of_pulled_ += 10;
    for (const auto& terminal : site_.pulled) terminal->machine().set_log(punches(records_of_pulled_));
    note(bring_file(), &Counts::files);
    note(pull(*site_.pulled[random_() % site_.pulled.size()]), &Counts::pulls);
    note(queue_command(), &Counts::commands);
}

// As a USB stick holds it: everything since the first day.
bool Chores::bring_file() {
    std::string file;
    for (std::size_t n = 0; n < lines_of_file_; ++n) file += line_of_file(n);
    const auto target = fmt::format("/api/v1/terminals/{}/uploads", serial_of_files);
    return ask(site_.admin_port(), post_request(target, file)).status == 201;
}

// False: it failed, or nothing more is heard of it, because another daemon answers now.
bool Chores::pull(const PulledTerminal& terminal) {
    const auto begun = ask(site_.admin_port(), post_request("/api/v1/terminals/" + terminal.serial() + "/pulls", ""));
    if (begun.status != 202) return false;
    const std::string id(json::parse(begun.body).at("pull").as_string());
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(200ms);
        const auto answer = ask(site_.admin_port(), get_request("/api/v1/pulls/" + id));
        if (answer.status != 200) return false;
        const auto state = json::parse(answer.body).at("state").as_string();
        if (state == "done" || state == "failed") return state == "done";
    }
    return false;
}

bool Chores::queue_command() {
    const std::array<std::string, 5> bodies{
        R"({"command": "INFO"})", R"({"command": "CHECK"})",
        R"({"command": "VERIFY SUM ATTLOG", "from": "2026-01-01T00:00:00", "to": "2027-12-31T23:59:59"})",
        R"({"command": "DATA QUERY ATTLOG", "from": "2026-01-01T00:00:00", "to": "2027-12-31T23:59:59"})",
        R"({"command": "REBOOT", "reason": "soak"})"};
    const auto terminal = serial_of(site_.fleet_options(), static_cast<int>(random_() % plan_.terminals));
    return ask(site_.admin_port(),
               post_request("/api/v1/terminals/" + terminal + "/commands", bodies[random_() % bodies.size()]))
               .status == 202;
}

bool Chores::finish(std::chrono::seconds at_most) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    const auto until_it_works = [&](const auto& work) {
        while (!work()) {
            if (std::chrono::steady_clock::now() > until) return false;
            std::this_thread::sleep_for(500ms);
        }
        return true;
    };
    bool all = until_it_works([&] { return bring_file(); });
    for (const auto& terminal : site_.pulled) all = until_it_works([&] { return pull(*terminal); }) && all;
    return all;
}

std::set<StoredPunch> Chores::expected() const {
    std::set<StoredPunch> rows;
    for (std::size_t n = 0; n < lines_of_file_; ++n) rows.insert(punch_of_file(n));
    for (const auto& terminal : site_.pulled) rows.merge(terminal->expected());
    return rows;
}

}  // namespace presensi::soak
