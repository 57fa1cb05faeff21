// Every struct is taken apart by a structured binding, which stops compiling when a field joins it: no field can be
// forgotten here, and so none in the reference, in every.yaml or in the documentation.

#include "settings_differences.hpp"

#include <doctest/doctest.h>

namespace presensi::config {
namespace {

class Differences {
public:
    template <typename T>
    void compare(const std::string& key, const T& left, const T& right) {
        if (!(left == right)) keys.insert(key);
    }
    std::set<std::string> keys;
};

void compare_storage(const StorageSettings& left, const StorageSettings& right, Differences& out) {
    const auto& [backend, path, url, password, owner_url, migrate] = left;
    out.compare("storage.backend", backend, right.backend);
    out.compare("storage.sqlite.path", path, right.sqlite_path);
    out.compare("storage.postgres.url", url, right.postgres_url);
    out.compare("storage.postgres.password_file", password, right.postgres_password);
    out.compare("storage.postgres.owner_url", owner_url, right.postgres_owner_url);
    out.compare("storage.migrate", migrate, right.migrate);
}

void compare_listener(const std::string& name, const ListenerSettings& left, const ListenerSettings& right,
                      Differences& out) {
    const auto& [address, port, tls] = left;
    out.compare(name + ".address", address, right.address);
    out.compare(name + ".port", port, right.port);
    out.compare(name + ".tls.certificate", tls.certificate, right.tls.certificate);
    out.compare(name + ".tls.key", tls.key, right.tls.key);
}

void compare_limits(const LimitSettings& left, const LimitSettings& right, Differences& out) {
    const auto& [connections, per_address, header, body, in_flight, line, upload] = left;
    out.compare("limits.connections", connections, right.connections);
    out.compare("limits.connections_per_address", per_address, right.connections_per_address);
    out.compare("limits.header", header, right.header);
    out.compare("limits.body", body, right.body);
    out.compare("limits.bodies_in_flight", in_flight, right.bodies_in_flight);
    out.compare("limits.line", line, right.line);
    out.compare("limits.upload", upload, right.upload);
}

void compare_pull(const PullSettings& left, const PullSettings& right, Differences& out) {
    const auto& [networks, quiet, every] = left;
    out.compare("pull.networks", networks, right.networks);
    out.compare("pull.quiet", quiet, right.quiet);
    out.compare("pull.every", every, right.every);
}

void compare_completeness(const CompletenessSettings& left, const CompletenessSettings& right, Differences& out) {
    const auto& [after_gap, nightly, days] = left;
    out.compare("completeness.after_gap", after_gap, right.after_gap);
    out.compare("completeness.nightly", nightly, right.nightly);
    out.compare("completeness.days", days, right.days);
}

void compare_alarms(const AlarmSettings& left, const AlarmSettings& right, Differences& out) {
    const auto& [apel_days, apel_deadline, working_hours, ca_file, webhook, mail, heartbeat] = left;
    const auto& [webhook_url, secret] = webhook;
    const auto& [relay, port, from, to] = mail;
    const auto& [heartbeat_url, every] = heartbeat;
    out.compare("alarms.ca_file", ca_file, right.ca_file);
    out.compare("alarms.webhook.url", webhook_url, right.webhook.url);
    out.compare("alarms.webhook.secret_file", secret, right.webhook.secret);
    out.compare("alarms.mail.relay", relay, right.mail.relay);
    out.compare("alarms.mail.port", port, right.mail.port);
    out.compare("alarms.mail.from", from, right.mail.from);
    out.compare("alarms.mail.to", to, right.mail.to);
    out.compare("alarms.heartbeat.url", heartbeat_url, right.heartbeat.url);
    out.compare("alarms.heartbeat.every", every, right.heartbeat.every);
    out.compare("alarms.apel_days", apel_days, right.apel_days);
    out.compare("alarms.apel_deadline", apel_deadline, right.apel_deadline);
    out.compare("alarms.working_hours", working_hours, right.working_hours);
}

void compare_periods(const PeriodSettings& left, const PeriodSettings& right, Differences& out) {
    const auto& [working_days, outside_window] = left;
    out.compare("periods.working_days", working_days, right.working_days);
    out.compare("periods.outside_window", outside_window, right.outside_window);
}

void compare_terminal_pull(const TerminalPullSettings& left, const TerminalPullSettings& right, Differences& out) {
    const auto& [address, port, comm_key, every, disable_while_reading] = left;
    out.compare("terminals[].pull.address", address, right.address);
    out.compare("terminals[].pull.port", port, right.port);
    out.compare("terminals[].pull.comm_key_file", comm_key, right.comm_key);
    out.compare("terminals[].pull.every", every, right.every);
    out.compare("terminals[].pull.disable_while_reading", disable_while_reading, right.disable_while_reading);
}

void compare_terminal(const TerminalSettings& left, const TerminalSettings& right, Differences& out) {
    const auto& [serial, name, unit, time_zone, role, portable, networks, trans_flag, push_key, path_secret, pull] =
        left;
    out.compare("terminals[].serial", serial, right.serial);
    out.compare("terminals[].name", name, right.name);
    out.compare("terminals[].unit", unit, right.unit);
    out.compare("terminals[].time_zone", time_zone, right.time_zone);
    out.compare("terminals[].role", role, right.role);
    out.compare("terminals[].portable", portable, right.portable);
    out.compare("terminals[].networks", networks, right.networks);
    out.compare("terminals[].trans_flag", trans_flag, right.trans_flag);
    out.compare("terminals[].push_key_file", push_key, right.push_key);
    out.compare("terminals[].path_secret_file", path_secret, right.path_secret);
    REQUIRE(pull.has_value());
    REQUIRE(right.pull.has_value());
    compare_terminal_pull(*pull, *right.pull, out);
}

}  // namespace

std::set<std::string> differences(const Settings& left, const Settings& right) {
    Differences out;
    const auto& [file, state_folder, time_zone, storage, terminal_listener, admin_listener, unknown_terminals,
                 send_date, limits, pull, completeness, alarms, log, backup, uploads, periods, units_file, organisation,
                 terminals] = left;
    static_cast<void>(file);
    static_cast<void>(state_folder);
    out.compare("time_zone", time_zone, right.time_zone);
    compare_storage(storage, right.storage, out);
    compare_listener("terminal_listener", terminal_listener, right.terminal_listener, out);
    compare_listener("admin_listener", admin_listener, right.admin_listener, out);
    out.compare("unknown_terminals", unknown_terminals, right.unknown_terminals);
    out.compare("clock.send_date", send_date, right.send_date);
    compare_limits(limits, right.limits, out);
    compare_pull(pull, right.pull, out);
    compare_completeness(completeness, right.completeness, out);
    compare_alarms(alarms, right.alarms, out);
    out.compare("log.format", log.format, right.log.format);
    out.compare("backup.stamp_file", backup.stamp_file, right.backup.stamp_file);
    out.compare("uploads.second_approval", uploads.second_approval, right.uploads.second_approval);
    compare_periods(periods, right.periods, out);
    out.compare("units_file", units_file, right.units_file);
    REQUIRE(terminals.size() == 1);
    REQUIRE(right.terminals.size() == 1);
    compare_terminal(terminals[0], right.terminals[0], out);
    return out.keys;
}

}  // namespace presensi::config
