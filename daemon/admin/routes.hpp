#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.hpp"
#include "daemon/access/access_log.hpp"
#include "daemon/access/gate.hpp"
#include "daemon/access/sight.hpp"
#include "daemon/access/viewer.hpp"
#include "daemon/admin/glances.hpp"
#include "daemon/admin/live.hpp"
#include "daemon/alarms.hpp"
#include "daemon/clock.hpp"
#include "daemon/http/message.hpp"
#include "daemon/http/session.hpp"
#include "daemon/ingest.hpp"
#include "daemon/minute_counts.hpp"
#include "daemon/people/directory_cache.hpp"
#include "daemon/pull/puller.hpp"
#include "daemon/reload.hpp"
#include "daemon/store_worker.hpp"
#include "daemon/talk/command_queue.hpp"
#include "daemon/talk/completeness.hpp"
#include "daemon/terminal_registry.hpp"
#include "daemon/upload/turns.hpp"

namespace presensi::admin {

// What the handlers work with; owned by App.
struct Context {
    const config::Settings& settings;
    TerminalRegistry& registry;
    Ingest& ingest;
    pull::Puller& puller;
    talk::CommandQueue& commands;
    talk::Completeness& completeness;
    people::DirectoryCache& directory;
    access::Gate& gate;
    access::AccessLog& access_log;
    StoreWorker& worker;
    Alarms& alarms;
    Now now;
    const http::BodyBudget& bodies;
    Instant started_at;
    std::string backend;
    bool stopping = false;
    const ConfigurationState& configuration;
    bool clock_synchronised = false;
    upload::Turns uploads{};
    struct UploadCounts {  // by API, since the start; no dry runs
        std::int64_t taken = 0;
        std::int64_t waiting = 0;
        std::int64_t refused = 0;
    } upload_counts{};
    std::function<std::string()> write_metrics{};  // all of /metrics
    MinuteCounts new_punches{};                    // since the start
    std::int64_t punches_before = 0;               // stored before it
    Glances glances{};
    LiveBoard live{};
};

// A request whose path matched a route.
struct Call {
    http::Request request;
    std::vector<std::string> path;                                // values of {…}, percent-decoded
    std::vector<std::pair<std::string, std::string>> parameters;  // percent-decoded, valid UTF-8
    access::Viewer viewer;                                        // who asks; may do what the route needs

    // First value, or null.
    const std::string* parameter(std::string_view name) const;
};

using Reply = boost::asio::awaitable<http::Response>;

struct Route {
    std::string_view method;
    std::string_view path;  // as in docs/openapi.yaml: "/api/v1/terminals/{serial}"
    Reply (*handle)(Context& context, Call call);
    std::string_view parameters;  // the query parameters it knows, separated by blanks
    access::Right right;          // what a viewer needs,
    access::Scope scope;          // and of what
};

// Every route of the admin listener; a test compares it with docs/openapi.yaml.
std::span<const Route> routes();

// RFC 9457
http::Response problem(unsigned status, std::string_view detail);
http::Response json_response(unsigned status, std::string body);
// A printed page of ours: no script, nothing from elsewhere, and of styles the first that stands in it.
http::Response html_response(std::string body);
http::Response no_such_terminal();
http::Response refusal(const access::Gate::Refusal& refusal);  // without a challenge: no browser asks by itself

// What this viewer may see, for lists that are narrowed and things that a handler has to find first.
boost::asio::awaitable<access::SightPtr> sight_of(Context& context, const access::Viewer& viewer);
bool sees_punch(const access::Sight& sight, const storage::FeedRow& row);
// The answer where `scope` of a route refuses them; a sentence that says why.
http::Response not_theirs(std::string_view what);

class Routes : public http::Service {
public:
    explicit Routes(Context& context) : context_(context) {}
    std::optional<http::Response> refuse(const http::Request& head) override;
    // Who asks, whether they may, and of what: the one place where every route is guarded (architecture 3.10).
    boost::asio::awaitable<std::optional<http::Response>> admit(http::Request& head) override;
    // Every fault ends in problem details, ours too.
    boost::asio::awaitable<http::Response> handle(http::Request request) override;
    std::size_t body_limit(const http::Request& head) override;
    bool can_wait(const http::Request& head) override;
    std::filesystem::path spool_folder(const http::Request& head) override;
    http::Response failure(unsigned status, const http::Request& head, std::string_view sentence) override;

private:
    boost::asio::awaitable<std::optional<http::Response>> look_at(http::Request& head);
    boost::asio::awaitable<http::Response> answer(http::Request request);

    Context& context_;
};

// The handlers, one file per subject.
Reply handle_page(Context& context, Call call);
Reply handle_asset(Context& context, Call call);
Reply handle_log_in(Context& context, Call call);
Reply handle_log_out(Context& context, Call call);
Reply handle_live(Context& context, Call call);
Reply handle_healthz(Context& context, Call call);
Reply handle_readyz(Context& context, Call call);
Reply handle_metrics(Context& context, Call call);
Reply handle_status(Context& context, Call call);
Reply handle_terminals(Context& context, Call call);
Reply handle_terminal(Context& context, Call call);
Reply handle_terminal_change(Context& context, Call call);
Reply handle_terminal_minutes(Context& context, Call call);
Reply handle_terminal_deliveries(Context& context, Call call);
Reply handle_terminal_events(Context& context, Call call);
Reply handle_commands(Context& context, Call call);
Reply handle_command_request(Context& context, Call call);
Reply handle_completeness(Context& context, Call call);
Reply handle_completeness_request(Context& context, Call call);
Reply handle_certificate(Context& context, Call call);
Reply handle_certificate_page(Context& context, Call call);
Reply handle_pull_request(Context& context, Call call);
Reply handle_pull(Context& context, Call call);
Reply handle_pull_events(Context& context, Call call);
Reply handle_upload(Context& context, Call call);
Reply handle_people(Context& context, Call call);
Reply handle_people_import(Context& context, Call call);
Reply handle_person(Context& context, Call call);
Reply handle_person_days(Context& context, Call call);
Reply handle_pin_assignment(Context& context, Call call);
Reply handle_pin_end(Context& context, Call call);
Reply handle_person_end(Context& context, Call call);
Reply handle_matching(Context& context, Call call);
Reply handle_matching_import(Context& context, Call call);
Reply handle_collisions(Context& context, Call call);
Reply handle_orphans(Context& context, Call call);
Reply handle_unmatched(Context& context, Call call);
Reply handle_missing(Context& context, Call call);
Reply handle_uploads(Context& context, Call call);
Reply handle_upload_approval(Context& context, Call call);
Reply handle_upload_refusal(Context& context, Call call);
Reply handle_periods(Context& context, Call call);
Reply handle_period(Context& context, Call call);
Reply handle_period_submit(Context& context, Call call);
Reply handle_period_return(Context& context, Call call);
Reply handle_period_freeze(Context& context, Call call);
Reply handle_amendments(Context& context, Call call);
Reply handle_extension(Context& context, Call call);
Reply handle_sheet(Context& context, Call call);
Reply handle_export(Context& context, Call call);
Reply handle_units(Context& context, Call call);
Reply handle_units_import(Context& context, Call call);
Reply handle_events(Context& context, Call call);
Reply handle_event_add(Context& context, Call call);
Reply handle_event_cancel(Context& context, Call call);
Reply handle_roll(Context& context, Call call);
Reply handle_roll_page(Context& context, Call call);
Reply handle_holiday_add(Context& context, Call call);
Reply handle_holiday_cancel(Context& context, Call call);
Reply handle_expected(Context& context, Call call);
Reply handle_exceptions(Context& context, Call call);
Reply handle_punches(Context& context, Call call);
Reply handle_rejects(Context& context, Call call);
Reply handle_delivery(Context& context, Call call);
Reply handle_me(Context& context, Call call);
Reply handle_accounts(Context& context, Call call);
Reply handle_account_request(Context& context, Call call);
Reply handle_account_revocation(Context& context, Call call);
Reply handle_password(Context& context, Call call);
Reply handle_tokens(Context& context, Call call);
Reply handle_token_request(Context& context, Call call);
Reply handle_token_revocation(Context& context, Call call);
Reply handle_audit(Context& context, Call call);
Reply handle_access(Context& context, Call call);

// Parameter readers shared by the lists: 1–10000, default 1000.
std::optional<int> limit_of(const Call& call);
// An id as the API writes it; absent: 0. Nothing if it is none.
std::optional<std::int64_t> id_of(const Call& call, std::string_view parameter);
std::optional<std::int64_t> decode_id(std::string_view text);

}  // namespace presensi::admin
