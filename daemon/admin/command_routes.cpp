#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/routes.hpp"
#include "protocol/adms/command.hpp"
#include "protocol/text_fields.hpp"
#include "storage/command_repository.hpp"

namespace presensi::admin {

namespace json = boost::json;
using adms::CommandVerb;

namespace {

constexpr std::size_t longest_reason = 500;
// A terminal that is carried around may call only next week; but nobody wants it to restart then.
constexpr std::chrono::hours valid{24 * 7};
constexpr std::chrono::minutes reboot_valid{15};

struct Wanted {
    adms::Command command;
    std::string text;
    std::string reason;
    std::string problem;  // empty: fine
};

std::string verbs_in_words() {
    std::string words;
    for (int verb = 0; verb <= static_cast<int>(CommandVerb::reboot); ++verb) {
        if (!words.empty()) words += ", ";
        words += adms::to_string(static_cast<CommandVerb>(verb));
    }
    return words;
}

// One of the values; a sentence if it is not what it should be.
std::string take(std::string_view key, const std::string& text, bool& has_verb, Wanted& wanted) {
    if (key == "command") {
        const auto verb = adms::command_verb(text);
        if (!verb) return "command has to be one of: " + verbs_in_words();
        wanted.command.verb = *verb;
        has_verb = true;
    } else if (key == "from" || key == "to") {
        const auto time = decode_device_time(text);
        if (!time) return std::string(key) + " has to be the terminal's local time, such as 2026-11-20T00:00:00";
        (key == "from" ? wanted.command.from : wanted.command.to) = time;
    } else if (key == "pin") {
        wanted.command.pin = text;
    } else if (key == "key") {
        wanted.command.key = text;
    } else if (key == "value") {
        wanted.command.value = text;
    } else if (key == "reason") {
        if (text.size() > longest_reason || to_stored_text(text) != text)
            return "a reason has at most 500 bytes, without control characters";
        wanted.reason = text;
    } else {
        return "'" + to_stored_text(key, 64) +
               "' is unknown; a command takes command, from, to, pin, key, value, reason";
    }
    return {};
}

Wanted decode_wanted(std::string_view body) {
    Wanted wanted;
    boost::system::error_code unreadable;
    const json::value value = json::parse(body, unreadable);
    if (unreadable || !value.is_object()) {
        wanted.problem = R"(the body has to be a JSON object such as {"command": "INFO"})";
        return wanted;
    }
    bool has_verb = false;
    for (const auto& [key, item] : value.get_object()) {
        if (!item.is_string()) wanted.problem = "'" + to_stored_text(key, 64) + "' has to be a text";
        if (wanted.problem.empty()) wanted.problem = take(key, std::string(item.get_string()), has_verb, wanted);
        if (!wanted.problem.empty()) return wanted;
    }
    if (!has_verb) {
        wanted.problem = "command is missing; it is one of: " + verbs_in_words();
        return wanted;
    }
    if (wanted.command.verb == CommandVerb::reboot && trim_blanks(wanted.reason).empty()) {
        wanted.problem = "a REBOOT needs a reason: nobody can punch until the terminal is back";
        return wanted;
    }
    adms::EncodedCommand encoded = adms::encode_command(wanted.command);
    wanted.problem = std::move(encoded.problem);
    wanted.text = std::move(encoded.text);
    return wanted;
}

}  // namespace

Reply handle_commands(Context& context, Call call) {
    const Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    const auto limit = limit_of(call);
    if (!limit) co_return problem(400, "limit has to be a number from 1 to 10000");
    auto read = [id = terminal->row.id, limit = *limit](StoreWorker::Reader reader) {
        json::array commands;
        for (const auto& row : storage::CommandRepository(reader.database).list(id, limit)) {
            commands.push_back(to_json(row));
        }
        json::object body;
        body["commands"] = std::move(commands);
        return json_response(200, json::serialize(body));
    };
    http::Response response = co_await context.worker.read(std::move(read));
    co_return response;
}

Reply handle_command_request(Context& context, Call call) {
    Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    Wanted wanted = decode_wanted(call.request.body);
    if (!wanted.problem.empty()) co_return problem(422, wanted.problem);
    if (!terminal->approved()) {
        co_return problem(409, "this terminal is " + std::string(to_string(terminal->row.state)) +
                                   "; only approved terminals are asked anything");
    }
    if (terminal->row.id == 0) co_return problem(503, "the store does not know this terminal yet; try again");
    const bool is_reboot = wanted.command.verb == CommandVerb::reboot;
    talk::CommandQueue::Ask ask{call.viewer.name, std::move(wanted.reason),
                                is_reboot ? std::chrono::seconds(reboot_valid) : std::chrono::seconds(valid)};
    const storage::CommandRow row =
        co_await context.commands.add(*terminal, wanted.command.verb, std::move(wanted.text), std::move(ask), true);
    co_return json_response(202, json::serialize(to_json(row)));
}

}  // namespace presensi::admin
