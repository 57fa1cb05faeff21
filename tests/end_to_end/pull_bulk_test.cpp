// Logs as large as a terminal's memory, without a store: every record right, not only their number.
#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "daemon/pull/visit.hpp"
#include "tests/end_to_end/pulled_terminals.hpp"

using namespace presensi;
using namespace presensi::test;

namespace {

constexpr std::size_t many = 100'000;

pull::Outcome visit(const PulledTerminal& terminal, zk4370::Transport transport) {
    zk4370::PullRequest request;
    request.this_year = 2026;
    request.attendance = true;
    boost::asio::io_context io;
    pull::Visit::Where where{{{"127.0.0.1", terminal.port()}}, std::nullopt, transport};
    pull::Visit visit(io, where, request, {});
    pull::Outcome found;
    boost::asio::co_spawn(io, visit.run(),
                          [&](const std::exception_ptr&, pull::Outcome outcome) { found = std::move(outcome); });
    io.run();
    return found;
}

// The short records have none.
std::optional<std::string> work_code_of(const ZkPunch& punch, ZkLayout layout) {
    if (size_of(layout) == 8) return std::nullopt;
    return std::to_string(punch.work_code);
}

}  // namespace

TEST_CASE("100,000 records of each layout by TCP and by UDP: every record is right") {
    for (const char* layout : {"8a", "8b", "16", "22", "40", "49"}) {
        ZkShape shape;
        shape.layout = *zk_layout(layout);
        PulledTerminal terminal({}, shape);
        const auto log = punches(many, shape.layout);
        terminal.machine().set_log(log);
        for (const auto transport : {zk4370::Transport::tcp, zk4370::Transport::udp}) {
            CAPTURE(std::string(layout));
            CAPTURE(static_cast<int>(transport));
            const pull::Outcome outcome = visit(terminal, transport);
            CAPTURE(outcome.result.failure ? outcome.result.failure->sentence : std::string());
            REQUIRE(outcome.result.attendance);
            CHECK(outcome.endpoint.transport == transport);
            const auto& pulled = outcome.result.attendance->batch.punches;
            REQUIRE(pulled.size() == many);
            CHECK(outcome.result.attendance->batch.rejects.empty());
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < many; ++i) {
                wrong += pulled[i].pin != log[i].pin || pulled[i].device_time != log[i].time ||
                         pulled[i].state != log[i].state || pulled[i].verify != log[i].verify ||
                         pulled[i].work_code != work_code_of(log[i], shape.layout);
            }
            CHECK(wrong == 0);
        }
    }
}
