#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>

#include "protocol/adms/command.hpp"
#include "protocol/text_fields.hpp"

using namespace presensi;
using namespace presensi::adms;

namespace {

Command period(CommandVerb verb) {
    Command command;
    command.verb = verb;
    command.from = decode_device_time("2026-01-05 00:00:00");
    command.to = decode_device_time("2026-01-05 23:59:59");
    return command;
}

Command option(const std::string& key, const std::string& value) {
    Command command;
    command.verb = CommandVerb::set_option;
    command.key = key;
    command.value = value;
    return command;
}

QueuedCommand queued(std::int64_t id, CommandVerb verb, std::string text = {}) {
    if (text.empty()) text = to_string(verb);
    return {id, verb, std::move(text)};
}

}  // namespace

TEST_CASE("every command of the closed set as terminals take it") {
    const Command bare;
    CHECK(encode_command(bare).text == "INFO");
    CHECK(encode_command(period(CommandVerb::query_attlog)).text ==
          "DATA QUERY ATTLOG StartTime=2026-01-05 00:00:00\tEndTime=2026-01-05 23:59:59");
    CHECK(encode_command(period(CommandVerb::verify_attlog)).text ==
          "VERIFY SUM ATTLOG StartTime=2026-01-05 00:00:00\tEndTime=2026-01-05 23:59:59");
    Command users;
    users.verb = CommandVerb::query_userinfo;
    CHECK(encode_command(users).text == "DATA QUERY USERINFO");
    users.pin = "0042";
    CHECK(encode_command(users).text == "DATA QUERY USERINFO PIN=0042");
    CHECK(encode_command(option("Delay", "30")).text == "SET OPTION Delay=30");
    for (const auto verb : {CommandVerb::check, CommandVerb::log, CommandVerb::reload_options, CommandVerb::reboot}) {
        Command command;
        command.verb = verb;
        CHECK(encode_command(command).text == to_string(verb));
        CHECK(command_verb(to_string(verb)) == verb);
    }
    CHECK_FALSE(command_verb("CLEAR LOG"));
    CHECK_FALSE(command_verb(""));
}

TEST_CASE("what a command does not take is refused with a sentence") {
    CHECK(encode_command(option("Delay", "61")).problem == "Delay has to be a number from 2 to 60");
    CHECK(encode_command(option("delay", "30")).problem.find("only these options") == 0);
    CHECK(encode_command(option("~DeviceName", "x")).problem.find("only these options") == 0);
    CHECK(encode_command(option("DateTime", "0")).problem.find("only these options") == 0);
    Command late = period(CommandVerb::query_attlog);
    std::swap(late.from, late.to);
    CHECK(encode_command(late).problem == "from has to be before to");
    late.from.reset();
    CHECK(encode_command(late).problem == "DATA QUERY ATTLOG needs from and to");
    CHECK(encode_command(period(CommandVerb::reboot)).problem == "REBOOT takes no from and to");
    for (const char* bad : {"1\t2", "1\n2", "1\r2", "\x01", "1\x7f"}) {
        Command users;
        users.verb = CommandVerb::query_userinfo;
        users.pin = bad;
        CAPTURE(bad);
        CHECK(encode_command(users).text.empty());
        CHECK(encode_command(users).problem.find("control character") != std::string::npos);
    }
}

TEST_CASE("an answer to a poll: at most 20 commands, the ending one last") {
    CHECK(encode_poll_reply({}) == "OK");
    std::vector<QueuedCommand> queue{queued(1, CommandVerb::reboot), queued(2, CommandVerb::info),
                                     queued(3, CommandVerb::check), queued(4, CommandVerb::log)};
    CHECK(encode_poll_reply(choose_commands(queue)) == "C:2:INFO\nC:4:LOG\nC:1:REBOOT\n");
    for (int id = 5; id < 60; ++id) queue.push_back(queued(id, CommandVerb::info));
    const auto chosen = choose_commands(queue);
    REQUIRE(chosen.size() == most_commands);
    CHECK(chosen.front().id == 2);
    CHECK(chosen.back().id == 1);
    queue.erase(queue.begin(), queue.begin() + 4);
    CHECK(choose_commands(queue).size() == most_commands);

    std::vector<QueuedCommand> long_ones;
    for (int id = 1; id <= 3; ++id) long_ones.push_back(queued(id, CommandVerb::info, std::string(30'000, 'x')));
    CHECK(choose_commands(long_ones).size() == 2);
}

// Any text in any field: as many lines as commands, and each ends what began it.
TEST_CASE("whatever the fields hold, n commands are n lines") {
    std::mt19937_64 random(20260105);
    const auto some = [&](std::uint64_t below) { return random() % below; };
    const auto text = [&] {
        static const std::string_view pieces[] = {"\n",   "\r",     "\t",     "\r\n",   "C:1:REBOOT\n", "0042", "Delay",
                                                  "30",   "VOLUME", "é",      "\xff",   "\x7f",         " ",    "=",
                                                  "PIN=", "\v",     "\u2028", "\u0085", "ErrorDelay",   "60",   "7"};
        std::string made;
        for (auto left = some(4); left > 0; --left) {
            if (some(3) == 0)
                made.push_back(static_cast<char>(some(256)));
            else
                made += pieces[some(std::size(pieces))];
        }
        return made;
    };
    int encoded = 0;
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::vector<QueuedCommand> queue;
        for (auto left = some(6); left > 0; --left) {
            Command command = some(2) == 0 ? period(static_cast<CommandVerb>(some(9))) : Command{};
            command.verb = static_cast<CommandVerb>(some(9));
            if (some(2) == 0) command.pin = text();
            if (some(2) == 0) command.key = text();
            if (some(2) == 0) command.value = text();
            const EncodedCommand made = encode_command(command);
            REQUIRE(made.text.empty() != made.problem.empty());
            if (made.text.empty()) {
                ++refused;
                continue;
            }
            ++encoded;
            REQUIRE(made.text.starts_with(to_string(command.verb)));
            queue.push_back({static_cast<std::int64_t>(some(1'000'000'000'000)) + 1, command.verb, made.text});
        }
        if (queue.empty()) continue;
        const auto chosen = choose_commands(queue);
        const std::string reply = encode_poll_reply(chosen);
        REQUIRE(std::count(reply.begin(), reply.end(), '\n') == static_cast<std::ptrdiff_t>(chosen.size()));
        REQUIRE(reply.find('\r') == std::string::npos);
        REQUIRE(reply.back() == '\n');
        std::size_t at = 0;
        for (const auto& command : chosen) {
            const std::string line = "C:" + std::to_string(command.id) + ":" + command.text + "\n";
            REQUIRE(reply.compare(at, line.size(), line) == 0);
            at += line.size();
        }
    }
    CHECK(encoded > 1000);
    CHECK(refused > 1000);
}
