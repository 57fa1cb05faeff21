#include "config/changes.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "config/load.hpp"

namespace presensi::config {
namespace {

// The description of each key of the top level, with what is indented below it.
std::map<std::string, std::string> by_key(const std::string& description) {
    std::map<std::string, std::string> keys;
    std::string key;
    for (std::string_view rest = description; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty() || line.front() == '#') continue;
        if (line.front() != ' ') key = line.substr(0, line.find(':'));
        keys[key].append(line).append("\n");
    }
    return keys;
}

bool has_the_same_secrets(const TerminalSettings& left, const TerminalSettings& right) {
    const auto comm_key = [](const TerminalSettings& terminal) {
        return terminal.pull ? terminal.pull->comm_key : Secret();
    };
    return left.push_key == right.push_key && left.path_secret == right.path_secret &&
           comm_key(left) == comm_key(right);
}

bool have_the_same_secrets(const std::vector<TerminalSettings>& left, const std::vector<TerminalSettings>& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), has_the_same_secrets);
}

}  // namespace

std::vector<std::string> keys_for_a_restart(const Settings& before, const Settings& after) {
    std::vector<std::string> keys;
    const auto compare = [&](const char* key, const auto& left, const auto& right) {
        if (!(left == right)) keys.emplace_back(key);
    };
    compare("storage.backend", before.storage.backend, after.storage.backend);
    compare("storage.sqlite.path", before.storage.sqlite_path, after.storage.sqlite_path);
    compare("storage.postgres.url", before.storage.postgres_url, after.storage.postgres_url);
    compare("storage.postgres.password_file", before.storage.postgres_password, after.storage.postgres_password);
    compare("storage.postgres.owner_url", before.storage.postgres_owner_url, after.storage.postgres_owner_url);
    compare("storage.migrate", before.storage.migrate, after.storage.migrate);
    compare("terminal_listener.address", before.terminal_listener.address, after.terminal_listener.address);
    compare("terminal_listener.port", before.terminal_listener.port, after.terminal_listener.port);
    compare("terminal_listener.tls.certificate", before.terminal_listener.tls.certificate,
            after.terminal_listener.tls.certificate);
    compare("terminal_listener.tls.key", before.terminal_listener.tls.key, after.terminal_listener.tls.key);
    compare("admin_listener.address", before.admin_listener.address, after.admin_listener.address);
    compare("admin_listener.port", before.admin_listener.port, after.admin_listener.port);
    // What the files hold may change: http::Identity reads it again.
    compare("admin_listener.tls.certificate", before.admin_listener.tls.certificate,
            after.admin_listener.tls.certificate);
    compare("admin_listener.tls.key", before.admin_listener.tls.key, after.admin_listener.tls.key);
    // Where alarms go may change; whether they go at all is decided at the start.
    compare("alarms.webhook.url", before.alarms.webhook.url.empty(), after.alarms.webhook.url.empty());
    compare("alarms.mail.to", before.alarms.mail.to.empty(), after.alarms.mail.to.empty());
    compare("alarms.heartbeat.url", before.alarms.heartbeat.url.empty(), after.alarms.heartbeat.url.empty());
    compare("log.format", before.log.format, after.log.format);
    return keys;
}

std::vector<std::string> changed_keys(const Settings& before, const Settings& after) {
    std::map<std::string, std::string> old = by_key(describe(before));
    std::vector<std::string> changed;
    for (const auto& [key, text] : by_key(describe(after))) {
        const auto known = old.find(key);
        bool same = known != old.end() && known->second == text;
        if (key == "terminals") same = same && have_the_same_secrets(before.terminals, after.terminals);
        if (!same) changed.push_back(key);
        if (known != old.end()) old.erase(known);
    }
    for (const auto& [key, text] : old) changed.push_back(key);
    std::sort(changed.begin(), changed.end());
    return changed;
}

}  // namespace presensi::config
