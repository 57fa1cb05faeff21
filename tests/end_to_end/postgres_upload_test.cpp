// Two daemons on one PostgreSQL decide about the same file.
#include <doctest/doctest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <string>
#include <thread>

#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;

namespace {

constexpr const char* terminal = "TST7240100001";

int ask(std::uint16_t port, const std::string& request, const std::string& source) {
    RawConnection connection(port, source);
    connection.send(request);
    return connection.receive().status;
}

}  // namespace

TEST_CASE("one daemon approves while the other refuses: what counts is what was decided, and by whom") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {terminal});
    settings.uploads.second_approval = config::SecondApproval::always;
    RunningApp one(settings, "2026-11-23T01:00:00Z");
    RunningApp two(settings, "2026-11-23T01:00:00Z");
    constexpr int rounds = 40;
    constexpr int rows = 20;
    int approved = 0;
    for (int round = 0; round < rounds; ++round) {
        std::string bytes;
        for (int i = 0; i < rows; ++i)
            bytes += fmt::format("{:>9}\t2026-11-20 07:30:{:02}\t1\t0\t1\t0\r\n", 1000 + round, i);
        const auto brought =
            exchange(one.admin_port(), post_request(fmt::format("/api/v1/terminals/{}/uploads", terminal), bytes));
        REQUIRE(brought.status == 202);
        const std::string id(boost::json::parse(brought.body).at("upload").as_string());
        int approval = 0;
        int refusal = 0;
        {
            std::jthread approves([&] {
                approval = ask(one.admin_port(), post_request("/api/v1/uploads/" + id + "/approve", ""), "127.0.0.2");
            });
            std::jthread refuses([&] {
                std::this_thread::sleep_for(std::chrono::milliseconds(round % 8));
                refusal = ask(two.admin_port(),
                              post_request("/api/v1/uploads/" + id + "/refuse", R"({"reason":"forged"})"), "127.0.0.3");
            });
        }
        CAPTURE(round);
        const bool taken =
            stored_texts(state.path(), "SELECT state FROM upload WHERE id = " + id).at(0) == std::string("taken");
        approved += taken ? 1 : 0;
        CHECK(approval == (taken ? 200 : 409));
        CHECK(refusal == (taken ? 409 : 200));
        CHECK(count_rows(state.path(), fmt::format("punch WHERE pin = '{}'", 1000 + round)) == (taken ? rows : 0));
        CHECK(stored_texts(state.path(), "SELECT decided_by FROM upload WHERE id = " + id).at(0) ==
              (taken ? "anonymous@127.0.0.2" : "anonymous@127.0.0.3"));
    }
    CHECK(count_rows(state.path(), "audit WHERE action = 'upload.approve'") == approved);
    CHECK(count_rows(state.path(), "audit WHERE action = 'upload.refuse'") == rounds - approved);
    MESSAGE(approved << " of " << rounds << " were approved first");
}
