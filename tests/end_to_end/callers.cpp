#include "tests/end_to_end/callers.hpp"

#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include "daemon/admin/json_text.hpp"

namespace presensi::test {

namespace json = boost::json;

std::string basic(std::string_view name, std::string_view secret) {
    if (name.empty()) return {};
    return fmt::format("Authorization: Basic {}\r\n", admin::base64(fmt::format("{}:{}", name, secret)));
}

std::string bearer(std::string_view token) { return fmt::format("Authorization: Bearer {}\r\n", token); }

RawResponse ask(std::uint16_t port, std::string_view method, std::string_view target, std::string_view headers,
                std::string_view body) {
    const std::string type = body.empty() ? "" : "Content-Type: application/json\r\n";
    return test::exchange(port, fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{}{}"
                                            "Content-Length: {}\r\n\r\n{}",
                                            method, target, headers, type, body.size(), body));
}

namespace {

json::object holder(const std::string& name, const std::string& role, const std::vector<std::string>& units) {
    json::array list;
    for (const auto& unit : units) list.emplace_back(unit);
    return {{"name", name}, {"role", role}, {"units", std::move(list)}};
}

}  // namespace

void create_account(std::uint16_t port, std::string_view headers, const std::string& name, const std::string& role,
                    const std::vector<std::string>& units) {
    json::object body = holder(name, role, units);
    body["password"] = password;
    body["mandate_number"] = "800/17/2026";
    body["mandate_date"] = "2026-10-01";
    body["mandate_signer"] = "Kepala Dinas Contoh";
    const auto created = ask(port, "POST", "/api/v1/accounts", headers, json::serialize(body));
    CAPTURE(created.body);
    REQUIRE(created.status == 201);
}

std::string create_token(std::uint16_t port, std::string_view headers, const std::string& name, const std::string& role,
                         const std::vector<std::string>& units) {
    const auto created = ask(port, "POST", "/api/v1/tokens", headers, json::serialize(holder(name, role, units)));
    CAPTURE(created.body);
    REQUIRE(created.status == 201);
    return std::string(json::parse(created.body).at("token").as_string());
}

}  // namespace presensi::test
