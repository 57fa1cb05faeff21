#include "tests/terminals/command.hpp"

#include <algorithm>
#include <array>

namespace presensi::terminals {

namespace {

constexpr std::array<std::string_view, 9> verbs{
    "INFO",           "CHECK",      "LOG",   "DATA QUERY ATTLOG", "VERIFY SUM ATTLOG", "DATA QUERY USERINFO",
    "RELOAD OPTIONS", "SET OPTION", "REBOOT"};

// Old clients overlook what does not follow a TAB.
std::string value_of(std::string_view text, std::string_view key) {
    while (!text.empty()) {
        const auto part = text.substr(0, text.find('\t'));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        if (part.starts_with(key)) return std::string(part.substr(key.size()));
    }
    return {};
}

HeardCommand decode_line(std::string_view line, std::string& complaint) {
    HeardCommand command;
    const auto colon = line.find(':', 2);
    if (!line.starts_with("C:") || colon == line.npos || colon - 2 > 16) {
        complaint = "'" + std::string(line) + "' is no command";
        return command;
    }
    command.id = line.substr(2, colon - 2);
    const auto text = line.substr(colon + 1);
    const auto* verb = std::find_if(verbs.begin(), verbs.end(), [&](std::string_view known) {
        return text == known || text.starts_with(std::string(known) + " ");
    });
    if (verb == verbs.end()) {
        complaint = "'" + std::string(text) + "' is not of the closed set";
        return command;
    }
    command.verb = *verb;
    const auto rest = text.size() > verb->size() ? text.substr(verb->size() + 1) : std::string_view();
    command.first = value_of(rest, "StartTime=");
    command.last = value_of(rest, "EndTime=");
    if (command.verb == "SET OPTION") command.first = rest.substr(0, rest.find('='));
    const bool wants_period = command.verb.ends_with("ATTLOG");
    if (wants_period && (command.first.size() != 19 || command.last.size() != 19))
        complaint = "'" + std::string(text) + "' has no period";
    return command;
}

}  // namespace

std::vector<HeardCommand> read_commands(const std::string& answer, std::string& complaint) {
    std::vector<HeardCommand> commands;
    if (answer == "OK") return commands;
    constexpr std::size_t most = 20;
    constexpr std::size_t most_bytes = std::size_t{64} * 1024;
    if (!answer.ends_with('\n')) complaint = "the last command has no line end, so it is never executed";
    if (answer.size() > most_bytes) complaint = "more than 64 KiB of commands";
    std::string_view rest = answer;
    bool over = false;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (over) complaint = "a command behind one that ends the reading is lost";
        HeardCommand command = decode_line(line, complaint);
        if (command.verb.empty()) continue;
        over = command.verb == "CHECK" || command.verb == "RELOAD OPTIONS" || command.verb == "REBOOT";
        commands.push_back(std::move(command));
    }
    if (commands.size() > most) complaint = "more than 20 commands";
    return commands;
}

bool is_harmless_twice(const HeardCommand& command) { return command.verb != "REBOOT" && command.verb != "SET OPTION"; }

}  // namespace presensi::terminals
