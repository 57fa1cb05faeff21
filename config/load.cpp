#include "config/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "config/choices.hpp"
#include "config/file_text.hpp"
#include "config/nearest.hpp"
#include "config/organisation.hpp"
#include "config/printable.hpp"
#include "config/reader.hpp"
#include "config/text_values.hpp"
#include "config/time_zone.hpp"

namespace presensi::config {
namespace {

using std::filesystem::path;

constexpr std::size_t largest_file = MiB;
constexpr std::size_t largest_secret = 4 * KiB;
constexpr std::size_t largest_key = 64 * KiB;

auto count_between(std::size_t least, std::size_t most) {
    return [=](std::string_view text) { return decode_count(text, least, most); };
}

auto size_between(std::size_t least, std::size_t most) {
    return [=](std::string_view text) { return decode_size(text, least, most); };
}

Decoded<std::chrono::seconds> decode_pull_interval(std::string_view text) {
    return decode_duration(text, std::chrono::seconds(1), std::chrono::hours(24 * 366));
}

// Where the files are that the configuration names.
struct Inputs {
    path folder;       // of the configuration file
    path credentials;  // $CREDENTIALS_DIRECTORY of the service manager; empty: none
    TlsCheck tls_check;
};

path folder_of(const path& file) { return file.has_parent_path() ? file.parent_path() : path("."); }

path first_folder(const std::string& state_directory) {
    // systemd.exec(5): several folders are separated by colons.
    return state_directory.substr(0, state_directory.find(':'));
}

Decoded<path> decode_path(std::string_view text) {
    auto decoded = decode_text(text);
    if (auto* problem = std::get_if<Problem>(&decoded)) return std::move(*problem);
    path file(std::get<std::string>(decoded));
    if (!file.has_filename() || file.filename() == "." || file.filename() == "..")
        return Problem{fmt::format("{} names a folder, not a file", shown(text))};
    return file;
}

// A file of the configuration, seen from the folder of the configuration file.
Decoded<path> decode_input_file(std::string_view text, const path& folder) {
    auto decoded = decode_path(text);
    if (auto* file = std::get_if<path>(&decoded)) *file = std::filesystem::absolute(folder / *file).lexically_normal();
    return decoded;
}

Decoded<path> decode_existing_file(std::string_view text, const path& folder) {
    auto decoded = decode_input_file(text, folder);
    const auto* file = std::get_if<path>(&decoded);
    std::error_code error;
    if (file != nullptr && !std::filesystem::is_regular_file(*file, error)) {
        return Problem{fmt::format("there is no file {}", shown_path(file->string()))};
    }
    return decoded;
}

// A bare name may be that of a credential (systemd.exec(5), LoadCredential=), which comes first.
Decoded<path> decode_secret_file(std::string_view text, const Inputs& inputs) {
    if (!inputs.credentials.empty() && text.find('/') == text.npos) {
        auto decoded = decode_input_file(text, inputs.credentials);
        const auto* file = std::get_if<path>(&decoded);
        std::error_code error;
        if (file != nullptr && std::filesystem::is_regular_file(*file, error)) return decoded;
    }
    return decode_input_file(text, inputs.folder);
}

Decoded<Secret> read_secret(std::string_view text, const Inputs& inputs) {
    auto file = decode_secret_file(text, inputs);
    if (auto* problem = std::get_if<Problem>(&file)) return std::move(*problem);
    const std::string name = shown_path(std::get<path>(file).string());
    auto content = read_file(std::get<path>(file), largest_secret);
    if (const auto* problem = std::get_if<Problem>(&content)) return Problem{name + " " + problem->sentence};
    auto& [secret, others_may_use] = std::get<FileText>(content);
    if (others_may_use) {
        return Problem{fmt::format("everybody on this machine can use {0}; run: chmod o-rwx {0}", name)};
    }
    if (!secret.empty() && secret.back() == '\n') secret.pop_back();
    if (!secret.empty() && secret.back() == '\r') secret.pop_back();
    if (secret.empty()) return Problem{name + " is empty"};
    if (has_control_character(secret)) return Problem{name + " must hold one line of text"};
    return Secret(std::move(secret));
}

auto secret_in(const Inputs& inputs) {
    return [&inputs](std::string_view text) { return read_secret(text, inputs); };
}

auto path_secret_in(const Inputs& inputs) {
    return [&inputs](std::string_view text) -> Decoded<Secret> {
        auto secret = read_secret(text, inputs);
        if (std::holds_alternative<Problem>(secret)) return secret;
        auto segment = decode_path_secret(std::get<Secret>(secret));
        if (auto* problem = std::get_if<Problem>(&segment)) return Problem{shown(text) + " " + problem->sentence};
        return segment;
    };
}

auto comm_key_in(const Inputs& inputs) {
    return [&inputs](std::string_view text) -> Decoded<Secret> {
        auto secret = read_secret(text, inputs);
        if (std::holds_alternative<Problem>(secret)) return secret;
        auto key = decode_comm_key(std::get<Secret>(secret));
        if (auto* problem = std::get_if<Problem>(&key)) return Problem{shown(text) + " " + problem->sentence};
        return key;
    };
}

void read_storage(Section storage, StorageSettings& out, const Inputs& inputs) {
    storage.read("backend", out.backend, one_of(backend_choices));
    Section sqlite = storage.section("sqlite");
    sqlite.read("path", out.sqlite_path, decode_path);
    sqlite.finish();
    Section postgres = storage.section("postgres");
    postgres.read("url", out.postgres_url, decode_postgres_url);
    postgres.read_optional("password_file", out.postgres_password, secret_in(inputs));
    postgres.read_optional("owner_url", out.postgres_owner_url, decode_postgres_url);
    postgres.misplaced("password", "put the password into a file of its own and name it with password_file");
    postgres.finish();
    storage.read("migrate", out.migrate, one_of(truth_choices));
    storage.finish();
}

// Readable, and by nobody else. What it holds is looked at when the listener begins.
Decoded<path> decode_key_file(std::string_view text, const Inputs& inputs) {
    auto decoded = decode_secret_file(text, inputs);
    const auto* file = std::get_if<path>(&decoded);
    if (file == nullptr) return decoded;
    const std::string name = shown_path(file->string());
    const auto content = read_file(*file, largest_key);
    if (const auto* problem = std::get_if<Problem>(&content)) return Problem{name + " " + problem->sentence};
    if (std::get<FileText>(content).others_may_use)
        return Problem{fmt::format("everybody on this machine can use {0}; run: chmod o-rwx {0}", name)};
    return decoded;
}

void read_tls(Section tls, TlsSettings& out, const Inputs& inputs) {
    tls.read_optional("certificate", out.certificate,
                      [&](std::string_view text) { return decode_existing_file(text, inputs.folder); });
    tls.read_optional("key", out.key, [&](std::string_view text) { return decode_key_file(text, inputs); });
    if (tls.clean() && out.certificate.empty() != out.key.empty()) {
        tls.refuse(out.key.empty() ? "certificate" : "key", "a certificate and its key belong together; name both");
    }
    if (tls.clean() && out.given() && inputs.tls_check) {
        std::string problem = inputs.tls_check(out);
        if (!problem.empty()) tls.refuse("certificate", std::move(problem));
    }
    tls.finish();
}

void read_listener(Section& listener, ListenerSettings& out, const Inputs& inputs) {
    listener.read("address", out.address, decode_address);
    listener.read("port", out.port, decode_listen_port);
    read_tls(listener.section("tls"), out.tls, inputs);
    listener.finish();
}

bool is_wildcard(const std::string& address) {
    const auto decoded = Network::decode(address);
    return decoded == Network::decode("0.0.0.0") || decoded == Network::decode("::");
}

bool share_a_port(const ListenerSettings& left, const ListenerSettings& right) {
    if (left.port != right.port || left.port == 0) return false;
    // A wildcard takes the port on every address of the machine.
    return is_wildcard(left.address) || is_wildcard(right.address) ||
           Network::decode(left.address) == Network::decode(right.address);
}

void read_listeners(Section terminal, Section admin, Settings& out, const Inputs& inputs) {
    read_listener(terminal, out.terminal_listener, inputs);
    read_listener(admin, out.admin_listener, inputs);
    const bool clean = terminal.clean() && admin.clean();
    const ListenerSettings& listener = out.admin_listener;
    if (!clean || !share_a_port(out.terminal_listener, listener)) return;
    // At least one of the two ports was written, the defaults differ.
    const bool admin_is_later = admin.given("port") && admin.line_of("port") >= terminal.line_of("port");
    Section& later = admin_is_later || !terminal.given("port") ? admin : terminal;
    const Section& other = &later == &admin ? terminal : admin;
    later.refuse("port", fmt::format("port {} is taken by {}{}", listener.port,
                                     &later == &admin ? "terminal_listener" : "admin_listener",
                                     other.given("port") ? "" : " (its default)"));
}

void read_limits(Section limits, LimitSettings& out) {
    limits.read("connections", out.connections, count_between(1, 1'000'000));
    limits.read("connections_per_address", out.connections_per_address, count_between(1, 1'000'000));
    limits.read("header", out.header, size_between(1 * KiB, 64 * KiB));
    limits.read("body", out.body, size_between(64 * KiB, 256 * MiB));
    limits.read("bodies_in_flight", out.bodies_in_flight, size_between(64 * KiB, 64 * GiB));
    limits.read("line", out.line, size_between(1 * KiB, 256 * MiB));
    limits.read("upload", out.upload, size_between(64 * KiB, 1 * GiB));
    limits.finish();
    if (!limits.clean()) return;

    // A default gives way to what was written: to lower one limit, one line is enough.
    if (!limits.given("connections_per_address")) {
        out.connections_per_address = std::min(out.connections_per_address, out.connections);
    }
    if (!limits.given("bodies_in_flight")) out.bodies_in_flight = std::max(out.bodies_in_flight, out.body);
    if (out.connections_per_address > out.connections) {
        limits.refuse("connections_per_address", fmt::format("{} is more than limits.connections ({})",
                                                             out.connections_per_address, out.connections));
    }
    if (out.bodies_in_flight < out.body) {
        limits.refuse("bodies_in_flight", fmt::format("{} is less than limits.body ({})",
                                                      encode_size(out.bodies_in_flight), encode_size(out.body)));
    }
    if (out.line > out.body) {
        limits.refuse("line",
                      fmt::format("{} is more than limits.body ({})", encode_size(out.line), encode_size(out.body)));
    }
}

void read_clock(Section clock, SendDate& out) {
    clock.read("send_date", out, one_of(send_date_choices));
    clock.finish();
}

void read_pull(Section pull, PullSettings& out) {
    pull.read_list("networks", out.networks, decode_network);
    pull.read_list("quiet", out.quiet, decode_quiet_hours);
    pull.read("every", out.every, decode_pull_interval);
    pull.finish();
}

void read_completeness(Section completeness, CompletenessSettings& out) {
    completeness.read("after_gap", out.after_gap, decode_pull_interval);
    completeness.read("nightly", out.nightly, decode_time_of_day);
    completeness.read("days", out.days, count_between(0, 31));
    completeness.finish();
}

// Who can guess it can raise alarms that are none.
Decoded<Secret> read_webhook_secret(std::string_view text, const Inputs& inputs) {
    constexpr std::size_t shortest = 16;
    auto secret = read_secret(text, inputs);
    const auto* value = std::get_if<Secret>(&secret);
    if (value != nullptr && value->reveal().size() < shortest) {
        return Problem{fmt::format("{} holds less than {} characters; openssl rand -hex 32 makes a secret", shown(text),
                                   shortest)};
    }
    return secret;
}

void read_webhook(Section webhook, WebhookSettings& out, const Inputs& inputs) {
    webhook.read_optional("url", out.url, decode_url);
    webhook.read_optional("secret_file", out.secret,
                          [&](std::string_view text) { return read_webhook_secret(text, inputs); });
    webhook.misplaced("secret", "put the secret into a file of its own and name it with secret_file");
    if (webhook.clean() && webhook.given("url") && !webhook.given("secret_file"))
        webhook.refuse("secret_file", "is missing; the receiver knows by it that the alarms are ours");
    webhook.finish();
}

void read_mail(Section mail, MailSettings& out) {
    mail.read("relay", out.relay, decode_host);
    mail.read("port", out.port, decode_port);
    mail.read("from", out.from, decode_mail_address);
    mail.read_list("to", out.to, decode_mail_address);
    mail.misplaced("password", "the relay is one of this network that takes our mail without");
    mail.finish();
}

void read_heartbeat(Section heartbeat, HeartbeatSettings& out) {
    heartbeat.read_optional("url", out.url, decode_url);
    heartbeat.read("every", out.every, [](std::string_view text) {
        return decode_duration(text, std::chrono::seconds(10), std::chrono::hours(24));
    });
    heartbeat.finish();
}

void read_alarms(Section alarms, AlarmSettings& out, const Inputs& inputs) {
    if (alarms.given("apel_days")) out.apel_days.clear();
    alarms.read_list("apel_days", out.apel_days, one_of(weekday_choices));
    alarms.read("apel_deadline", out.apel_deadline, decode_time_of_day);
    alarms.read("working_hours", out.working_hours, decode_quiet_hours);
    if (alarms.clean() && out.working_hours.to < out.working_hours.from)
        alarms.refuse("working_hours", encode_quiet_hours(out.working_hours) + " crosses midnight");
    alarms.read_optional("ca_file", out.ca_file,
                         [&](std::string_view text) { return decode_existing_file(text, inputs.folder); });
    read_webhook(alarms.section("webhook"), out.webhook, inputs);
    read_mail(alarms.section("mail"), out.mail);
    read_heartbeat(alarms.section("heartbeat"), out.heartbeat);
    alarms.finish();
}

void read_log(Section log, LogSettings& out) {
    log.read("format", out.format, one_of(log_format_choices));
    log.finish();
}

void read_backup(Section backup, BackupSettings& out, const path& folder) {
    backup.read_optional("stamp_file", out.stamp_file,
                         [&](std::string_view text) { return decode_input_file(text, folder); });
    backup.finish();
}

void read_uploads(Section uploads, UploadSettings& out) {
    uploads.read("second_approval", out.second_approval, one_of(second_approval_choices));
    uploads.finish();
}

void read_periods(Section periods, PeriodSettings& out) {
    periods.read("working_days", out.working_days, count_between(1, 5));
    periods.read("outside_window", out.outside_window, one_of(outside_window_choices));
    periods.finish();
}

TerminalPullSettings read_terminal_pull(Section pull, const Inputs& inputs) {
    TerminalPullSettings out;
    pull.require("address", out.address, decode_address);
    pull.read("port", out.port, decode_port);
    pull.read_optional("comm_key_file", out.comm_key, comm_key_in(inputs));
    pull.read_optional("every", out.every, decode_pull_interval);
    pull.read("disable_while_reading", out.disable_while_reading, one_of(truth_choices));
    pull.misplaced("comm_key", "put the comm key into a file of its own and name it with comm_key_file");
    pull.finish();
    return out;
}

TerminalSettings read_terminal(Section& terminal, const Inputs& inputs) {
    TerminalSettings out;
    terminal.require("serial", out.serial, decode_serial);
    terminal.read_optional("name", out.name, decode_text);
    terminal.read("role", out.role, one_of(role_choices));
    terminal.read("portable", out.portable, one_of(truth_choices));
    terminal.read_optional("unit", out.unit, decode_text);
    terminal.read_optional("time_zone", out.time_zone, decode_time_zone);
    terminal.read_list("networks", out.networks, decode_network);
    terminal.read("trans_flag", out.trans_flag, one_of(trans_flag_choices));
    terminal.read_optional("push_key_file", out.push_key, secret_in(inputs));
    terminal.read_optional("path_secret_file", out.path_secret, path_secret_in(inputs));
    const bool has_pull = terminal.given("pull");
    Section pull = terminal.section("pull");
    if (has_pull) out.pull = read_terminal_pull(pull, inputs);
    terminal.misplaced("comm_key", "put the comm key into a file of its own and name it with pull.comm_key_file");
    terminal.finish();
    return out;
}

// A misspelt unit would quietly be nobody's: no Admin would see the terminal, and every punch there would be flagged.
void check_unit(Section& terminal, const std::string& unit, const attendance::Organisation& organisation) {
    std::vector<std::string_view> codes;
    for (const auto& known : organisation.units) codes.push_back(known.code);
    if (codes.empty() || std::find(codes.begin(), codes.end(), unit) != codes.end()) return;
    terminal.refuse("unit", fmt::format("{} is not the code of a unit in the units_file{}", shown(unit),
                                        did_you_mean(unit, codes)));
}

void read_terminals(std::vector<Section> terminals, std::vector<TerminalSettings>& out, const Inputs& inputs,
                    const attendance::Organisation* organisation) {
    std::map<std::string, int> lines;
    for (Section& terminal : terminals) {
        TerminalSettings settings = read_terminal(terminal, inputs);
        if (organisation != nullptr && settings.unit) check_unit(terminal, *settings.unit, *organisation);
        const auto [first, is_new] = lines.emplace(settings.serial, terminal.line_of("serial"));
        if (!is_new && !settings.serial.empty()) {
            terminal.refuse("serial",
                            fmt::format("{} is in this file already, in line {}", settings.serial, first->second));
        }
        out.push_back(std::move(settings));
    }
}

void read_settings(Section root, Settings& out, const Inputs& inputs, OrganisationResult& units) {
    root.read("time_zone", out.time_zone, decode_time_zone);
    read_storage(root.section("storage"), out.storage, inputs);
    read_listeners(root.section("terminal_listener"), root.section("admin_listener"), out, inputs);
    root.read("unknown_terminals", out.unknown_terminals, one_of(unknown_terminals_choices));
    read_clock(root.section("clock"), out.send_date);
    read_limits(root.section("limits"), out.limits);
    read_pull(root.section("pull"), out.pull);
    read_completeness(root.section("completeness"), out.completeness);
    read_alarms(root.section("alarms"), out.alarms, inputs);
    read_log(root.section("log"), out.log);
    read_backup(root.section("backup"), out.backup, inputs.folder);
    read_uploads(root.section("uploads"), out.uploads);
    read_periods(root.section("periods"), out.periods);
    root.read_optional("units_file", out.units_file,
                       [&](std::string_view text) { return decode_existing_file(text, inputs.folder); });
    if (out.units_file) units = load_organisation(*out.units_file);
    const auto* organisation = units.organisation ? &*units.organisation : nullptr;
    read_terminals(root.sections("terminals"), out.terminals, inputs, organisation);
    root.finish();
}

}  // namespace

LoadResult load_settings(const path& file, const std::string& state_directory, const path& credentials_directory,
                         const TlsCheck& tls_check) {
    Settings settings;
    settings.file = file;
    const path state_folder = first_folder(state_directory);
    settings.state_folder = state_folder.empty() ? folder_of(file) : state_folder;

    Errors errors(file.string());
    OrganisationResult units;
    const auto content = read_file(file, largest_file);
    if (const auto* problem = std::get_if<Problem>(&content)) {
        errors.add({}, "", "the file " + problem->sentence);
    } else {
        const TreeNode tree = parse_tree(std::get<FileText>(content).text, errors);
        const Inputs inputs{folder_of(file), credentials_directory, tls_check};
        read_settings(Section(tree, "", errors), settings, inputs, units);
    }
    std::vector<ConfigError> mistakes = errors.in_order();
    if (units.organisation) settings.organisation = std::move(*units.organisation);
    mistakes.insert(mistakes.end(), units.errors.begin(), units.errors.end());
    if (!mistakes.empty()) return {std::nullopt, std::move(mistakes)};
    return {std::move(settings), {}};
}

}  // namespace presensi::config
