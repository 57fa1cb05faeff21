// Logging in and out with a browser. What the cookie then is worth, access::Gate knows.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include "daemon/access/sessions.hpp"
#include "daemon/admin/cookie.hpp"
#include "daemon/admin/routes.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::admin {

namespace json = boost::json;

namespace {

struct NameAndPassword {
    std::string name;
    std::string password;
};

std::optional<NameAndPassword> decode_log_in(std::string_view body) {
    boost::system::error_code unreadable;
    const json::value value = json::parse(body, unreadable);
    if (unreadable || !value.is_object() || value.get_object().size() != 2) return std::nullopt;
    const auto* name = value.get_object().if_contains("name");
    const auto* password = value.get_object().if_contains("password");
    if (name == nullptr || password == nullptr || !name->is_string() || !password->is_string()) return std::nullopt;
    return NameAndPassword{std::string(name->get_string()), std::string(password->get_string())};
}

// No script reads it, no other site sends it, and over TLS it never leaves that.
std::string cookie_with(const std::string& secret, std::chrono::seconds lasts, bool secure) {
    return fmt::format("{}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age={}{}", session_cookie, secret, lasts.count(),
                       secure ? "; Secure" : "");
}

}  // namespace

std::string session_in(std::string_view cookies) {
    while (!cookies.empty()) {
        const auto end = cookies.find(';');
        const std::string_view one = trim_blanks(cookies.substr(0, end));
        if (one.size() > session_cookie.size() && one.starts_with(session_cookie) &&
            one[session_cookie.size()] == '=') {
            return std::string(one.substr(session_cookie.size() + 1));
        }
        cookies = end == cookies.npos ? std::string_view() : cookies.substr(end + 1);
    }
    return {};
}

Reply handle_log_in(Context& context, Call call) {
    // A form on another site can send no such type without asking first.
    if (!call.request.content_type.starts_with("application/json")) {
        co_return problem(415, "send the body as Content-Type: application/json");
    }
    auto given = decode_log_in(call.request.body);
    if (!given) co_return problem(422, R"(the body has to be {"name": "…", "password": "…"})");
    const std::string before = session_in(call.request.cookie);
    std::string peer = call.request.peer;
    auto outcome = co_await context.gate.log_in(std::move(given->name), std::move(given->password), std::move(peer));
    if (const auto* refused = std::get_if<access::Gate::Refusal>(&outcome)) co_return refusal(*refused);
    const auto& in = std::get<access::Gate::LoggedIn>(outcome);
    if (!before.empty()) context.gate.log_out(before);
    json::array units;
    for (const auto& unit : in.viewer.units) units.emplace_back(unit);
    const json::object body{{"name", in.name},
                            {"role", access::to_string(in.viewer.role)},
                            {"units", std::move(units)},
                            {"sees_all", in.viewer.sees_all()},
                            {"expires_at", format_utc(in.expires_at)}};
    http::Response response = json_response(200, json::serialize(body));
    response.headers.emplace_back("Set-Cookie",
                                  cookie_with(in.session, access::Sessions::longest, call.request.secure));
    co_return response;
}

// Whoever it was, and if it was nobody any more.
Reply handle_log_out(Context& context, Call call) {
    const std::string session = session_in(call.request.cookie);
    if (!session.empty()) context.gate.log_out(session);
    http::Response response{204, {}, {}, {}};
    response.headers.emplace_back("Set-Cookie", cookie_with({}, std::chrono::seconds(0), call.request.secure));
    co_return response;
}

}  // namespace presensi::admin
