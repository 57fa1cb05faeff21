#include "tests/terminals/comparison.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace presensi::terminals {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

asio::awaitable<void> ask(HttpClient& client, std::string request, Answer& answer) {
    answer = co_await client.exchange(std::move(request));
}

Answer ask_once(const Url& server, std::string request) {
    asio::io_context io;
    HttpClient client(io, server, "");
    Answer answer;
    asio::co_spawn(io, ask(client, std::move(request), answer), asio::detached);
    io.run();
    return answer;
}

std::string without_zeros(std::string_view pin) {
    if (!std::all_of(pin.begin(), pin.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::string(pin);
    while (pin.size() > 1 && pin.front() == '0') pin.remove_prefix(1);
    return std::string(pin);
}

// The cursor is opaque: it may hold anything.
std::string percent_encoded(std::string_view value) {
    std::string out;
    for (const char c : value) {
        const bool plain =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
        out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string described(const std::string& what, const Key& key) {
    return fmt::format("{}: {} {} PIN {}", what, std::get<0>(key), std::get<1>(key), std::get<2>(key));
}

std::string text(const json::value& value) { return std::string(value.as_string()); }

std::string detail_of(const json::value& punch) {
    const auto number = [&](const char* key) {
        const auto& value = punch.at(key);
        return value.is_null() ? std::string("none") : std::to_string(value.to_number<int>());
    };
    return fmt::format("{} {} {}", number("state"), number("verify"), text(punch.at("punched_at")));
}

}  // namespace

Feed read_feed(const Url& admin, const std::string& serial_prefix) {
    Feed feed;
    read_on(admin, serial_prefix, feed);
    return feed;
}

void read_on(const Url& admin, const std::string& serial_prefix, Feed& feed) {
    std::set<std::string> followed;
    try {
        for (;;) {
            const std::string from = feed.after.empty() ? std::string() : "&after=" + percent_encoded(feed.after);
            const Answer answer = ask_once(
                admin, fmt::format(
                           "GET /api/v1/punches?limit=10000{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
                           from));
            if (answer.status != 200) {
                feed.error = answer.status == 0 ? "the feed does not answer"
                                                : fmt::format("the feed answered {}: {}", answer.status, answer.body);
                return;
            }
            const json::value page = json::parse(answer.body);
            for (const auto& punch : page.at("punches").as_array()) {
                const std::string serial = text(punch.at("terminal"));
                if (!serial.starts_with(serial_prefix)) continue;
                const Key key{serial, text(punch.at("device_time")), without_zeros(text(punch.at("pin")))};
                feed.details.try_emplace(key, detail_of(punch));
                if (feed.punches.insert(key).second) continue;
                ++feed.seen_twice;
                if (feed.example.empty()) feed.example = described("seen twice in the feed", key);
            }
            const std::string next = text(page.at("next"));
            if (next == feed.after) return;
            if (!followed.insert(next).second) {
                feed.error = fmt::format("the feed goes round in circles: it offers {} again", next);
                return;
            }
            feed.after = next;
        }
    } catch (const std::exception& error) {
        feed.error = std::string("the feed is not what it should be: ") + error.what();
    }
}

Comparison compare_with_feed(const Url& admin, const std::string& serial_prefix, const Ledger& ledger,
                             const std::set<Key>& before, std::chrono::seconds patience) {
    // What was acknowledged before we look must be there; what comes meanwhile may be.
    const auto acknowledged = ledger.acknowledged();
    const auto until = std::chrono::steady_clock::now() + patience;
    Feed feed = read_feed(admin, serial_prefix);
    while (feed.error.empty() && !std::ranges::includes(feed.punches, acknowledged) &&
           std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        read_on(admin, serial_prefix, feed);
    }
    Comparison result;
    result.error = feed.error;
    result.seen_twice = feed.seen_twice;
    result.example = feed.example;
    if (!feed.error.empty()) return result;
    const auto fault = [&](const std::string& what, const Key& key) {
        if (result.example.empty()) result.example = described(what, key);
    };
    const auto created = ledger.created();
    for (const auto& key : acknowledged) {
        if (feed.punches.contains(key)) continue;
        ++result.acknowledged_missing;
        fault("acknowledged but not stored", key);
    }
    result.before = before.size();
    for (const auto& [key, detail] : ledger.details()) {
        const auto stored = feed.details.find(key);
        if (detail.empty() || stored == feed.details.end() || stored->second == detail) continue;
        ++result.changed;
        fault(fmt::format("stored as '{}' instead of '{}'", stored->second, detail), key);
    }
    for (const auto& key : created) result.created_missing += !feed.punches.contains(key);
    for (const auto& key : feed.punches) {
        if (!created.contains(key) && before.contains(key)) continue;
        ++result.stored;
        if (created.contains(key)) continue;
        ++result.never_created;
        fault("stored but never created", key);
    }
    return result;
}

std::string approve(const Url& admin, const std::string& serial) {
    constexpr std::string_view body = R"({"state":"approved"})";
    const Answer answer =
        ask_once(admin, fmt::format("PATCH /api/v1/terminals/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                                    "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                                    serial, body.size(), body));
    return answer.status == 200 ? std::string()
                                : fmt::format("{} could not be approved ({}): {}", serial, answer.status, answer.body);
}

}  // namespace presensi::terminals
