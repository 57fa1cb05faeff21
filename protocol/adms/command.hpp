#pragma once
// What we may ask of a terminal (protocol-adms § 4.2): a closed set. Nothing else has an encoder.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records.hpp"

namespace presensi::adms {

enum class CommandVerb {
    info,            // tell of yourself
    check,           // shake hands again, then send what is new
    log,             // send what is new now
    query_attlog,    // send the records of a period again
    verify_attlog,   // count the records of a period
    query_userinfo,  // send users: PIN and name are kept
    reload_options,
    set_option,
    reboot
};

// "INFO", "DATA QUERY ATTLOG", …: as on the wire.
std::string_view to_string(CommandVerb verb);
std::optional<CommandVerb> command_verb(std::string_view name);

struct Command {
    CommandVerb verb = CommandVerb::info;
    std::optional<DeviceTime> from;  // of the two that name a period; both ends belong to it
    std::optional<DeviceTime> to;
    std::string pin;  // of query_userinfo; empty: all users
    std::string key;  // of set_option
    std::string value;
};

struct EncodedCommand {
    std::string text;     // what follows "C:<id>:", without the line end; empty: refused
    std::string problem;  // why, in an English sentence
};

// Refuses what the verb does not take, a control character in any value, an option that is not on the list, and values
// that the option cannot have.
EncodedCommand encode_command(const Command& command);

// "Delay (2–60)", …: the options that may be set, for people.
std::string settable_options();

// Doing it twice is doing it once, so it may be offered again when nothing is heard of it (§ 4.1).
bool is_repeatable(CommandVerb verb);

struct QueuedCommand {
    std::int64_t id = 0;  // > 0
    CommandVerb verb = CommandVerb::info;
    std::string text;
};

// § 4.1
inline constexpr std::size_t most_commands = 20;
inline constexpr std::size_t largest_poll_reply = std::size_t{64} * 1024;

// Which of these, in this order, go into one answer to a poll: what ends the reading of the answer (CHECK, RELOAD
// OPTIONS, REBOOT) comes last, and one of it at most.
std::vector<QueuedCommand> choose_commands(std::span<const QueuedCommand> queued);

// "C:<id>:<text>\n" for each; "OK" without any.
std::string encode_poll_reply(std::span<const QueuedCommand> commands);

}  // namespace presensi::adms
