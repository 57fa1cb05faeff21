#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/narrowed_list.hpp"
#include "daemon/admin/people_answers.hpp"
#include "daemon/admin/routes.hpp"
#include "protocol/text_fields.hpp"
#include "storage/exception_repository.hpp"

namespace presensi::admin {

namespace json = boost::json;
namespace asio = boost::asio;

namespace {

constexpr auto look_every = std::chrono::milliseconds(300);
constexpr auto sign_of_life_every = std::chrono::seconds(15);

struct AskOrProblem {
    pull::Ask ask;
    std::string problem;  // empty: fine
};

AskOrProblem decode_ask(std::string_view body) {
    AskOrProblem result;
    if (body.empty()) return result;
    boost::system::error_code unreadable;
    const json::value value = json::parse(body, unreadable);
    if (unreadable || !value.is_object()) {
        return {{}, R"(the body, if there is one, has to be a JSON object such as {"address": "10.20.0.14"})"};
    }
    pull::Place place;
    for (const auto& [key, item] : value.get_object()) {
        if (key == "address" && item.is_string()) {
            place.host = std::string(item.get_string());
            boost::system::error_code error;
            place.host = asio::ip::make_address(place.host, error).to_string();
            if (error) return {{}, "address has to be an IP address, such as 10.20.0.14"};
        } else if (key == "port" && item.is_int64() && item.get_int64() > 0 && item.get_int64() < 65536) {
            place.port = static_cast<std::uint16_t>(item.get_int64());
        } else if (key == "disable_while_reading" && item.is_bool()) {
            result.ask.disable = item.get_bool();
        } else {
            return {{}, "a pull takes address (text), port (1–65535) and disable_while_reading (true or false)"};
        }
    }
    if (place.host.empty() && place.port != pull::Place{}.port) return {{}, "a port needs an address"};
    if (!place.host.empty()) result.ask.place = place;
    return result;
}

bool is_over(const storage::PullRow& pull) { return pull.state == "done" || pull.state == "failed"; }

// As it is now, also where another daemon runs it.
asio::awaitable<std::optional<pull::Puller::Live>> find_pull(Context& context, std::int64_t id) {
    if (auto live = context.puller.find(id)) co_return live;
    auto read = [id](StoreWorker::Reader reader) { return storage::PullRepository(reader.database).find(id); };
    const std::optional<storage::PullRow> stored = co_await context.worker.read(std::move(read));
    if (!stored) co_return std::nullopt;
    co_return pull::Puller::Live{*stored, 0};
}

std::string serial_of(const Context& context, const storage::PullRow& pull) {
    const Terminal* terminal = context.registry.find_by_id(pull.terminal_id);
    return terminal == nullptr ? "" : terminal->row.serial;
}

std::string text_of(const Context& context, const pull::Puller::Live& live) {
    json::object out = to_json(live.row, serial_of(context, live.row));
    out["announced"] = live.announced;
    return json::serialize(out);
}

http::Response no_such_pull() { return problem(404, "there is no pull with this id"); }

// What keeps this pull from them; who may not see it does not learn whether it is there.
asio::awaitable<std::optional<http::Response>> refuse_pull(Context& context, const access::Viewer& viewer,
                                                           std::optional<std::string> serial) {
    if (viewer.sees_all()) co_return serial ? std::nullopt : std::optional(no_such_pull());
    const access::SightPtr sight = co_await sight_of(context, viewer);
    if (!serial || !sight->sees_terminal(*serial)) co_return not_theirs("this pull");
    co_return std::nullopt;
}

// One server-sent event at every change.
class PullEvents {
public:
    PullEvents(Context& context, std::int64_t id) : context_(context), id_(id) {}

    asio::awaitable<std::string> next() {
        auto quiet_until = std::chrono::steady_clock::now() + sign_of_life_every;
        while (!over_ && !context_.stopping) {
            const std::optional<pull::Puller::Live> pull = co_await find_pull(context_, id_);
            if (!pull) co_return std::string();
            std::string text = text_of(context_, *pull);
            if (text != last_) {
                over_ = is_over(pull->row);
                last_ = text;
                co_return "data: " + text + "\n\n";
            }
            if (std::chrono::steady_clock::now() >= quiet_until) co_return std::string(": still there\n\n");
            const auto executor = co_await asio::this_coro::executor;
            asio::steady_timer pause(executor, look_every);
            co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        co_return std::string();
    }

private:
    Context& context_;
    const std::int64_t id_;
    std::string last_;
    bool over_ = false;
};

}  // namespace

Reply handle_pull_request(Context& context, Call call) {
    Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    AskOrProblem wanted = decode_ask(call.request.body);
    if (!wanted.problem.empty()) co_return problem(422, wanted.problem);
    if (!terminal->approved()) {
        co_return problem(409, "this terminal is " + std::string(to_string(terminal->row.state)) +
                                   "; only approved terminals are pulled");
    }
    if (wanted.ask.place && !pull::is_inside(wanted.ask.place->host, context.settings.pull.networks)) {
        co_return problem(
            422, wanted.ask.place->host + " is not in pull.networks of the configuration, so it is never connected to");
    }
    if (terminal->row.id == 0) co_return problem(503, "the store does not know this terminal yet; try again");
    if (context.bodies.is_tight()) co_return problem(503, "terminals send a lot just now; pull again in a minute");
    wanted.ask.by = call.viewer.name;
    const std::int64_t id = co_await context.puller.request(*terminal, std::move(wanted.ask));
    json::object body;
    body["pull"] = std::to_string(id);
    http::Response response = json_response(202, json::serialize(body));
    response.headers.emplace_back("Location", "/api/v1/pulls/" + std::to_string(id));
    co_return response;
}

Reply handle_pull(Context& context, Call call) {
    const auto id = decode_id(call.path.at(0));
    std::optional<pull::Puller::Live> pull;
    if (id) pull = co_await find_pull(context, *id);
    std::optional<std::string> serial;
    if (pull) serial = serial_of(context, pull->row);
    std::optional<http::Response> refused = co_await refuse_pull(context, call.viewer, serial);
    if (refused) co_return *refused;
    co_return json_response(200, text_of(context, *pull));
}

Reply handle_pull_events(Context& context, Call call) {
    const auto id = decode_id(call.path.at(0));
    std::optional<pull::Puller::Live> pull;
    if (id) pull = co_await find_pull(context, *id);
    std::optional<std::string> serial;
    if (pull) serial = serial_of(context, pull->row);
    std::optional<http::Response> refused = co_await refuse_pull(context, call.viewer, serial);
    if (refused) co_return *refused;
    http::Response response{200, "text/event-stream", {}, {}};
    auto events = std::make_shared<PullEvents>(context, *id);
    response.next_piece = [events] { return events->next(); };
    co_return response;
}

Reply handle_exceptions(Context& context, Call call) {
    const auto limit = limit_of(call);
    if (!limit) co_return problem(400, "limit has to be a number from 1 to 10000");
    const auto after = id_of(call, "after");
    if (!after) co_return problem(400, "after has to be the next of the page before");
    const auto* terminal = call.parameter("terminal");
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    auto list = [serial = terminal == nullptr ? std::string() : *terminal](storage::Database& database,
                                                                           std::int64_t from, int most) {
        return storage::ExceptionRepository(database).list(from, most, serial);
    };
    auto sees = [sight](const storage::FeedRow& row) { return sees_punch(*sight, row); };
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    auto naming = std::make_shared<people::Naming>(directory);
    auto to_row = [naming](const storage::FeedRow& row) { return to_json(row, naming->name(row)); };
    const NarrowedList punches = co_await list_narrowed(context, *after, *limit, sight->sees_all(), list, sees, to_row);
    Shown shown{list_response("punches", punches), naming->named()};
    http::Response response = co_await answer_naming(context, std::move(call.viewer), std::move(shown));
    co_return response;
}

}  // namespace presensi::admin
