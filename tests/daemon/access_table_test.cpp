#include <doctest/doctest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "daemon/admin/access_table.hpp"
#include "daemon/admin/routes.hpp"
#include "tests/support/daemon_process.hpp"

using namespace presensi;

namespace {

const std::string begin_mark = "<!-- table of access -->\n";
const std::string end_mark = "<!-- end of table -->";

}  // namespace

TEST_CASE("the table of access in docs/access.md is that of the routes") {
    const std::string file = PRESENSI_SOURCE_DIR "/docs/access.md";
    std::string page = test::read_file(file);
    const auto begin = page.find(begin_mark);
    const auto end = page.find(end_mark);
    REQUIRE(begin != std::string::npos);
    REQUIRE(end != std::string::npos);
    const auto from = begin + begin_mark.size();
    if (std::getenv("PRESENSI_REGENERATE") != nullptr) {
        page.replace(from, end - from, admin::access_table());
        test::write_file(file, page);
        return;
    }
    CHECK(page.substr(from, end - from) == admin::access_table());
}

TEST_CASE("every route says what its scope is about") {
    using access::Scope;
    for (const auto& route : admin::routes()) {
        CAPTURE(route.path);
        const auto names = [&](const char* name) { return route.path.find(name) != route.path.npos; };
        if (route.scope == Scope::terminal) CHECK(names("{serial}"));
        if (route.scope == Scope::unit) CHECK(names("{unit}"));
        if (route.scope == Scope::account) CHECK(names("{name}"));
        if (route.scope == Scope::found) CHECK(names("{"));
        if (route.scope == Scope::open) {
            const std::set<std::string_view> without_data{"/",        "/assets/{file}", "/assets/vendor/{file}",
                                                          "/healthz", "/readyz",        "/api/v1/session"};
            CHECK(without_data.contains(route.path));
        }
        // Nobody touches a terminal or a unit without being asked whose it is.
        if (names("{serial}")) CHECK((route.scope == Scope::terminal || route.scope == Scope::whole));
        if (names("{unit}")) CHECK((route.scope == Scope::unit || route.scope == Scope::whole));
    }
}
