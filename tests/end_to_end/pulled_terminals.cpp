#include "tests/end_to_end/pulled_terminals.hpp"

#include <doctest/doctest.h>

#include <boost/asio/post.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include "tests/support/raw_http.hpp"

namespace presensi::test {

using namespace std::chrono_literals;

PulledTerminal::PulledTerminal(ZkIdentity identity, ZkShape shape, ZkFaults faults, ZkLine line)
    : machine_(std::move(identity), shape, faults),
      terminal_(std::make_unique<ZkTerminal>(io_, machine_, std::move(line))),
      thread_([this] { io_.run(); }) {
    machine_.set_users(users());
}

PulledTerminal::~PulledTerminal() {
    boost::asio::post(io_, [this] {
        terminal_->stop();
        io_.stop();
    });
    thread_.join();
}

std::set<StoredPunch> PulledTerminal::expected() const {
    std::set<StoredPunch> rows;
    for (const auto& punch : machine_.log()) {
        const auto day = std::chrono::floor<std::chrono::days>(punch.time);
        const std::chrono::year_month_day date{day};
        const std::chrono::hh_mm_ss time{punch.time - day};
        rows.emplace(serial(),
                     fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 time.hours().count(), time.minutes().count(), time.seconds().count()),
                     punch.pin);
    }
    return rows;
}

std::vector<ZkPunch> punches(std::size_t count, ZkLayout layout) {
    const auto first = std::chrono::local_days(std::chrono::year{2026} / 11 / 2) + 7h;
    std::vector<ZkPunch> log;
    log.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        ZkPunch punch;
        punch.slot = static_cast<std::uint16_t>(1 + i * 7 % 40);
        punch.pin = std::to_string(1000 + punch.slot);
        punch.time = first + std::chrono::seconds(i * 11);
        punch.state = static_cast<int>(i % 2);
        punch.verify = layout == ZkLayout::b8 ? 1 : 15;
        if (size_of(layout) > 8) punch.work_code = static_cast<std::uint32_t>(i % 7 * 1000);
        log.push_back(std::move(punch));
    }
    return log;
}

std::vector<ZkUser> users() {
    std::vector<ZkUser> list;
    for (int i = 1; i <= 40; ++i) {
        ZkUser user;
        user.slot = static_cast<std::uint16_t>(i);
        user.pin = std::to_string(1000 + i);
        user.name = fmt::format("Pegawai {}", i);
        user.password = "73914628";
        user.card = 0x53434152;
        list.push_back(std::move(user));
    }
    return list;
}

config::TerminalSettings pulled(const std::string& serial, std::uint16_t port) {
    config::TerminalSettings terminal;
    terminal.serial = serial;
    terminal.pull.emplace();
    terminal.pull->address = "127.0.0.1";
    terminal.pull->port = port;
    return terminal;
}

std::string pull(std::uint16_t admin_port, const std::string& serial, const std::string& body) {
    const auto begun = test::exchange(admin_port, post_request("/api/v1/terminals/" + serial + "/pulls", body));
    REQUIRE(begun.status == 202);
    const auto id = std::string(boost::json::parse(begun.body).at("pull").as_string());
    const auto until = std::chrono::steady_clock::now() + 240s;
    while (std::chrono::steady_clock::now() < until) {
        const auto answer = http_get(admin_port, "/api/v1/pulls/" + id);
        REQUIRE(answer.status == 200);
        const auto state = boost::json::parse(answer.body).at("state").as_string();
        if (state == "done" || state == "failed") return answer.body;
        std::this_thread::sleep_for(20ms);
    }
    return "{}";
}

}  // namespace presensi::test
