#include "protocol/adms/command.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

constexpr std::array<std::pair<CommandVerb, std::string_view>, 9> verbs{{
    {CommandVerb::info, "INFO"},
    {CommandVerb::check, "CHECK"},
    {CommandVerb::log, "LOG"},
    {CommandVerb::query_attlog, "DATA QUERY ATTLOG"},
    {CommandVerb::verify_attlog, "VERIFY SUM ATTLOG"},
    {CommandVerb::query_userinfo, "DATA QUERY USERINFO"},
    {CommandVerb::reload_options, "RELOAD OPTIONS"},
    {CommandVerb::set_option, "SET OPTION"},
    {CommandVerb::reboot, "REBOOT"},
}};

// Harmless: how often it calls, and how loud it is (protocol-adms § 2.3).
struct Option {
    std::string_view key;
    int least;
    int most;
};
constexpr std::array<Option, 5> options{{
    {"Delay", 2, 60},          // seconds between polls
    {"ErrorDelay", 30, 300},   // seconds after a failed connection
    {"TransInterval", 1, 60},  // minutes between uploads
    {"Realtime", 1, 1},        // each record at once
    {"VOLUME", 0, 100},        // of the voice, percent
}};

constexpr std::size_t longest_pin = 64;

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool takes_period(CommandVerb verb) { return verb == CommandVerb::query_attlog || verb == CommandVerb::verify_attlog; }

bool ends_reply(CommandVerb verb) {
    return verb == CommandVerb::check || verb == CommandVerb::reload_options || verb == CommandVerb::reboot;
}

std::string wire_time(DeviceTime time) {
    std::string text = format_device_time(time);
    text[text.find('T')] = ' ';
    return text;
}

std::string line_of(const QueuedCommand& command) {
    return "C:" + std::to_string(command.id) + ":" + command.text + "\n";
}

std::string problem_of_option(const Command& command) {
    const auto option =
        std::find_if(options.begin(), options.end(), [&](const Option& known) { return known.key == command.key; });
    if (option == options.end()) return "only these options may be set: " + settable_options();
    if (!decode_number(command.value, option->least, option->most)) {
        return std::string(option->key) + " has to be a number from " + std::to_string(option->least) + " to " +
               std::to_string(option->most);
    }
    return {};
}

std::string problem_of(const Command& command) {
    for (const auto* value : {&command.pin, &command.key, &command.value}) {
        if (has_control_character(*value))
            return "a value holds a control character such as TAB or a line end, which would split the command";
        if (!is_valid_utf8(*value)) return "a value is not UTF-8";
    }
    const std::string name(to_string(command.verb));
    if (takes_period(command.verb)) {
        if (!command.from || !command.to) return name + " needs from and to";
        if (*command.from > *command.to) return "from has to be before to";
    } else if (command.from || command.to) {
        return name + " takes no from and to";
    }
    if (command.verb != CommandVerb::query_userinfo && !command.pin.empty()) return name + " takes no pin";
    if (command.pin.size() > longest_pin) return "a pin has at most 64 bytes";
    if (command.verb == CommandVerb::set_option) return problem_of_option(command);
    if (!command.key.empty() || !command.value.empty()) return name + " takes no key and value";
    return {};
}

}  // namespace

std::string_view to_string(CommandVerb verb) {
    const auto found =
        std::find_if(verbs.begin(), verbs.end(), [verb](const auto& entry) { return entry.first == verb; });
    return found->second;
}

std::optional<CommandVerb> command_verb(std::string_view name) {
    for (const auto& [verb, text] : verbs) {
        if (text == name) return verb;
    }
    return std::nullopt;
}

std::string settable_options() {
    std::string list;
    for (const Option& option : options) {
        if (!list.empty()) list += ", ";
        list += std::string(option.key) + " (" + std::to_string(option.least);
        if (option.most != option.least) list += "–" + std::to_string(option.most);
        list += ")";
    }
    return list;
}

bool is_repeatable(CommandVerb verb) {
    // An option that is set again later may have been set to something else meanwhile.
    return verb != CommandVerb::reboot && verb != CommandVerb::set_option;
}

EncodedCommand encode_command(const Command& command) {
    if (std::string problem = problem_of(command); !problem.empty()) return {{}, std::move(problem)};
    std::string text(to_string(command.verb));
    if (takes_period(command.verb)) {
        // Between the two a TAB: with a blank old clients overlook the second (§ 4.2).
        text += " StartTime=" + wire_time(*command.from) + "\tEndTime=" + wire_time(*command.to);
    } else if (command.verb == CommandVerb::query_userinfo && !command.pin.empty()) {
        text += " PIN=" + command.pin;
    } else if (command.verb == CommandVerb::set_option) {
        text += " " + command.key + "=" + command.value;
    }
    return {std::move(text), {}};
}

std::vector<QueuedCommand> choose_commands(std::span<const QueuedCommand> queued) {
    const auto ending =
        std::find_if(queued.begin(), queued.end(), [](const auto& command) { return ends_reply(command.verb); });
    const std::size_t reserved = ending == queued.end() ? 0 : line_of(*ending).size();
    const std::size_t most = ending == queued.end() ? most_commands : most_commands - 1;
    std::vector<QueuedCommand> chosen;
    std::size_t bytes = reserved;
    for (const auto& command : queued) {
        if (ends_reply(command.verb)) continue;
        bytes += line_of(command).size();
        if (chosen.size() == most || bytes > largest_poll_reply) break;
        chosen.push_back(command);
    }
    if (ending != queued.end()) chosen.push_back(*ending);
    return chosen;
}

std::string encode_poll_reply(std::span<const QueuedCommand> commands) {
    if (commands.empty()) return "OK";
    std::string reply;
    for (const auto& command : commands) reply += line_of(command);
    return reply;
}

}  // namespace presensi::adms
