// Files that people bring (architecture 5.3).
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/admin/finish_uploads.hpp"
#include "daemon/admin/flag.hpp"
#include "daemon/admin/json_text.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/log.hpp"
#include "daemon/upload/report.hpp"
#include "daemon/upload/take_file.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"
#include "storage/upload_repository.hpp"

namespace presensi::admin {

namespace json = boost::json;

namespace {

std::optional<usb::DateOrder> date_order_of(const Call& call) {
    const auto* value = call.parameter("date_order");
    if (value == nullptr) return usb::DateOrder::by_the_file;
    if (*value == "day_first") return usb::DateOrder::day_first;
    if (*value == "month_first") return usb::DateOrder::month_first;
    return std::nullopt;
}

usb::CsvColumns columns_of(const Call& call) {
    const auto text = [&](const char* name) {
        const auto* value = call.parameter(name);
        return value == nullptr ? std::string() : *value;
    };
    return {text("pin"),    text("time"),      text("date"),    text("state"),
            text("verify"), text("work_code"), text("terminal")};
}

upload::Corridor corridor_of(Context& context, attendance::DirectoryPtr directory) {
    auto knows = [&registry = context.registry](const std::string& serial) {
        const Terminal* terminal = registry.find(serial);
        return terminal != nullptr && terminal->row.state != storage::TerminalState::seen;
    };
    return {context.ingest,
            context.worker,
            context.now,
            context.settings.limits.line,
            context.settings.uploads.second_approval,
            std::move(directory),
            {context.settings.time_zone, static_cast<int>(context.settings.periods.working_days),
             context.settings.periods.outside_window == config::OutsideWindow::refuse},
            std::move(knows)};
}

std::string not_approved(const Terminal& terminal) {
    return "this terminal is " + std::string(to_string(terminal.row.state)) +
           "; files are taken for approved terminals only";
}

// A waiting upload and its terminal, or the answer why not.
struct Waiting {
    std::optional<http::Response> problem;
    storage::UploadRow row;
    Terminal* terminal = nullptr;
};

// `also_begun`: or one that was approved and is not taken to its end.
boost::asio::awaitable<Waiting> find_waiting(Context& context, const Call& call, bool also_begun) {
    Waiting waiting;
    const auto id = decode_id(call.path.at(0));
    auto find = [id = id.value_or(0)](StoreWorker::Reader reader) {
        return storage::UploadRepository(reader.database).find(id);
    };
    const std::optional<storage::UploadRow> row = co_await context.worker.read(std::move(find));
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    Terminal* terminal = row ? context.registry.find(row->serial) : nullptr;
    if (!sight->sees_all() && (terminal == nullptr || !sight->sees_terminal(*terminal))) {
        waiting.problem = not_theirs("this upload");
        co_return waiting;
    }
    if (terminal == nullptr) {
        waiting.problem = problem(404, "there is no upload with this id");
        co_return waiting;
    }
    const bool may_go_on = also_begun && row->state == "taking";
    if (row->state != "waiting" && !may_go_on) {
        waiting.problem = problem(409, "this upload is " + row->state + "; nobody has to decide about it");
    }
    waiting.row = *row;
    waiting.terminal = terminal;
    co_return waiting;
}

std::string reason_in(const std::string& body) {
    boost::system::error_code unreadable;
    const json::value value = json::parse(body, unreadable);
    if (unreadable || !value.is_object()) return {};
    const auto* reason = value.get_object().if_contains("reason");
    if (reason == nullptr || !reason->is_string()) return {};
    return to_stored_text(trim_blanks(reason->get_string()), 500);
}

}  // namespace

Reply handle_upload(Context& context, Call call) {
    Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    if (!terminal->approved()) co_return problem(409, not_approved(*terminal));
    const auto date_order = date_order_of(call);
    if (!date_order) co_return problem(400, "date_order has to be day_first or month_first");
    const auto wants_dry_run = flag_of(call, "dry_run");
    if (!wants_dry_run) co_return no_such_flag("dry_run");
    const auto confirmed = flag_of(call, "confirm");
    if (!confirmed) co_return no_such_flag("confirm");
    if (terminal->row.id == 0) co_return problem(503, "the store does not know this terminal yet; try again");
    upload::Brought brought;
    brought.bytes = std::move(call.request.body);
    brought.spool = std::move(call.request.spool);
    brought.content_type = std::move(call.request.content_type);
    brought.by = call.viewer.name;
    brought.peer = std::move(call.request.peer);
    brought.said = {*date_order, columns_of(call), {}};
    brought.dry_run = *wants_dry_run;
    brought.confirmed = *confirmed;
    attendance::DirectoryPtr directory = co_await context.directory.current();
    const upload::Corridor corridor = corridor_of(context, std::move(directory));
    const bool dry_run = brought.dry_run;
    const upload::Turns::Turn turn = co_await context.uploads.next();
    const upload::Taken taken = co_await upload::take_file(corridor, *terminal, std::move(brought));
    const bool waits = !dry_run && !taken.waits_for.empty();
    if (!dry_run) {
        auto& counts = context.upload_counts;
        ++(!taken.refusal.empty() ? counts.refused : waits ? counts.waiting : counts.taken);
    }
    if (!taken.refusal.empty()) co_return problem(422, taken.refusal);
    co_return json_response(dry_run ? 200 : waits ? 202 : 201, json::serialize(upload::to_json(taken)));
}

Reply handle_uploads(Context& context, Call call) {
    const auto limit = limit_of(call);
    if (!limit) co_return problem(400, "limit has to be a number from 1 to 10000");
    const auto before = id_of(call, "before");
    if (!before) co_return problem(400, "before has to be the id of an upload");
    const auto* state = call.parameter("state");
    if (state != nullptr && *state != "taken" && *state != "taking" && *state != "waiting" && *state != "refused")
        co_return problem(400, "state has to be taken, taking, waiting or refused");
    storage::UploadRepository::Filter filter;
    filter.state = state == nullptr ? std::string() : *state;
    filter.before = *before;
    filter.limit = *limit;
    const auto* serial = call.parameter("terminal");
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    if (serial != nullptr && context.registry.find(*serial) == nullptr && sight->sees_all())
        co_return no_such_terminal();
    if (serial != nullptr && !sight->sees_terminal(*serial)) co_return not_theirs("this terminal");
    if (serial != nullptr) {
        const Terminal* terminal = context.registry.find(*serial);
        filter.terminals = {terminal == nullptr ? 0 : terminal->row.id};
    } else if (!sight->sees_all()) {
        filter.terminals.emplace();
        for (const Terminal* terminal : context.registry.all()) {
            if (sight->sees_terminal(*terminal)) filter.terminals->push_back(terminal->row.id);
        }
    }
    auto list = [filter = std::move(filter)](StoreWorker::Reader reader) {
        json::array uploads;
        storage::UploadRepository repository(reader.database);
        for (const auto& row : repository.list(filter)) uploads.push_back(upload::to_json(row));
        json::object body;
        body["uploads"] = std::move(uploads);
        return json_response(200, json::serialize(body));
    };
    http::Response response = co_await context.worker.read(std::move(list));
    co_return response;
}

Reply handle_upload_approval(Context& context, Call call) {
    const upload::Turns::Turn turn = co_await context.uploads.next();
    const Waiting waiting = co_await find_waiting(context, call, true);
    if (waiting.problem) co_return *waiting.problem;
    if (waiting.row.uploaded_by == call.viewer.name)
        co_return problem(409, "who brought a file does not approve it; another person has to");
    if (!waiting.terminal->approved()) co_return problem(409, not_approved(*waiting.terminal));
    attendance::DirectoryPtr directory = co_await context.directory.current();
    const upload::Corridor corridor = corridor_of(context, std::move(directory));
    std::string by = call.viewer.name;
    const upload::Taken taken =
        co_await upload::take_waiting(corridor, *waiting.terminal, waiting.row.id, std::move(by));
    if (!taken.refusal.empty()) co_return problem(409, taken.refusal);
    co_return json_response(200, json::serialize(upload::to_json(taken)));
}

Reply handle_upload_refusal(Context& context, Call call) {
    const upload::Turns::Turn turn = co_await context.uploads.next();
    const Waiting waiting = co_await find_waiting(context, call, false);
    if (waiting.problem) co_return *waiting.problem;
    const std::string reason = reason_in(call.request.body);
    if (reason.empty()) co_return problem(422, R"(say why: the body has to be a JSON object such as {"reason": "…"})");
    auto refuse = [row = waiting.row, by = call.viewer.name, at = format_utc(context.now()),
                   reason](storage::Database& database) {
        bool is_first = false;
        database.transaction([&] {
            is_first = storage::UploadRepository(database).refuse_waiting(row.id, at, by, reason);
            if (!is_first) return;
            json::object detail;
            detail["upload"] = std::to_string(row.id);
            detail["brought_by"] = row.uploaded_by;
            detail["reason"] = reason;
            storage::append_audit(database, at, by, "upload.refuse", row.serial, json::serialize(detail));
        });
        return storage::UploadRepository(database).find(row.id);
    };
    const std::optional<storage::UploadRow> row = co_await context.worker.write(std::move(refuse));
    if (!row || row->state != "refused") co_return problem(409, "somebody else has just decided about this upload");
    log::info("upload.declined", "a waiting file was refused",
              {{"terminal", row->serial}, {"upload", row->id}, {"by", row->decided_by}});
    co_return json_response(200, json::serialize(upload::to_json(*row)));
}

boost::asio::awaitable<void> finish_uploads(Context& context) {
    auto list = [](StoreWorker::Reader reader) {
        std::vector<storage::UploadRow> rows;
        storage::UploadRepository uploads(reader.database);
        for (const auto id : uploads.list_unfinished()) {
            if (auto row = uploads.find(id)) rows.push_back(std::move(*row));
        }
        return rows;
    };
    const std::vector<storage::UploadRow> rows = co_await context.worker.read(std::move(list));
    for (const auto& row : rows) {
        Terminal* terminal = context.registry.find(row.serial);
        if (terminal == nullptr) continue;
        const upload::Turns::Turn turn = co_await context.uploads.next();
        const upload::Corridor corridor = corridor_of(context, nullptr);
        std::string by = row.decided_by;
        const upload::Taken taken = co_await upload::take_waiting(corridor, *terminal, row.id, std::move(by));
        if (!taken.refusal.empty()) continue;
        log::info("upload.finished", "a file whose taking was interrupted is taken now",
                  {{"terminal", row.serial}, {"upload", row.id}, {"by", row.decided_by}});
    }
}

}  // namespace presensi::admin
