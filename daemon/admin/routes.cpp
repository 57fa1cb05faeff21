#include "daemon/admin/routes.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>

#include "daemon/admin/cookie.hpp"
#include "daemon/admin/json_text.hpp"
#include "daemon/log.hpp"
#include "protocol/pin.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::admin {

using access::Right;
using access::Scope;

namespace {

constexpr auto table = std::to_array<Route>({
    {"GET", "/", handle_page, "lang", Right::read, Scope::open},
    {"GET", "/assets/{file}", handle_asset, "", Right::read, Scope::open},
    {"GET", "/assets/vendor/{file}", handle_asset, "", Right::read, Scope::open},
    {"GET", "/healthz", handle_healthz, "", Right::read, Scope::open},
    {"GET", "/readyz", handle_readyz, "", Right::read, Scope::open},
    {"GET", "/metrics", handle_metrics, "", Right::read, Scope::whole},
    {"POST", "/api/v1/session", handle_log_in, "", Right::read, Scope::open},
    {"DELETE", "/api/v1/session", handle_log_out, "", Right::read, Scope::open},
    {"GET", "/api/v1/live", handle_live, "", Right::read, Scope::any},
    {"GET", "/api/v1/status", handle_status, "", Right::read, Scope::any},
    {"GET", "/api/v1/terminals", handle_terminals, "", Right::read, Scope::any},
    {"GET", "/api/v1/terminals/{serial}", handle_terminal, "", Right::read, Scope::terminal},
    {"PATCH", "/api/v1/terminals/{serial}", handle_terminal_change, "", Right::oversee, Scope::whole},
    {"GET", "/api/v1/terminals/{serial}/minutes", handle_terminal_minutes, "date", Right::read, Scope::terminal},
    {"GET", "/api/v1/terminals/{serial}/deliveries", handle_terminal_deliveries, "limit", Right::read, Scope::terminal},
    {"GET", "/api/v1/terminals/{serial}/events", handle_terminal_events, "before limit", Right::read, Scope::terminal},
    {"GET", "/api/v1/terminals/{serial}/commands", handle_commands, "limit", Right::read, Scope::terminal},
    {"POST", "/api/v1/terminals/{serial}/commands", handle_command_request, "", Right::oversee, Scope::whole},
    {"GET", "/api/v1/terminals/{serial}/completeness", handle_completeness, "from to", Right::read, Scope::terminal},
    {"POST", "/api/v1/terminals/{serial}/completeness", handle_completeness_request, "", Right::bring, Scope::terminal},
    {"GET", "/api/v1/terminals/{serial}/certificate", handle_certificate, "month", Right::read, Scope::terminal},
    {"GET", "/terminals/{serial}/certificate", handle_certificate_page, "month lang", Right::read, Scope::terminal},
    {"POST", "/api/v1/terminals/{serial}/pulls", handle_pull_request, "", Right::bring, Scope::terminal},
    {"GET", "/api/v1/people", handle_people, "unit q after limit", Right::read, Scope::any},
    {"POST", "/api/v1/people", handle_people_import, "dry_run partial from", Right::manage, Scope::any},
    {"GET", "/api/v1/people/{uuid}", handle_person, "", Right::read, Scope::found},
    {"GET", "/api/v1/people/{uuid}/days", handle_person_days, "from to", Right::read, Scope::found},
    {"POST", "/api/v1/people/{uuid}/end", handle_person_end, "", Right::manage, Scope::found},
    {"POST", "/api/v1/people/{uuid}/pins", handle_pin_assignment, "", Right::manage, Scope::found},
    {"POST", "/api/v1/people/{uuid}/pins/{id}/end", handle_pin_end, "", Right::manage, Scope::found},
    {"GET", "/api/v1/matching", handle_matching, "unit terminal", Right::read, Scope::any},
    {"POST", "/api/v1/matching", handle_matching_import, "dry_run partial from", Right::manage, Scope::any},
    {"GET", "/api/v1/reports/collisions", handle_collisions, "", Right::read, Scope::any},
    {"GET", "/api/v1/reports/orphans", handle_orphans, "terminal", Right::read, Scope::any},
    {"GET", "/api/v1/reports/unmatched", handle_unmatched, "terminal from to", Right::read, Scope::any},
    {"GET", "/api/v1/reports/missing", handle_missing, "unit terminal", Right::read, Scope::any},
    {"POST", "/api/v1/terminals/{serial}/uploads", handle_upload,
     "confirm date_order dry_run pin time date state verify work_code terminal", Right::bring, Scope::terminal},
    {"GET", "/api/v1/uploads", handle_uploads, "before limit state terminal", Right::read, Scope::any},
    {"POST", "/api/v1/uploads/{id}/approve", handle_upload_approval, "", Right::manage, Scope::found},
    {"POST", "/api/v1/uploads/{id}/refuse", handle_upload_refusal, "", Right::manage, Scope::found},
    {"GET", "/api/v1/pulls/{id}", handle_pull, "", Right::read, Scope::found},
    {"GET", "/api/v1/pulls/{id}/events", handle_pull_events, "", Right::read, Scope::found},
    {"GET", "/api/v1/periods/{month}", handle_periods, "", Right::read, Scope::any},
    {"POST", "/api/v1/periods/{month}/extension", handle_extension, "", Right::oversee, Scope::whole},
    {"GET", "/api/v1/periods/{month}/{unit}", handle_period, "", Right::read, Scope::unit},
    {"GET", "/api/v1/periods/{month}/{unit}/amendments", handle_amendments, "", Right::read, Scope::unit},
    {"POST", "/api/v1/periods/{month}/{unit}/submit", handle_period_submit, "", Right::manage, Scope::unit},
    {"POST", "/api/v1/periods/{month}/{unit}/return", handle_period_return, "", Right::oversee, Scope::whole},
    {"POST", "/api/v1/periods/{month}/{unit}/freeze", handle_period_freeze, "", Right::oversee, Scope::whole},
    {"GET", "/periods/{month}/{unit}/sheet", handle_sheet, "lang", Right::read, Scope::unit},
    {"GET", "/api/v1/exports/{month}", handle_export, "format terminal unit", Right::read, Scope::any},
    {"GET", "/api/v1/units", handle_units, "", Right::read, Scope::any},
    {"POST", "/api/v1/units", handle_units_import, "dry_run", Right::oversee, Scope::whole},
    {"GET", "/api/v1/events", handle_events, "from to", Right::read, Scope::any},
    {"POST", "/api/v1/events", handle_event_add, "", Right::oversee, Scope::whole},
    {"POST", "/api/v1/events/{id}/cancel", handle_event_cancel, "", Right::oversee, Scope::whole},
    {"GET", "/api/v1/events/{id}/roll", handle_roll, "people", Right::read, Scope::any},
    {"GET", "/events/{id}/sheet", handle_roll_page, "lang people", Right::read, Scope::any},
    {"POST", "/api/v1/holidays", handle_holiday_add, "", Right::oversee, Scope::whole},
    {"POST", "/api/v1/holidays/{id}/cancel", handle_holiday_cancel, "", Right::oversee, Scope::whole},
    {"GET", "/api/v1/people/{uuid}/expected", handle_expected, "at", Right::read, Scope::found},
    {"GET", "/api/v1/exceptions", handle_exceptions, "after limit terminal", Right::read, Scope::any},
    {"GET", "/api/v1/punches", handle_punches, "after limit terminal pin unit from to", Right::read, Scope::any},
    {"GET", "/api/v1/rejects", handle_rejects, "after latest limit terminal", Right::read, Scope::any},
    {"GET", "/api/v1/deliveries/{id}", handle_delivery, "", Right::read, Scope::found},
    {"GET", "/api/v1/me", handle_me, "", Right::read, Scope::any},
    {"GET", "/api/v1/accounts", handle_accounts, "", Right::oversee, Scope::whole},
    {"POST", "/api/v1/accounts", handle_account_request, "", Right::oversee, Scope::whole},
    {"POST", "/api/v1/accounts/{name}/revoke", handle_account_revocation, "", Right::oversee, Scope::whole},
    {"POST", "/api/v1/accounts/{name}/password", handle_password, "", Right::read, Scope::account},
    {"GET", "/api/v1/tokens", handle_tokens, "", Right::oversee, Scope::whole},
    {"POST", "/api/v1/tokens", handle_token_request, "", Right::oversee, Scope::whole},
    {"POST", "/api/v1/tokens/{name}/revoke", handle_token_revocation, "", Right::oversee, Scope::whole},
    {"GET", "/api/v1/audit", handle_audit, "after limit", Right::oversee, Scope::whole},
    {"GET", "/api/v1/access", handle_access, "after limit person viewer from to", Right::oversee, Scope::whole},
});

constexpr std::size_t largest_body = 64 * 1024;
constexpr std::size_t largest_units_file = 1024 * 1024;  // as units_file
constexpr std::size_t largest_list = 8 * 1024 * 1024;    // of people, or a matching sheet

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            const auto digit = [](char c) {
                return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
            };
            if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) return std::nullopt;
            out.push_back(static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])));
            i += 2;
        } else {
            out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
        }
    }
    if (!is_valid_utf8(out) || out.find('\0') != std::string::npos) return std::nullopt;
    return out;
}

// Matches "/a/{x}/b" piece by piece; the values of {…} go to `values`.
bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& values) {
    values.clear();
    for (;;) {
        const auto pattern_end = pattern.find('/', 1);
        const auto path_end = path.find('/', 1);
        const auto pattern_piece = pattern.substr(0, pattern_end);
        const auto path_piece = path.substr(0, path_end);
        if (pattern_piece.starts_with("/{")) {
            const auto value = path_piece.empty() ? std::nullopt : percent_decode(path_piece.substr(1), false);
            if (!value || value->empty()) return false;
            values.push_back(*value);
        } else if (pattern_piece != path_piece) {
            return false;
        }
        if (pattern_end == pattern.npos || path_end == path.npos) return pattern_end == path_end;
        pattern.remove_prefix(pattern_end);
        path.remove_prefix(path_end);
    }
}

struct Found {
    const Route* route = nullptr;
    std::vector<std::string> values;
    std::string allowed;  // methods of the path, when the method is another
};

Found find_route(std::string_view method, std::string_view path) {
    Found found;
    std::vector<std::string> values;
    for (const auto& route : table) {
        if (!matches(route.path, path, values)) continue;
        if (route.method == method || (method == "HEAD" && route.method == "GET")) {
            found.route = &route;
            found.values = values;
            return found;
        }
        found.allowed += found.allowed.empty() ? "" : ", ";
        found.allowed += route.method;
    }
    return found;
}

bool knows(std::string_view parameters, std::string_view name) {
    while (!parameters.empty()) {
        const auto end = parameters.find(' ');
        if (parameters.substr(0, end) == name) return true;
        if (end == parameters.npos) return false;
        parameters.remove_prefix(end + 1);
    }
    return false;
}

// Without accounts whoever reaches this port may do everything, so a web page elsewhere must not reach it by a name of
// its own that points here (DNS rebinding): only address literals and localhost are answered.
bool is_own_host(std::string_view host) {
    if (host.empty()) return true;  // HTTP/1.0; no browser
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        if (end == host.npos) return false;
        host = host.substr(1, end - 1);
    } else if (const auto colon = host.find(':'); colon != host.npos) {
        host = host.substr(0, colon);
    }
    if (equals_ignoring_case(host, "localhost")) return true;
    boost::system::error_code not_an_address;
    boost::asio::ip::make_address(std::string(host), not_an_address);
    return !not_an_address;
}

bool is_change(const http::Request& head) { return head.method != "GET" && head.method != "HEAD"; }

bool has_own_origin(const http::Request& head) {
    const auto name = head.origin.find("://");
    return name != std::string::npos && head.origin.substr(name + 3) == head.host;
}

// What a page elsewhere makes a browser send here (a form needs nobody's leave) carries that page's origin.
bool is_foreign(const http::Request& head) {
    const bool is_told = !head.fetch_site.empty() && head.fetch_site != "same-origin" && head.fetch_site != "none";
    return is_told || (!head.origin.empty() && !has_own_origin(head));
}

// A browser sends its cookie along with whatever makes it ask. So a change by cookie has to show that a page of ours
// did; SameSite=Strict alone trusts every browser and every neighbour of our name.
bool is_unproved(const http::Request& head) {
    return head.authorization.empty() && !session_in(head.cookie).empty() && !has_own_origin(head) &&
           head.fetch_site != "same-origin";
}

}  // namespace

std::span<const Route> routes() { return table; }

const std::string* Call::parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters) {
        if (key == name) return &value;
    }
    return nullptr;
}

http::Response json_response(unsigned status, std::string body) {
    return {status, "application/json", std::move(body) + "\n", {}};
}

http::Response problem(unsigned status, std::string_view detail) {
    boost::json::object body;
    body["type"] = "about:blank";
    body["title"] = http::reason_phrase(status);
    body["status"] = status;
    body["detail"] = detail;
    return {status, "application/problem+json", boost::json::serialize(body) + "\n", {}};
}

http::Response html_response(std::string body) {
    constexpr std::string_view opens = "<style>";
    const auto begin = body.find(opens);
    const auto end = body.find("</style>", begin == body.npos ? body.size() : begin);
    std::string style = "'none'";
    if (end != body.npos) {
        const auto from = begin + opens.size();
        const Sha256 digest = sha256(std::string_view(body).substr(from, end - from));
        style = "'sha256-" + base64({reinterpret_cast<const char*>(digest.data()), digest.size()}) + "'";
    }
    http::Response response{200, "text/html; charset=utf-8", std::move(body), {}};
    response.headers.emplace_back(
        "Content-Security-Policy",
        "default-src 'none'; style-src " + style + "; form-action 'none'; frame-ancestors 'none'; base-uri 'none'");
    return response;
}

std::optional<std::int64_t> decode_id(std::string_view text) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size() || id < 0) return std::nullopt;
    return id;
}

std::optional<std::int64_t> id_of(const Call& call, std::string_view parameter) {
    const auto* text = call.parameter(parameter);
    return text == nullptr ? std::optional<std::int64_t>(0) : decode_id(*text);
}

std::optional<int> limit_of(const Call& call) {
    const auto* text = call.parameter("limit");
    return text == nullptr ? 1000 : decode_number(*text, 1, 10'000);
}

std::optional<http::Response> Routes::refuse(const http::Request& head) {
    if (is_change(head) && is_foreign(head)) return problem(403, "changes are not taken from another site's page");
    if (is_change(head) && is_unproved(head)) {
        return problem(403, "a change by cookie has to come from this page: the request lacks its Origin");
    }
    const auto found = find_route(head.method, std::string_view(head.target).substr(0, head.target.find('?')));
    if (found.route != nullptr) return std::nullopt;
    if (found.allowed.empty()) return problem(404, "there is no such path here; docs/openapi.yaml lists them all");
    auto response = problem(405, "this path knows only " + found.allowed);
    response.headers.emplace_back("Allow", found.allowed);
    return response;
}

boost::asio::awaitable<access::SightPtr> sight_of(Context& context, const access::Viewer& viewer) {
    const Zone zone(context.settings.time_zone);
    const auto today = std::chrono::floor<std::chrono::days>(local_at(zone, context.now()));
    attendance::DirectoryPtr directory;
    if (!viewer.sees_all()) {
        directory = context.directory.last();
        try {
            if (context.ingest.store_available()) directory = co_await context.directory.current();
        } catch (const storage::StoreUnavailable&) {
            // Then their units alone are theirs, without those below.
        }
    }
    co_return std::make_shared<const access::Sight>(viewer, directory, today, context.registry);
}

bool sees_punch(const access::Sight& sight, const storage::FeedRow& row) {
    if (sight.sees_terminal(row.serial)) return true;
    const auto time = decode_device_time(row.device_time);
    return time && sight.sees_punch(row.serial, pin_key(row.pin), *time);
}

http::Response not_theirs(std::string_view what) {
    return problem(403, std::string(what) + " is not of your units; ask a super-admin if it should be");
}

http::Response refusal(const access::Gate::Refusal& refusal) {
    http::Response response = problem(refusal.status, refusal.sentence);
    if (refusal.retry_after.count() > 0) {
        response.headers.emplace_back("Retry-After", std::to_string(refusal.retry_after.count()));
    }
    return response;
}

namespace {

// The page asks for name and password itself: a browser that is challenged puts a window of its own in front.
bool comes_from_page(const http::Request& head) {
    const bool is_script = !head.fetch_mode.empty() && head.fetch_mode != "navigate";
    return is_script || !head.requested_with.empty() || !session_in(head.cookie).empty() ||
           head.accept.starts_with("application/json") || head.accept.starts_with("text/event-stream");
}

// RFC 9110 § 15.5.2: with a 401 goes how to do better.
void add_challenge(http::Response& response, const http::Request& head) {
    if (response.status != 401) return;
    if (!comes_from_page(head)) {
        response.headers.emplace_back("WWW-Authenticate", R"(Basic realm="Presensi Gateway", charset="UTF-8")");
    }
    response.headers.emplace_back("WWW-Authenticate", R"(Bearer realm="Presensi Gateway")");
}

bool is_own_account(const access::Viewer& viewer, const std::string& name) { return viewer.name == "account:" + name; }

// Whether the thing that the path names is theirs; an answer: it is not.
std::optional<http::Response> refuse_scope(const access::Sight& sight, const Route& route, const std::string& name) {
    const access::Viewer& viewer = sight.viewer();
    switch (route.scope) {
        case Scope::open:
        case Scope::any:
        case Scope::found:
            return std::nullopt;
        case Scope::whole:
            if (viewer.sees_all()) return std::nullopt;
            return problem(403, "this is for those who see all units; you see " + std::to_string(viewer.units.size()));
        case Scope::terminal:
            if (sight.sees_terminal(name)) return std::nullopt;
            return problem(403,
                           "this terminal is not of your units, or is an apel terminal, which only a super-admin "
                           "manages");
        case Scope::unit:
            if (sight.sees_unit(name)) return std::nullopt;
            return not_theirs("this unit");
        case Scope::account:
            if (viewer.role == access::Role::super_admin || is_own_account(viewer, name)) return std::nullopt;
            return problem(403, "this is another's account; only they and a super-admin change it");
    }
    return problem(403, "nobody may do this");
}

http::Response our_mistake(const std::string& path, const std::exception& mistake) {
    log::mistake("answer.mistake", "an answer failed by a mistake of ours",
                 {{"path", path}, {"error", mistake.what()}});
    return problem(500, "this is a mistake of ours; the log says more");
}

// The value of {…} that a scope is about.
std::string name_in_path(const Route& route, const std::vector<std::string>& values) {
    const std::string_view wanted = route.scope == Scope::terminal  ? "{serial}"
                                    : route.scope == Scope::unit    ? "{unit}"
                                    : route.scope == Scope::account ? "{name}"
                                                                    : "";
    if (wanted.empty()) return {};
    std::size_t place = 0;
    for (auto at = route.path.find('{'); at != route.path.npos; at = route.path.find('{', at + 1), ++place) {
        if (route.path.substr(at).starts_with(wanted)) return values.at(place);
    }
    throw std::logic_error("a route's scope is about what its path does not name: " + std::string(route.path));
}

}  // namespace

boost::asio::awaitable<std::optional<http::Response>> Routes::admit(http::Request& head) {
    try {
        auto refused = co_await look_at(head);
        co_return refused;
    } catch (const std::exception& mistake) {
        co_return our_mistake(head.target.substr(0, head.target.find('?')), mistake);  // the question may name people
    }
}

boost::asio::awaitable<std::optional<http::Response>> Routes::look_at(http::Request& head) {
    const auto found = find_route(head.method, std::string_view(head.target).substr(0, head.target.find('?')));
    const Route& route = *found.route;  // refuse() has seen to it
    if (route.scope == Scope::open && (!context_.gate.is_open() || is_own_host(head.host))) co_return std::nullopt;
    std::string authorization = std::move(head.authorization);
    std::string session = session_in(head.cookie);
    access::Gate::Verdict verdict = co_await context_.gate.ask(std::move(authorization), head.peer, std::move(session));
    if (context_.gate.is_open() && !is_own_host(head.host)) {
        co_return problem(421,
                          "this listener answers to localhost or an IP address in the URL, not to other host names");
    }
    if (route.scope == Scope::open) co_return std::nullopt;
    if (const auto* refused = std::get_if<access::Gate::Refusal>(&verdict)) {
        http::Response response = refusal(*refused);
        add_challenge(response, head);
        co_return response;
    }
    head.cookie.clear();
    const auto viewer = std::make_shared<const access::Viewer>(std::move(std::get<access::Viewer>(verdict)));
    if (!access::has(viewer->role, route.right)) {
        co_return problem(403, "your role is " + std::string(to_string(viewer->role)) + ", which may not do this");
    }
    const access::SightPtr sight = co_await sight_of(context_, *viewer);
    std::optional<http::Response> refused = refuse_scope(*sight, route, name_in_path(route, found.values));
    if (refused && sight->knows_no_tree()) {
        co_return problem(503, "the store cannot be read, so nobody knows what is yours; try again in a few seconds");
    }
    if (refused) co_return refused;
    head.viewer = viewer;
    co_return std::nullopt;
}

std::size_t Routes::body_limit(const http::Request& head) {
    const auto found = find_route(head.method, std::string_view(head.target).substr(0, head.target.find('?')));
    if (found.route == nullptr) return largest_body;
    const auto handle = found.route->handle;
    if (handle == handle_upload) return context_.settings.limits.upload;
    if (handle == handle_people_import || handle == handle_matching_import) return largest_list;
    return handle == handle_units_import ? largest_units_file : largest_body;
}

bool Routes::can_wait(const http::Request& head) { return body_limit(head) > largest_body; }

std::filesystem::path Routes::spool_folder(const http::Request& head) {
    const auto found = find_route(head.method, std::string_view(head.target).substr(0, head.target.find('?')));
    if (found.route == nullptr || found.route->handle != handle_upload) return {};
    return context_.settings.state_folder;
}

http::Response Routes::failure(unsigned status, const http::Request&, std::string_view sentence) {
    return problem(status, sentence);
}

boost::asio::awaitable<http::Response> Routes::handle(http::Request request) {
    const std::string path = request.target.substr(0, request.target.find('?'));  // a query may hold a name or a NIP
    try {
        http::Response response = co_await answer(std::move(request));
        co_return response;
    } catch (const storage::StoreUnavailable& error) {
        log::warn("store.no_answer", "the store could not answer", {{"path", path}, {"error", error.what()}});
        co_return problem(503, "the store cannot be read or written at the moment; try again in a few seconds");
    } catch (const std::exception& mistake) {
        co_return our_mistake(path, mistake);
    }
}

boost::asio::awaitable<http::Response> Routes::answer(http::Request request) {
    Call call;
    const std::string target = request.target;
    const auto question = target.find('?');
    const auto found = find_route(request.method, std::string_view(target).substr(0, question));
    call.path = found.values;
    std::string_view query =
        question == std::string::npos ? std::string_view() : std::string_view(target).substr(question + 1);
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        query = end == query.npos ? std::string_view() : query.substr(end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        const auto name = percent_decode(pair.substr(0, equals), true);
        const auto value = percent_decode(equals == pair.npos ? std::string_view() : pair.substr(equals + 1), true);
        if (!name || !value) co_return problem(400, "a query parameter is not percent-encoded UTF-8");
        // A misspelt filter must not quietly return everything.
        if (!knows(found.route->parameters, *name)) {
            std::string sentence = "unknown query parameter '" + to_stored_text(*name) + "'; this path knows: ";
            sentence += found.route->parameters.empty() ? std::string_view("none") : found.route->parameters;
            co_return problem(400, sentence);
        }
        if (call.parameter(*name) != nullptr) co_return problem(400, "query parameter '" + *name + "' is given twice");
        call.parameters.emplace_back(*name, *value);
    }
    call.viewer = {"anonymous@" + request.peer, access::Role::reader, {}};
    if (request.viewer != nullptr) {
        call.viewer = *request.viewer;
    } else if (found.route->scope != Scope::open) {
        co_return problem(401, "nobody asked who you are");
    }
    call.request = std::move(request);
    http::Response response = co_await found.route->handle(context_, std::move(call));
    co_return response;
}

}  // namespace presensi::admin
