#include "daemon/pull/command.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "daemon/configured_terminals.hpp"
#include "daemon/http/client.hpp"
#include "daemon/open_store.hpp"
#include "daemon/people/directory_cache.hpp"
#include "daemon/pull/file.hpp"
#include "daemon/pull/probe.hpp"
#include "daemon/pull/progress_bar.hpp"
#include "daemon/pull/puller.hpp"
#include "daemon/upload/report.hpp"
#include "daemon/upload/take_file.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::pull {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error(fmt::format("{} cannot be read", path.string()));
    return {std::istreambuf_iterator<char>(in), {}};
}

// 0: not there; reading it says so.
std::size_t size_of(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    return error ? 0 : static_cast<std::size_t>(size);
}

// On the disk, whole, or not at all.
void write_file(const std::filesystem::path& path, const std::string& bytes) {
    const std::string parts = path.string() + ".part";
    const int file = ::open(parts.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    const auto give_up = [&](const char* what) {
        if (file >= 0) ::close(file);
        ::unlink(parts.c_str());
        throw std::runtime_error(fmt::format("{} cannot be {}", path.string(), what));
    };
    if (file < 0) give_up("created");
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t count = ::write(file, bytes.data() + done, bytes.size() - done);
        if (count <= 0) give_up("written");
        done += static_cast<std::size_t>(count);
    }
    if (::fsync(file) != 0) give_up("written");
    if (::rename(parts.c_str(), path.c_str()) != 0) give_up("created");
    ::close(file);
}

std::string phase_text(const zk4370::PullProgress& progress) {
    using Phase = zk4370::PullProgress::Phase;
    switch (progress.phase) {
        case Phase::connecting:
            return "connecting";
        case Phase::asking:
            return "asking who it is";
        case Phase::reading:
            return "reading " + std::string(progress.table ? to_string(*progress.table) : "");
        case Phase::closing:
            return "saying goodbye";
    }
    return {};
}

// The admin listener of a daemon that runs with this configuration.
std::optional<http::Answer> ask_daemon(const config::Settings& settings, const http::Question& question) {
    if (settings.admin_listener.port == 0) return std::nullopt;
    std::string address = settings.admin_listener.address;
    if (address == "0.0.0.0") address = "127.0.0.1";
    if (address == "::") address = "::1";
    return http::ask(address, settings.admin_listener.port, question, 120s, settings.admin_listener.tls.certificate);
}

bool daemon_answers(const config::Settings& settings) {
    const auto answer = ask_daemon(settings, {.target = "/healthz"});
    return answer && answer->status == 200 && answer->body == "alive\n";
}

json::object object_in(const http::Answer& answer) {
    boost::system::error_code unreadable;
    const json::value value = json::parse(answer.body, unreadable);
    if (unreadable || !value.is_object()) throw std::runtime_error("the daemon gave an answer that cannot be read");
    return value.get_object();
}

std::string text_in(const json::object& object, const char* key) {
    const auto* text = object.if_contains(key);
    return text != nullptr && text->is_string() ? std::string(text->get_string()) : std::string();
}

std::int64_t number_in(const json::object& object, const char* key) {
    const auto* number = object.if_contains(key);
    return number != nullptr && number->is_number() ? number->to_number<std::int64_t>() : 0;
}

json::object require(const std::optional<http::Answer>& answer, unsigned status) {
    if (!answer) throw std::runtime_error("the daemon stopped answering");
    json::object body = object_in(*answer);
    if (answer->status == 401) {
        throw std::runtime_error(
            "the running daemon wants to know who asks (" + text_in(body, "detail") +
            "): give --token-file FILE or PRESENSI_TOKEN; presensid token create NAME --role assistant --unit CODE "
            "makes one");
    }
    if (answer->status != status) throw std::runtime_error(text_in(body, "detail"));
    return body;
}

int tell(const storage::PullRow& row) {
    fmt::print("{}: {} records, {} new, {} known, {} rejected{}{}\n", row.state, row.records, row.new_punches,
               row.known_punches, row.rejects, row.reason.empty() ? "" : "\n", row.reason);
    return row.state == "done" ? 0 : 1;
}

// What of the daemon a pull or an import needs, where no daemon runs.
struct Offline {
    explicit Offline(const config::Settings& given)
        : settings(given), store(open_store(settings, settings.storage.migrate)) {
        const auto database = store->open_database();
        load_terminals(*database, registry, settings, system_now());
        puller.load(*database);
    }

    Terminal& approved(const std::string& serial) {
        Terminal* terminal = registry.find(serial);
        if (terminal == nullptr) throw std::runtime_error(serial + " is no terminal of this configuration or store");
        if (!terminal->approved()) {
            throw std::runtime_error(fmt::format("{} is {}, not approved", serial, to_string(terminal->row.state)));
        }
        return *terminal;
    }

    const config::Settings& settings;
    asio::io_context io{1};
    std::unique_ptr<storage::Store> store;
    StoreWorker worker{io, *store, {}};
    Alarms alarms;
    Now now = system_now;
    TerminalRegistry registry{settings, now};
    Ingest ingest{worker, registry, alarms, now};
    Puller puller{{io, settings, registry, ingest, worker, alarms, now, store->is_shared()}};
};

// Runs `work` to its end; what it throws comes out.
template <typename Work>
void run_on(asio::io_context& io, Work work) {
    std::exception_ptr error;
    // Held before the restart: a storage thread that lets go of the work before this may find none left, which stops
    // `io`.
    const auto guard = asio::make_work_guard(io);
    io.restart();
    asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& thrown) {
        error = thrown;
        io.stop();
    });
    io.run();
    if (error) std::rethrow_exception(error);
}

int pull_offline(const config::Settings& settings, const std::string& serial) {
    Offline offline(settings);
    Terminal& terminal = offline.approved(serial);
    ProgressBar bar(stderr);
    storage::PullRow row;
    auto work = [&]() -> asio::awaitable<void> {
        Ask ask;
        ask.by = "command line";
        row.id = co_await offline.puller.request(terminal, std::move(ask));
        for (;;) {
            const auto live = offline.puller.find(row.id);
            if (!live) break;
            bar.show(live->row.state, static_cast<std::size_t>(live->row.bytes), live->announced);
            asio::steady_timer pause(offline.io, 100ms);
            co_await pause.async_wait(no_throw);
        }
        while (!offline.puller.idle()) {
            asio::steady_timer pause(offline.io, 20ms);
            co_await pause.async_wait(no_throw);
        }
        auto find = [id = row.id](StoreWorker::Reader reader) {
            return storage::PullRepository(reader.database).find(id).value_or(storage::PullRow{});
        };
        row = co_await offline.worker.read(std::move(find));
    };
    run_on(offline.io, work);
    bar.finish();
    return tell(row);
}

int tell_refusal(const std::filesystem::path& file, const std::string& sentence) {
    fmt::print(stderr, "{}: {}\n", file.string(), sentence);
    return 1;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string query_of(const ImportOptions& options) {
    std::string query = options.dry_run ? "?dry_run=1" : "?dry_run=0";
    if (options.confirmed) query += "&confirm=1";
    if (options.said.date_order == usb::DateOrder::day_first) query += "&date_order=day_first";
    if (options.said.date_order == usb::DateOrder::month_first) query += "&date_order=month_first";
    const usb::CsvColumns& columns = options.said.columns;
    const std::pair<const char*, const std::string&> named[] = {
        {"pin", columns.pin},          {"time", columns.time},     {"date", columns.date},
        {"state", columns.state},      {"verify", columns.verify}, {"work_code", columns.work_code},
        {"terminal", columns.terminal}};
    for (const auto& [name, column] : named) {
        if (!column.empty()) query += fmt::format("&{}={}", name, percent_encode(column));
    }
    return query;
}

int tell(const std::filesystem::path& file, const json::object& body) {
    fmt::print("{}: {} records from {} to {}; {} new, {} known, {} rejected\n", file.string(), number_in(body, "lines"),
               text_in(body, "first"), text_in(body, "last"), number_in(body, "new"), number_in(body, "known"),
               number_in(body, "rejected"));
    for (const auto& reject : body.at("rejects").as_array()) {
        const auto& line = reject.as_object();
        fmt::print("  line {}: {}: {}\n", number_in(line, "line"), text_in(line, "reason"), text_in(line, "text"));
    }
    for (const auto& remark : body.at("remarks").as_array()) fmt::print("  {}\n", std::string_view(remark.as_string()));
    if (const auto* people = body.at("without_person").if_object(); people != nullptr && number_in(*people, "pins") > 0)
        fmt::print("  {} PINs are nobody's yet\n", number_in(*people, "pins"));
    const std::string waits_for = text_in(body, "waits_for");
    if (waits_for.empty()) return 0;
    const std::string upload = text_in(body, "upload");
    fmt::print("  Nothing of it counts until a second person approves {}: {}\n",
               upload.empty() ? "it" : "upload " + upload, waits_for);
    return 0;
}

int import_by_daemon(const config::Settings& settings, const std::string& serial, const std::filesystem::path& file,
                     const ImportOptions& options) {
    ProgressBar bar(stderr);
    http::Question upload{"POST", "/api/v1/terminals/" + serial + "/uploads" + query_of(options),
                          "application/octet-stream", read_file(file), options.token};
    upload.on_sent = [&](std::size_t sent) { bar.show(file.filename().string(), sent, upload.body.size()); };
    const auto answer = ask_daemon(settings, upload);
    bar.finish();
    // Of this file; without a token (401) none of the others fares better.
    const bool is_refused = answer && answer->status >= 400 && answer->status < 500 && answer->status != 401;
    if (is_refused) return tell_refusal(file, text_in(object_in(*answer), "detail"));
    const bool waits = answer && answer->status == 202;
    return tell(file, require(answer, options.dry_run ? 200 : waits ? 202 : 201));
}

}  // namespace

Place decode_place(const std::string& text) {
    Place place;
    place.host = text;
    const auto colon = text.rfind(':');
    const bool bracketed = text.starts_with('[');
    const bool has_port = colon != text.npos && (bracketed ? text[colon - 1] == ']' : text.find(':') == colon);
    if (has_port) {
        int port = 0;
        const auto* end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
        if (error != std::errc() || rest != end || port < 1 || port > 65535) {
            throw std::runtime_error(text + " has no port from 1 to 65535 behind its colon");
        }
        place.port = static_cast<std::uint16_t>(port);
        place.host = text.substr(0, colon);
    }
    if (bracketed && place.host.size() > 2) place.host = place.host.substr(1, place.host.size() - 2);
    if (place.host.empty()) throw std::runtime_error("the address is empty");
    return place;
}

std::uint32_t read_comm_key(const std::filesystem::path& file) {
    if (file.empty()) return 0;
    std::string text = read_file(file);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
    std::uint32_t key = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), key);
    if (error != std::errc() || rest != text.data() + text.size()) {
        throw std::runtime_error(file.string() + " does not hold a comm key, which is a number");
    }
    return key;
}

int pull_to_file(const Place& place, std::uint32_t comm_key, const std::filesystem::path& file) {
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    if (!std::filesystem::is_directory(folder)) throw std::runtime_error(folder.string() + " is no folder");
    asio::io_context io;
    zk4370::PullRequest request;
    request.comm_key = comm_key;
    request.this_year =
        static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(system_now())).year());
    request.attendance = request.users = true;
    request.patience = 10s;
    Visit visit(io, {{place}, std::nullopt}, request, {});
    ProgressBar bar(stderr);
    Outcome outcome;
    bool over = false;
    auto pull = [&]() -> asio::awaitable<void> {
        outcome = co_await visit.run();
        over = true;
    };
    auto watch = [&]() -> asio::awaitable<void> {
        while (!over) {
            const auto progress = visit.progress();
            bar.show(phase_text(progress), progress.bytes_done, progress.bytes_announced);
            asio::steady_timer pause(io, 100ms);
            co_await pause.async_wait(no_throw);
        }
    };
    asio::co_spawn(io, pull(), asio::detached);
    asio::co_spawn(io, watch(), asio::detached);
    io.run();
    bar.finish();
    const auto& result = outcome.result;
    if (result.failure || !result.attendance) {
        const std::string sentence = result.failure ? result.failure->sentence : "It gave no log.";
        fmt::print(stderr, "nothing is written: {}\n", sentence);
        return 1;
    }
    Zone computer = computer_zone();
    const std::string bytes = encode_file(outcome, system_now(), computer);
    write_file(file, bytes);
    fmt::print("{}: {} records of terminal {} ({}), {} bytes\n", file.string(),
               result.attendance->batch.punches.size() + result.attendance->batch.rejects.size(), result.serial,
               result.model.empty() ? "model not told" : result.model, bytes.size());
    for (const auto& note : result.notes) fmt::print("{}\n", note);
    for (const auto& lesser : result.lesser_failures) fmt::print("{}\n", lesser.sentence);
    return 0;
}

int pull_terminal(const config::Settings& settings, const std::string& serial, const std::string& token) {
    if (!daemon_answers(settings)) return pull_offline(settings, serial);
    const auto begun = require(
        ask_daemon(settings, {.method = "POST", .target = "/api/v1/terminals/" + serial + "/pulls", .token = token}),
        202);
    const std::string path = "/api/v1/pulls/" + text_in(begun, "pull");
    ProgressBar bar(stderr);
    for (;;) {
        const json::object pull = require(ask_daemon(settings, {.target = path, .token = token}), 200);
        storage::PullRow row;
        row.state = text_in(pull, "state");
        row.reason = text_in(pull, "reason");
        row.bytes = number_in(pull, "bytes");
        row.records = number_in(pull, "records");
        row.new_punches = number_in(pull, "new");
        row.known_punches = number_in(pull, "known");
        row.rejects = number_in(pull, "rejected");
        if (row.state == "done" || row.state == "failed") {
            bar.finish();
            return tell(row);
        }
        bar.show(row.state, static_cast<std::size_t>(row.bytes),
                 static_cast<std::size_t>(number_in(pull, "announced")));
        std::this_thread::sleep_for(300ms);
    }
}

int import_files(const config::Settings& settings, const std::string& serial,
                 const std::vector<std::filesystem::path>& files, const ImportOptions& options) {
    int code = 0;
    if (daemon_answers(settings)) {
        for (const auto& file : files) code |= import_by_daemon(settings, serial, file, options);
        return code;
    }
    Offline offline(settings);
    Terminal& terminal = offline.approved(serial);
    people::DirectoryCache directory(offline.worker, offline.registry);
    upload::Corridor corridor{offline.ingest,
                              offline.worker,
                              offline.now,
                              settings.limits.line,
                              settings.uploads.second_approval,
                              nullptr,
                              {settings.time_zone, static_cast<int>(settings.periods.working_days),
                               settings.periods.outside_window == config::OutsideWindow::refuse},
                              [&offline](const std::string& other) {
                                  const Terminal* known = offline.registry.find(other);
                                  return known != nullptr && known->row.state != storage::TerminalState::seen;
                              }};
    ProgressBar bar(stderr);
    std::size_t total = 0;
    std::size_t done = 0;
    for (const auto& file : files) total += size_of(file);
    for (const auto& file : files) {
        done += size_of(file);
        bar.show(file.filename().string(), done, total);
        upload::Taken taken;
        auto work = [&]() -> asio::awaitable<void> {
            upload::Brought brought;
            brought.bytes = read_file(file);
            brought.by = "import@local";
            brought.dry_run = options.dry_run;
            brought.confirmed = options.confirmed;
            brought.said = options.said;
            corridor.directory = co_await directory.current();
            taken = co_await upload::take_file(corridor, terminal, std::move(brought));
        };
        run_on(offline.io, work);
        bar.finish();
        code |= taken.refusal.empty() ? tell(file, upload::to_json(taken)) : tell_refusal(file, taken.refusal);
    }
    return code;
}

int probe_address(const Place& place, const std::filesystem::path& comm_key_file) {
    constexpr std::uint16_t web = 80;
    Zone computer = computer_zone();
    const Probe found = probe(place, read_comm_key(comm_key_file), web);
    fmt::print("{}", describe(found, place, comm_key_file.string(), computer));
    return is_terminal(found) ? 0 : 1;
}

}  // namespace presensi::pull
