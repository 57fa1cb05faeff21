#include "daemon/push/routes.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "daemon/log.hpp"
#include "protocol/adms/attlog.hpp"
#include "protocol/adms/command_result.hpp"
#include "protocol/adms/facts.hpp"
#include "protocol/adms/handshake.hpp"
#include "protocol/adms/operlog.hpp"
#include "protocol/adms/redact.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "storage/delivery_repository.hpp"
#include "storage/store_error.hpp"

namespace presensi::push {

using adms::Endpoint;
using adms::TableKind;

namespace {

// The memory of a terminal is 100,000 to 500,000 records (protocol-adms § 3.1), and it sends a few thousand at a time.
constexpr std::size_t most_lines = 1'000'000;

http::Response say(unsigned status, std::string body) { return {status, "text/plain", std::move(body), {}}; }

// protocol-adms § 2.7
http::Response unknown_device() { return say(403, "UNKNOWN DEVICE\n"); }

// The only OK to an upload. It needs what the commit returned, so that nobody can say it before (architecture 3.2).
http::Response acknowledge(const Receipt&, const Routes::Wanted& wanted) {
    return say(200, wanted.bare ? "OK" : adms::encode_upload_reply(wanted.kind, wanted.lines));
}

// `on_trial`: unknown_terminals: approve let it in, which has an audit row, unless another request was here before. One
// that a person shut out meanwhile by another daemon stays out. Returns what is stored.
storage::TerminalRow store_terminal(storage::Database& database, const storage::TerminalRow& row, bool on_trial,
                                    const std::string& at) {
    storage::TerminalRow stored;
    database.transaction([&] {
        storage::TerminalRepository terminals(database);
        const auto before = terminals.find(row.serial);
        const bool is_new = !before || before->state == storage::TerminalState::seen;
        if (on_trial && !is_new && before->state != row.state) {
            stored = *before;
            return;
        }
        stored = row;
        stored.id = terminals.save(row);
        if (!on_trial || !is_new) return;
        storage::append_audit(database, at, "configuration", "terminal.change", row.serial,
                              R"({"state":["seen","approved"],"reason":"unknown_terminals: approve"})");
    });
    return stored;
}

// Nothing that a terminal could take for success: no error body holds the letters "OK" (protocol-adms § 1.3).
http::Response not_stored() { return say(503, "ERROR\n"); }

// X100-C and others leave SN out of devicecmd and put it into the body (protocol-adms § 1.6).
std::string serial_in(std::string_view body) {
    for (const auto& result : adms::decode_command_results(body)) {
        if (!result.serial.empty()) return result.serial;
    }
    return {};
}

// Without what stands before it, which may be a secret.
std::string last_segment(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    const Sha256 left = sha256(a);
    const Sha256 right = sha256(b);
    return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

bool has_segment(std::string_view path, std::string_view secret) {
    const std::string wanted = to_lower(secret);
    bool found = false;
    while (!path.empty()) {
        path.remove_prefix(std::min<std::size_t>(path.find_first_not_of('/'), path.size()));
        const auto segment = path.substr(0, path.find('/'));
        found = equal_in_constant_time(segment, wanted) || found;
        path.remove_prefix(segment.size());
    }
    return found;
}

// What a result says it answers, without what may follow: "DATA QUERY", never a value.
std::string first_words(std::string_view command) {
    const auto end = command.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_ ");
    return std::string(command.substr(0, std::min<std::size_t>(end, 32)));
}

}  // namespace

Routes::Routes(const config::Settings& settings, TerminalRegistry& registry, Ingest& ingest, StoreWorker& worker,
               talk::CommandQueue& commands, Alarms& alarms, Now now)
    : settings_(settings),
      registry_(registry),
      ingest_(ingest),
      worker_(worker),
      commands_(commands),
      alarms_(alarms),
      now_(std::move(now)) {}

bool Routes::may_speak(Terminal& terminal, const adms::Target& target, const std::string& peer) {
    const auto& networks = terminal.networks;
    const bool foreign = !networks.empty() && std::none_of(networks.begin(), networks.end(),
                                                           [&](const auto& network) { return network.contains(peer); });
    if (foreign) {
        terminal.foreign_at = now_();
        alarms_.raise("foreign_network", terminal.row.serial, now_(), {{"address", both(peer)}});
        return false;
    }
    const bool has_path = terminal.path_secret.empty() || has_segment(target.path, terminal.path_secret.reveal());
    // Only the handshake carries the key (protocol-adms § 7): it opens the door for this address.
    const bool is_handshake = target.endpoint == Endpoint::cdata && adms::is_handshake(target);
    const bool shows_key =
        terminal.push_key.empty() ||
        (is_handshake && equal_in_constant_time(target.parameter("pushcommkey"), terminal.push_key.reveal()));
    if (has_path && shows_key) {
        terminal.keyed_address = peer;
        // It was a wrong entry in its menu. Whoever else was refused stays named for a while.
        if (terminal.keyless_address == peer) {
            terminal.keyless_at.reset();
            terminal.keyless_address.clear();
            alarms_.clear("push_key_wrong", terminal.row.serial);
        }
        return true;
    }
    if (has_path && !is_handshake) {
        // One with a new address, or let in before our restart, shakes hands again at this answer.
        return terminal.keyed_address == peer;
    }
    terminal.keyless_at = now_();
    terminal.keyless_address = peer;
    alarms_.raise("push_key_wrong", terminal.row.serial, now_(), {{"address", both(peer)}});
    return false;
}

// Two that speak by turns are two machines (protocol-adms § 6, 28).
void Routes::note_source(Terminal& terminal, talk::Alternation& turns, const std::string& value) {
    if (!turns.note(value, now_())) return;
    terminal.two_sources_until = now_() + talk::Alternation::window;
    // Addresses that somebody vouched for are alarming, but no reason to count nothing.
    const bool vouched = &turns == &terminal.addresses && !terminal.networks.empty();
    if (!vouched) terminal.suspect_until = terminal.two_sources_until;
    // In one order, so that the sentence does not change at every turn.
    const auto [first, second] = std::minmax({turns.previous(), turns.current()});
    alarms_.raise("two_sources", terminal.row.serial, now_(), {{"first", both(first)}, {"second", both(second)}});
}

void Routes::learn(Terminal& terminal, const adms::TerminalFacts& facts) {
    note_source(terminal, terminal.firmwares, facts.firmware);
    note_source(terminal, terminal.macs, facts.mac);
    registry_.learn(terminal, facts);
}

Terminal* Routes::admit(const adms::Target& target, std::string_view serial, const std::string& peer) {
    if (!adms::is_valid_serial(serial)) return nullptr;
    Terminal* terminal = registry_.find(serial);
    if (terminal != nullptr && !may_speak(*terminal, target, peer)) return nullptr;
    terminal = registry_.contact(std::string(serial), peer);
    if (terminal == nullptr) return nullptr;
    if (terminal->approved()) {
        // A portable one has another address at every place (architecture 3.9).
        if (!terminal->portable) note_source(*terminal, terminal->addresses, peer);
        return terminal;
    }
    const bool trial = settings_.unknown_terminals == config::UnknownTerminals::approve &&
                       terminal->row.state == storage::TerminalState::seen;
    // The first request of a trial terminal stores it; until then it is approved in memory only.
    if (trial) {
        storage::TerminalRow row = terminal->row;
        row.state = storage::TerminalState::approved;
        registry_.apply(*terminal, row);
        terminal->approval_unsaved = true;
        return terminal;
    }
    registry_.break_contact(*terminal);
    complain_once(*terminal, target.path, "terminal.turned_away", "a terminal that is not approved was turned away");
    return nullptr;
}

std::optional<http::Response> Routes::refuse(const http::Request& head) {
    const adms::Target target = adms::decode_target(head.target);
    const auto serial = target.parameter("sn");
    // The body may still name the terminal.
    if (serial.empty() && target.endpoint == Endpoint::devicecmd) return std::nullopt;
    const Terminal* terminal = admit(target, serial, head.peer);
    if (terminal == nullptr) return unknown_device();
    if (target.endpoint == Endpoint::unknown) {
        complain_once(*terminal, target.path, "push.strange_path", "request for a path that terminals do not have");
        return say(404, "NOT FOUND\n");
    }
    return std::nullopt;
}

// Who has not said yet who it is may not fill the memory that all uploads share; results of commands are small.
std::size_t Routes::body_limit(const http::Request& head) {
    constexpr std::size_t of_a_stranger = 16 * 1024;
    const bool named = !adms::decode_target(head.target).parameter("sn").empty();
    return named ? http::Service::body_limit(head) : of_a_stranger;
}

http::Response Routes::failure(unsigned status, const http::Request& head, std::string_view sentence) {
    const adms::Target target = adms::decode_target(head.target);
    Terminal* terminal = registry_.find(target.parameter("sn"));
    const std::string serial = terminal == nullptr ? "" : terminal->row.serial;
    if (terminal != nullptr) registry_.break_contact(*terminal);
    if (status == 413 && terminal != nullptr) {
        alarms_.raise("body_too_large", serial, now_());
    } else {
        log::warn("push.refused", "request refused",
                  {{"terminal", serial}, {"peer", head.peer}, {"status", status}, {"reason", sentence}});
    }
    if (status == 503) return not_stored();
    std::string body(http::reason_phrase(status));
    std::transform(body.begin(), body.end(), body.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return say(status, body + "\n");
}

Routes::Reply Routes::handle(http::Request request) {
    const adms::Target target = adms::decode_target(request.target);
    Terminal* terminal = registry_.find(target.parameter("sn"));
    if (target.parameter("sn").empty()) {
        const std::string serial = serial_in(request.body);
        terminal = admit(target, serial, request.peer);
    }
    if (terminal == nullptr || !terminal->approved()) co_return unknown_device();
    if (terminal->row.id == 0 || terminal->approval_unsaved) {
        // Only with unknown_terminals: approve; the row must be there before its first delivery.
        auto save = [row = terminal->row, on_trial = terminal->approval_unsaved, at = format_utc(now_())](
                        storage::Database& database) { return store_terminal(database, row, on_trial, at); };
        try {
            const storage::TerminalRow stored = co_await worker_.write(std::move(save));
            terminal->row.id = stored.id;
            terminal->approval_unsaved = false;
            if (stored.state != storage::TerminalState::approved) {
                registry_.apply(*terminal, stored);
                co_return unknown_device();
            }
        } catch (const storage::StoreUnavailable&) {
            co_return not_stored();
        }
    }
    switch (target.endpoint) {
        case Endpoint::cdata:
        case Endpoint::edata:
        case Endpoint::fdata:
        case Endpoint::event:
        case Endpoint::cpos: {
            http::Response reply = co_await handle_cdata(*terminal, target, std::move(request));
            co_return reply;
        }
        case Endpoint::getrequest: {
            http::Response reply = co_await handle_poll(*terminal, target);
            co_return reply;
        }
        case Endpoint::devicecmd: {
            std::string results = target.query;
            if (!request.body.empty()) results = std::move(request.body);
            http::Response reply = co_await handle_command_results(*terminal, std::move(results));
            co_return reply;
        }
        case Endpoint::ping:
            co_return say(200, "OK");
        case Endpoint::exchange:
            // protocol-adms § 5.6: it goes on unencrypted; the next handshake announces a version without encryption.
            terminal->plain_protocol = true;
            log::info("push.no_encryption", "terminal asked for encryption; it goes on without",
                      {{"terminal", terminal->row.serial}});
            co_return say(200, "OK");
        case Endpoint::registry:
            co_return refuse_access_dialect(*terminal, 406);
        case Endpoint::push:
        case Endpoint::rtdata:
            co_return refuse_access_dialect(*terminal, 404);
        case Endpoint::querydata:
            co_return refuse_access_dialect(*terminal, 503);
        case Endpoint::unknown:
            break;
    }
    co_return say(404, "NOT FOUND\n");
}

Routes::Reply Routes::handle_cdata(Terminal& terminal, const adms::Target& target, http::Request request) {
    if (request.method == "GET" && request.body.empty() && target.endpoint == Endpoint::cdata &&
        adms::is_handshake(target)) {
        co_return handle_handshake(terminal, target);
    }
    adms::Upload upload = adms::classify_upload(target, request.body);
    if (upload.kind == TableKind::access) co_return refuse_access_dialect(terminal, 503);
    // We do not implement it: the terminal decides by itself (protocol-adms § 3.12).
    if (upload.kind == TableKind::verify_request) co_return say(404, "NOT FOUND\n");
    if (upload.kind == TableKind::remote_user) co_return say(200, "NONE");
    // An old client sends what has no body as GET (protocol-adms § 1.1).
    if (request.method == "GET" && request.body.empty()) co_return say(200, "OK");
    if (adms::is_scrambled(request.body)) {
        // protocol-adms § 2.3: scrambled although the handshake said Encrypt=None.
        alarms_.raise("scrambled_upload", terminal.row.serial, now_());
        co_return refuse_upload(terminal, 500, "ERROR\n");
    }
    if (upload.kind == TableKind::command_result) {
        http::Response reply = co_await handle_command_results(terminal, std::move(request.body));
        co_return reply;
    }

    const std::size_t lines = adms::count_lines(request.body);
    const Wanted wanted{upload.kind, lines, target.endpoint == Endpoint::event || target.endpoint == Endpoint::cpos};
    if (lines == 0) co_return acknowledge(Receipt(), wanted);  // there was nothing to commit
    if (lines > most_lines) {
        alarms_.raise("body_too_large", terminal.row.serial, now_());
        co_return refuse_upload(terminal, 413, "PAYLOAD TOO LARGE\n");
    }
    if (upload.kind == TableKind::attlog) {
        http::Response stored = co_await handle_attlog(terminal, std::move(upload), target, std::move(request));
        co_return stored;
    }
    if (upload.kind == TableKind::operlog || upload.kind == TableKind::errorlog || upload.table == "USERINFO") {
        http::Response told =
            co_await handle_terminal_log(terminal, std::move(upload), target, std::move(request), wanted);
        co_return told;
    }
    if (upload.kind == TableKind::options) learn(terminal, adms::decode_options(request.body));
    Delivery delivery = begin_delivery(std::move(upload), target, std::move(request));
    delivery.unread = true;
    http::Response stored = co_await store(terminal, std::move(delivery), wanted);
    co_return stored;
}

// Redacted before anything else is done with it (architecture 3.3).
Delivery Routes::begin_delivery(adms::Upload upload, const adms::Target& target, http::Request request) const {
    Delivery delivery;
    delivery.table = std::move(upload.table);
    delivery.query = adms::redact_query(target.query);
    delivery.peer = std::move(request.peer);
    delivery.received_at = now_();
    delivery.body = adms::redact_body(upload.kind, std::move(request.body));
    delivery.stamp = std::move(upload.stamp);
    return delivery;
}

Routes::Reply Routes::handle_attlog(Terminal& terminal, adms::Upload upload, const adms::Target& target,
                                    http::Request request) {
    Delivery delivery = begin_delivery(std::move(upload), target, std::move(request));
    adms::AttlogBatch batch = adms::decode_attlog(delivery.body, settings_.limits.line);
    delivery.punches = std::move(batch.punches);
    delivery.rejects = std::move(batch.rejects);
    const Wanted wanted{TableKind::attlog, batch.lines, false};
    http::Response stored = co_await store(terminal, std::move(delivery), wanted);
    co_return stored;
}

Routes::Reply Routes::handle_terminal_log(Terminal& terminal, adms::Upload upload, const adms::Target& target,
                                          http::Request request, Wanted wanted) {
    Delivery delivery = begin_delivery(std::move(upload), target, std::move(request));
    adms::OperationLog log = adms::decode_operlog(delivery.body, settings_.limits.line);
    delivery.rejects = std::move(log.rejects);
    delivery.unread = log.others > 0;
    try {
        const Receipt receipt =
            co_await ingest_.record_log(terminal, std::move(delivery), std::move(log.events), std::move(log.users));
        co_return acknowledge(receipt, wanted);
    } catch (const storage::StoreUnavailable&) {
        co_return not_stored();
    }
}

Routes::Reply Routes::store(Terminal& terminal, Delivery delivery, Wanted wanted) {
    try {
        const Receipt receipt = co_await ingest_.record(terminal, std::move(delivery));
        alarms_.clear("body_too_large", terminal.row.serial);
        log::debug("push.stored", "upload stored",
                   {{"terminal", terminal.row.serial},
                    {"new", receipt.new_punches},
                    {"known", receipt.known_punches},
                    {"rejects", receipt.new_rejects},
                    {"delivery", receipt.delivery_id}});
        co_return acknowledge(receipt, wanted);
    } catch (const storage::StoreUnavailable&) {
        co_return not_stored();
    }
}

http::Response Routes::handle_handshake(Terminal& terminal, const adms::Target& target) {
    const std::string device_type(target.parameter("devicetype"));
    if (equals_ignoring_case(device_type, "acc")) {
        // protocol-adms § 5.1: "approved, not registered with us"; the registration is then refused.
        refuse_access_dialect(terminal, 0);
        return say(200, "OK");
    }
    alarms_.clear("access_dialect", terminal.row.serial);
    alarms_.clear("scrambled_upload", terminal.row.serial);
    const auto stamp = [&](const char* table) {
        const auto found = terminal.stamps.find(table);
        return found == terminal.stamps.end() ? std::string() : found->second;
    };
    adms::HandshakeOptions options;
    options.serial = terminal.row.serial;
    options.attlog_stamp = stamp("ATTLOG");
    options.operlog_stamp = stamp("OPERLOG");
    terminal.told_offset = terminal.zone.offset_at(std::chrono::floor<std::chrono::seconds>(now_()));
    terminal.offset_asked_at.reset();
    options.utc_offset = *terminal.told_offset;
    options.trans_flag =
        terminal.trans_flag == config::TransFlag::digits ? adms::TransFlagForm::digits : adms::TransFlagForm::text;
    options.push_version = std::string(target.parameter("pushver"));
    options.plain_protocol = terminal.plain_protocol;
    log::debug("push.handshake", "handshake", {{"terminal", terminal.row.serial}, {"pushver", options.push_version}});
    return say(200, adms::encode_handshake(options));
}

Routes::Reply Routes::handle_poll(Terminal& terminal, const adms::Target& target) {
    if (const auto info = target.parameter("info"); !info.empty()) learn(terminal, adms::decode_info(info));
    std::string reply = co_await commands_.answer_poll(terminal);
    co_return say(200, std::move(reply));
}

Routes::Reply Routes::handle_command_results(Terminal& terminal, std::string body) {
    auto results = adms::decode_command_results(body);
    if (results.size() == adms::most_results) {
        log::warn("push.many_results",
                  "more results of commands in one body than any terminal sends; the rest is not read",
                  {{"terminal", terminal.row.serial}, {"read", std::to_string(results.size())}});
    }
    for (const auto& result : results) {
        // The content may hold anything: only facts are taken from it, and nothing of it is logged.
        if (equals_ignoring_case(result.command, "INFO")) learn(terminal, adms::decode_options(result.content));
        log::debug(
            "push.result", "result of a command",
            {{"terminal", terminal.row.serial}, {"number", result.id}, {"command", first_words(result.command)}});
    }
    try {
        co_await commands_.take_results(terminal, std::move(results));
        // Also to what we never sent, or know already: otherwise it would come for ever (protocol-adms § 4.3).
        co_return say(200, "OK");
    } catch (const storage::StoreUnavailable&) {
        co_return not_stored();
    }
}

http::Response Routes::refuse_access_dialect(Terminal& terminal, unsigned status) {
    alarms_.raise("access_dialect", terminal.row.serial, now_());
    if (status == 503) return refuse_upload(terminal, 503, "ERROR\n");
    return say(status, status == 406 ? "NOT ACCEPTABLE\n" : "NOT FOUND\n");
}

http::Response Routes::refuse_upload(Terminal& terminal, unsigned status, std::string body) {
    registry_.break_contact(terminal);
    return say(status, std::move(body));
}

void Routes::complain_once(const Terminal& terminal, const std::string& path, std::string_view id,
                           std::string_view message) {
    constexpr std::size_t most = 10'000;
    constexpr std::size_t shown = 64;
    const std::string& serial = terminal.row.serial;
    if (complained_.size() >= most) complained_.clear();
    if (!complained_.insert(fmt::format("{} {}", serial, id)).second) return;
    // Any segment of the path may be its secret.
    const std::string about = terminal.path_secret.empty() ? last_segment(path) : std::string();
    log::warn(id, message, {{"terminal", serial}, {"about", about.substr(0, shown)}});
}

}  // namespace presensi::push
