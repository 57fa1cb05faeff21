// Every route × every role × own unit, foreign unit and apel terminal: what docs/access.md promises, asked of a running
// daemon (issue 6, Must show E).
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/admin/routes.hpp"
#include "daemon/open_store.hpp"
#include "tests/end_to_end/callers.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;
namespace json = boost::json;

namespace {

const std::vector<std::string> places{"own unit", "foreign unit", "apel terminal"};
std::vector<std::string> words(const std::string& text, char between) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, between);) {
        const auto from = part.find_first_not_of(' ');
        if (from != part.npos) parts.push_back(part.substr(from, part.find_last_not_of(' ') + 1 - from));
    }
    return parts;
}

struct TableRow {
    std::string method;
    std::string path;
    std::string scope;
    std::map<std::string, std::vector<std::string>> cells;  // by column
};

// The committed table.
std::vector<TableRow> read_table() {
    const std::string page = read_file(PRESENSI_SOURCE_DIR "/docs/access.md");
    const auto begin = page.find("<!-- table of access -->");
    const auto end = page.find("<!-- end of table -->");
    REQUIRE(begin != page.npos);
    REQUIRE(end != page.npos);
    std::vector<TableRow> rows;
    std::vector<std::string> columns;
    for (const std::string& line : words(page.substr(begin, end - begin), '\n')) {
        if (!line.starts_with("| ")) continue;
        const auto cells = words(line, '|');
        if (columns.empty()) {
            columns = cells;
            continue;
        }
        REQUIRE(cells.size() == columns.size());
        const auto route = words(cells[0], ' ');
        REQUIRE(route.size() == 2);
        TableRow row{route[0], route[1], cells[2], {}};
        for (std::size_t i = 3; i < cells.size(); ++i) {
            auto answers = words(cells[i], ' ');
            if (answers.size() == 1) answers.assign(places.size(), answers[0]);
            REQUIRE(answers.size() == places.size());
            row.cells[columns[i]] = answers;
        }
        rows.push_back(row);
    }
    return rows;
}

constexpr const char* own_serial = "TSTOWN1";
constexpr const char* foreign_serial = "TSTFOREIGN1";
const std::string own_unit = "diskominfo";
const std::string foreign_unit = "dinas-contoh";

// Diskominfo with a terminal of its own and the nine apel terminals, another unit, and somebody of every role.
class Office {
public:
    Office() : app_(settings()) {
        const auto port = app_.admin_port();
        create_account(port, "", "root", "super-admin");
        root_ = basic("root", password);
        create_account(port, root_, "other", "reader");
        create_account(port, root_, "admin", "admin", {own_unit});
        create_account(port, root_, "assistant", "assistant", {own_unit});
        create_account(port, root_, "reader", "reader", {own_unit});
        create_account(port, root_, "reader.of.all", "reader");
        for (const char* serial : {own_serial, foreign_serial, "APEL1"}) {
            const auto pushed = exchange(
                app_.terminal_port(), post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", serial),
                                                   "7\t2026-11-20 07:58:30\t0\t1\n"));
            REQUIRE(pushed.body == "OK: 1");
            const auto pull = ask(port, "POST", fmt::format("/api/v1/terminals/{}/pulls", serial), root_);
            REQUIRE(pull.status == 202);
            pulls_.emplace_back(boost::json::parse(pull.body).at("pull").as_string());
            deliveries_.push_back(
                stored_texts(folder_.path(), fmt::format("SELECT d.id FROM delivery d JOIN terminal t ON "
                                                         "t.id = d.terminal_id WHERE t.serial = '{}'",
                                                         serial))
                    .at(0));
            const auto upload = ask(port, "POST", fmt::format("/api/v1/terminals/{}/uploads", serial), root_,
                                    fmt::format("8\t2026-11-19 07:58:0{}\t1\t0\t1\t0\r\n", uploads_.size()));
            REQUIRE(upload.status == 201);
            uploads_.emplace_back(boost::json::parse(upload.body).at("upload").as_string());
        }
    }

    static std::string account_of(const std::string& column) {
        if (column == "nobody") return {};
        if (column == "super-admin") return "root";
        return column == "reader of all" ? "reader.of.all" : column;
    }

    // The path with a thing of that place in it.
    std::string target(const TableRow& row, const std::string& column, std::size_t place) const {
        std::string target;
        for (std::size_t at = 0; at < row.path.size();) {
            const auto open = std::min(row.path.find('{', at), row.path.size());
            target += row.path.substr(at, open - at);
            if (open == row.path.size()) break;
            const auto close = row.path.find('}', open);
            target += value(row, row.path.substr(open + 1, close - open - 1), column, place);
            at = close + 1;
        }
        return target;
    }

    RawResponse call(const std::string& method, const std::string& target, const std::string& column) const {
        return ask(app_.admin_port(), method, target, basic(account_of(column), password));
    }
    std::vector<std::string> apel() const {
        std::vector<std::string> serials;
        for (int i = 1; i <= 9; ++i) serials.push_back(fmt::format("APEL{}", i));
        return serials;
    }
    // An apel terminal because units_file assigns it, and not by its own line of the configuration.
    static constexpr const char* assigned = "APEL10";

private:
    config::Settings settings() const {
        config::Settings settings = RunningApp::settings(folder_.path(), {own_serial, foreign_serial});
        settings.terminals[0].unit = own_unit;
        settings.terminals[1].unit = foreign_unit;
        config::TerminalSettings terminal;
        terminal.serial = assigned;
        terminal.unit = own_unit;
        settings.terminals.push_back(terminal);
        for (const std::string& serial : apel()) {
            terminal.serial = serial;
            terminal.role = config::TerminalRole::apel;
            terminal.portable = true;
            settings.terminals.push_back(terminal);
        }
        add_people(settings);
        return settings;
    }

    // Both units, and one of the own, one of the foreign one, and one of none.
    void add_people(const config::Settings& settings) const {
        const auto store = open_store(settings, true);
        const auto database = store->open_database();
        for (const auto& unit : {own_unit, foreign_unit}) {
            database->execute(
                "INSERT INTO unit (code, name, kind, parent, aliases, valid_from, merged_into, source)"
                " VALUES ($1, $1, 'dinas', '', '[]', '2020-05-04', '', 'test')",
                {unit});
        }
        database->execute(
            "INSERT INTO event (kind, day, opens, closes, place, units, source, recorded_at)"
            " VALUES ('apel', '2026-11-23', '07:00', '08:30', '', '[]', 'test', '2026-11-20T00:00:00.000Z')");
        database->execute(
            "INSERT INTO terminal_assignment (serial, unit, echelon, apel, valid_from, source)"
            " VALUES ($1, '', '', 1, '2026-01-01', 'test'), ($2, $3, '', 1, '2026-01-01', 'test')",
            {std::string(assigned), std::string(own_serial), std::string(own_unit)});
        for (const auto& uuid : people_) {
            database->execute("INSERT INTO person (uuid, name, kind, created_at) VALUES ($1, 'Ana', 'none', $2)",
                              {uuid, "2026-11-20T00:00:00.000Z"});
        }
        for (const auto& [uuid, unit] : {std::pair{people_[0], own_unit}, std::pair{people_[1], foreign_unit}}) {
            database->execute(
                "INSERT INTO unit_membership (person_id, unit, echelon, golongan, jabatan, valid_from)"
                " SELECT id, $2, 'staff', '', '', '2026-01-01' FROM person WHERE uuid = $1",
                {uuid, unit});
        }
    }

    std::string value(const TableRow& row, const std::string& name, const std::string& column,
                      std::size_t place) const {
        if (name == "serial") return std::array{own_serial, foreign_serial, "APEL1"}.at(place);
        if (name == "unit") return place == 0 ? own_unit : foreign_unit;
        if (name == "month") return "2026-10";
        if (name == "file") return row.path.find("vendor") == row.path.npos ? "app.js" : "uPlot.esm.js";
        if (row.path.find("/events/{id}/") != row.path.npos && row.method == "GET") return "1";
        if (row.scope == "account") return place == 0 && column != "nobody" ? account_of(column) : "other";
        if (row.scope != "found") return "nobody";
        // Things of the three places, by the route that finds them.
        if (row.path.starts_with("/api/v1/pulls/")) return pulls_.at(place);
        if (row.path.starts_with("/api/v1/deliveries/")) return deliveries_.at(place);
        if (row.path.starts_with("/api/v1/people/")) return name == "uuid" ? people_.at(place) : "1";
        if (row.path.starts_with("/api/v1/uploads/")) return uploads_.at(place);
        FAIL("this test knows no own and foreign thing for " << row.path);
        return {};
    }

    const std::vector<std::string> people_{"uuid-own", "uuid-foreign", "uuid-nowhere"};  // by place
    TemporaryFolder folder_;
    RunningApp app_;
    std::string root_;
    std::vector<std::string> pulls_;  // by place
    std::vector<std::string> deliveries_;
    std::vector<std::string> uploads_;
};

// What a change without a body, or of a thing that there is not, hears from its handler where it is allowed: the guard
// let it through. Everything that is read is 200. A new route that changes something gets its line here.
int status_of(const TableRow& row) {
    static const std::map<std::string, int> changes{
        {"POST /api/v1/session", 415},
        {"DELETE /api/v1/session", 204},
        {"PATCH /api/v1/terminals/{serial}", 415},
        {"POST /api/v1/terminals/{serial}/commands", 422},
        {"POST /api/v1/terminals/{serial}/completeness", 422},
        {"POST /api/v1/terminals/{serial}/pulls", 202},
        {"POST /api/v1/terminals/{serial}/uploads", 422},
        {"POST /api/v1/people", 422},
        {"POST /api/v1/people/{uuid}/end", 422},
        {"POST /api/v1/people/{uuid}/pins", 422},
        {"POST /api/v1/people/{uuid}/pins/{id}/end", 422},
        {"POST /api/v1/matching", 422},
        {"POST /api/v1/uploads/{id}/approve", 409},
        {"POST /api/v1/uploads/{id}/refuse", 409},
        {"POST /api/v1/periods/{month}/extension", 422},
        {"POST /api/v1/periods/{month}/{unit}/submit", 409},
        {"POST /api/v1/periods/{month}/{unit}/return", 409},
        {"POST /api/v1/periods/{month}/{unit}/freeze", 409},
        {"POST /api/v1/units", 422},
        {"POST /api/v1/events", 415},
        {"POST /api/v1/events/{id}/cancel", 404},
        {"POST /api/v1/holidays", 415},
        {"POST /api/v1/holidays/{id}/cancel", 404},
        {"POST /api/v1/accounts", 415},
        {"POST /api/v1/accounts/{name}/revoke", 404},
        {"POST /api/v1/accounts/{name}/password", 415},
        {"POST /api/v1/tokens", 415},
        {"POST /api/v1/tokens/{name}/revoke", 404},
    };
    const auto change = changes.find(row.method + " " + row.path);
    return change == changes.end() ? 200 : change->second;
}

bool holds_nothing(const json::value& value) {
    if (value.is_array()) return value.get_array().empty();
    if (!value.is_object()) return true;
    const auto& object = value.get_object();
    return std::all_of(object.begin(), object.end(), [](const auto& item) { return holds_nothing(item.value()); });
}

// An attlog text or an empty list says nothing, either.
bool says_nothing(const RawResponse& response) {
    boost::system::error_code none;
    const json::value body = json::parse(response.body, none);
    return none ? response.body.empty() : holds_nothing(body);
}

}  // namespace

TEST_CASE("access: the daemon answers every cell of the table in docs/access.md") {
    const auto table = read_table();
    CHECK(table.size() == admin::routes().size());
    const Office office;
    int asked = 0;
    for (const auto& row : table) {
        for (const auto& cell : row.cells) {
            const std::string& column = cell.first;
            const auto& answers = cell.second;
            for (std::size_t place = 0; place < places.size(); ++place) {
                if (answers[place] == "-") continue;
                // The same for every place: those are asked for below.
                if (place > 0 && row.path.find('{') == row.path.npos) continue;
                const std::string target = office.target(row, column, place);
                CAPTURE(row.method);
                CAPTURE(target);
                CAPTURE(column);
                CAPTURE(places[place]);
                // A stream does not end; its head says as much.
                const bool streams = row.path == "/api/v1/live" && answers[place] == "yes";
                const std::string method = streams ? "HEAD" : row.method;
                const auto response = office.call(method, target, column);
                CAPTURE(response.body);
                ++asked;
                if (answers[place] == "yes") {
                    CHECK(response.status == status_of(row));
                } else if (answers[place] == "no") {
                    CHECK(response.status == 403);
                } else {
                    CHECK(answers[place] == "401");
                    CHECK(response.status == 401);
                    CHECK(response.header("WWW-Authenticate") == "Basic realm=\"Presensi Gateway\", charset=\"UTF-8\"");
                    CHECK(response.head.find("WWW-Authenticate: Bearer") != std::string::npos);
                }
            }
        }
    }
    CHECK(asked > 400);
}

TEST_CASE("access: a list that is asked for a foreign unit or terminal refuses, or holds nothing") {
    const Office office;
    int refused = 0;
    for (const auto& route : admin::routes()) {
        if (route.scope != access::Scope::any || route.method != "GET") continue;
        const auto known = words(std::string(route.parameters), ' ');
        for (const auto& [parameter, values] :
             {std::pair<std::string, std::vector<std::string>>{"unit", {own_unit, foreign_unit}},
              {"terminal", {own_serial, foreign_serial, "APEL1"}}}) {
            if (std::find(known.begin(), known.end(), parameter) == known.end()) continue;
            const TableRow row{std::string(route.method), std::string(route.path), "any", {}};
            for (std::size_t place = 0; place < values.size(); ++place) {
                for (const char* column : {"super-admin", "reader of all", "admin", "assistant", "reader"}) {
                    const std::string target =
                        office.target(row, column, place) + "?" + parameter + "=" + values[place];
                    CAPTURE(target);
                    CAPTURE(column);
                    const auto response = office.call("GET", target, column);
                    CAPTURE(response.body);
                    const bool sees_all =
                        std::string(column) == "super-admin" || std::string(column) == "reader of all";
                    if (sees_all || place == 0) {
                        CHECK(response.status == 200);
                        continue;
                    }
                    ++refused;
                    CHECK((response.status == 403 || (response.status == 200 && says_nothing(response))));
                }
            }
        }
    }
    CHECK(refused >= 3 * 20);
}

TEST_CASE("access: nobody of SKPD Diskominfo but a super-admin may touch the nine, or what is assigned like them") {
    const Office office;
    int refused = 0;
    for (const auto& row : read_table()) {
        if (row.path.find("{serial}") == row.path.npos) continue;
        auto serials = office.apel();
        serials.emplace_back(Office::assigned);
        for (const std::string& serial : serials) {
            std::string target = row.path;
            target.replace(target.find("{serial}"), 8, serial);
            CAPTURE(row.method);
            CAPTURE(target);
            for (const char* column : {"admin", "assistant", "reader"}) {
                CAPTURE(column);
                CHECK(office.call(row.method, target, column).status == 403);
                ++refused;
            }
            CHECK(office.call(row.method, target, "super-admin").status != 403);
        }
    }
    CHECK(refused >= 10 * 3 * 11);
    for (const char* column : {"admin", "assistant", "reader"}) {
        CAPTURE(column);
        CHECK(office.call("GET", "/api/v1/terminals", column).body.find("APEL") == std::string::npos);
        CHECK(office.call("GET", "/api/v1/terminals", column).body.find(own_serial) != std::string::npos);
        CHECK(office.call("GET", "/api/v1/punches", column).body.find("APEL") == std::string::npos);
    }
}
