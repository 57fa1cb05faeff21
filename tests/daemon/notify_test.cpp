// What is told when, in which words, and how it waits: without any socket.
#include <doctest/doctest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include "daemon/access/password.hpp"
#include "daemon/notify/message.hpp"
#include "daemon/notify/news.hpp"
#include "daemon/notify/outbox.hpp"

using namespace presensi;
using namespace presensi::notify;
using namespace std::chrono_literals;

namespace {

const Instant noon{std::chrono::hours(12)};
using Steady = std::chrono::steady_clock;
const Steady::time_point start{};

Alarms::Alarm alarm(const std::string& id, const std::string& terminal, Instant since = noon) {
    Alarms::Alarm made;
    made.id = id;
    made.terminal = terminal;
    made.urgent = true;
    made.since = since;
    made.what = {terminal + " is silent.", terminal + " diam."};
    made.todo = {"Look.", "Periksa."};
    return made;
}

std::vector<Alarms::Alarm> silent(int terminals) {
    std::vector<Alarms::Alarm> all;
    for (int i = 0; i < terminals; ++i) all.push_back(alarm("terminal_silent", fmt::format("TST{}", i)));
    return all;
}

Message message(const std::string& id) {
    Message made;
    made.id = id;
    made.at = noon;
    made.raised = silent(1);
    return made;
}

std::string decoded_body(const std::string& mail) {
    std::string body = mail.substr(mail.find("\r\n\r\n") + 4);
    std::erase(body, '\r');
    std::erase(body, '\n');
    std::string text;
    REQUIRE(access::decode_base64(body, text));
    return text;
}

}  // namespace

TEST_CASE("an alarm is told once when it is raised and once when it is over") {
    News news({});
    CHECK_FALSE(news.look(silent(1), noon, start));
    const auto raised = news.look(silent(1), noon, start + 10s);
    REQUIRE(raised);
    CHECK(raised->raised.size() == 1);
    CHECK(raised->cleared.empty());
    for (int i = 11; i < 100; ++i) CHECK_FALSE(news.look(silent(1), noon, start + std::chrono::seconds(i)));
    CHECK_FALSE(news.look({}, noon, start + 100s));
    const auto over = news.look({}, noon, start + 110s);
    REQUIRE(over);
    CHECK(over->raised.empty());
    REQUIRE(over->cleared.size() == 1);
    CHECK(over->cleared[0].terminal == "TST0");
    CHECK_FALSE(news.look({}, noon, start + 200s));
}

TEST_CASE("a power cut of sixty terminals is one message, and so is its end") {
    News news({});
    // They fall silent within seconds of each other.
    std::optional<Message> told;
    for (int i = 0; i <= 9; ++i) {
        told = news.look(silent(6 * (i + 1)), noon, start + std::chrono::seconds(i));
        CHECK_FALSE(told);
    }
    told = news.look(silent(60), noon, start + 10s);
    REQUIRE(told);
    CHECK(told->raised.size() == 60);
    CHECK_FALSE(news.look({}, noon, start + 20s));
    told = news.look({}, noon, start + 30s);
    REQUIRE(told);
    CHECK(told->cleared.size() == 60);
}

TEST_CASE("what is over before anybody was told is told to nobody") {
    News news({});
    CHECK_FALSE(news.look(silent(1), noon, start));
    CHECK_FALSE(news.look({}, noon, start + 5s));
    CHECK_FALSE(news.look({}, noon, start + 60s));
}

TEST_CASE("a store that is away for less than a minute wakes nobody") {
    News news({});
    const std::vector<Alarms::Alarm> away{alarm("store_unavailable", "")};
    CHECK_FALSE(news.look(away, noon, start));
    CHECK_FALSE(news.look(away, noon + 59s, start + 59s));
    CHECK_FALSE(news.look(away, noon + 60s, start + 60s));
    const auto told = news.look(away, noon + 70s, start + 70s);
    REQUIRE(told);
    CHECK(told->raised.size() == 1);
}

TEST_CASE("what still stands after a day is told again") {
    News news({});
    news.look(silent(2), noon, start);
    REQUIRE(news.look(silent(2), noon, start + 10s));
    CHECK_FALSE(news.look(silent(2), noon + 23h, start + 1h));
    CHECK_FALSE(news.look(silent(2), noon + 24h, start + 2h));
    const auto told = news.look(silent(2), noon + 24h, start + 3h);
    REQUIRE(told);
    CHECK(told->raised.empty());
    CHECK(told->standing.size() == 2);
    CHECK_FALSE(news.look(silent(2), noon + 47h, start + 4h));
}

TEST_CASE("an outbox keeps order, waits longer after each failure, and forgets what is too old or too much") {
    Outbox outbox({3, 48h, 5s, 60s});
    CHECK(outbox.due(start) == nullptr);
    for (const char* id : {"a", "b", "c", "d"}) outbox.add(message(id), start);
    CHECK(outbox.waiting() == 3);
    CHECK(outbox.dropped() == 1);
    REQUIRE(outbox.due(start) != nullptr);
    CHECK(outbox.due(start)->id == "b");
    auto now = start;
    for (const auto pause : {5s, 10s, 20s, 40s, 60s, 60s}) {
        outbox.failed(now, 0);
        CHECK(outbox.due(now + pause - 1ms) == nullptr);
        now += pause;
        CHECK(outbox.due(now) != nullptr);
    }
    outbox.failed(now, 1);
    CHECK(outbox.due(now + 48s) != nullptr);  // a fifth less
    outbox.sent("another");                   // it was dropped while it was being sent
    CHECK(outbox.due(now + 60s)->id == "b");
    outbox.sent("b");
    CHECK(outbox.due(now)->id == "c");
    CHECK(outbox.delay(start + 5s) == 5s);
    CHECK(outbox.due(start + 49h) == nullptr);
    CHECK(outbox.waiting() == 0);
    CHECK(outbox.dropped() == 3);
    // However often: no pause overflows.
    outbox.add(message("e"), start + 49h);
    for (int i = 0; i < 1000; ++i) outbox.failed(start + 49h, 0);
    CHECK(outbox.due(start + 49h + 61s) != nullptr);
}

TEST_CASE("a message that nobody will ever take makes room at once, and is counted") {
    Outbox outbox({3, 48h, 5s, 60s});
    outbox.add(message("a"), start);
    outbox.add(message("b"), start);
    outbox.failed(start, 0);
    outbox.refused("a");
    REQUIRE(outbox.due(start) != nullptr);
    CHECK(outbox.due(start)->id == "b");
    CHECK(outbox.dropped() == 1);
    outbox.refused("a");  // it was dropped while it was being sent
    CHECK(outbox.due(start)->id == "b");
    CHECK(outbox.dropped() == 1);
    outbox.failed(start, 0);  // the pauses begin anew
    CHECK(outbox.due(start + 5s) != nullptr);
}

TEST_CASE("the JSON of a message has both languages, and a bounded list with its true count") {
    Message many = message("one");
    many.raised = silent(250);
    const auto body = boost::json::parse(encode_json(many, "gateway.example"));
    CHECK(body.at("id") == "one");
    CHECK(body.at("at") == "1970-01-01T12:00:00.000Z");
    CHECK(body.at("host") == "gateway.example");
    CHECK(body.at("raised").as_array().size() == 100);
    CHECK(body.at("counts").at("raised") == 250);
    const auto& first = body.at("raised").at(0);
    CHECK(first.at("message") == "TST0 is silent.");
    CHECK(first.at("message_id") == "TST0 diam.");
    CHECK(first.at("what_to_do") == "Look.");
    CHECK(first.at("what_to_do_id") == "Periksa.");
    CHECK(first.at("terminal") == "TST0");
    CHECK(body.at("cleared").as_array().empty());
}

TEST_CASE("a signature is the HMAC-SHA256 of time and body") {
    // Computed with: printf '%s.%s' 1700000000 '{"a":1}' | openssl dgst -sha256 -hmac made-up-secret
    CHECK(sign("made-up-secret", "1700000000", R"({"a":1})") ==
          "v1=49c9035fc9c00a65e81778123588b36d85f8583291210d922ffdc4557ef5b553");
    CHECK(sign("made-up-secret", "1700000001", R"({"a":1})") != sign("made-up-secret", "1700000000", R"({"a":1})"));
    CHECK(sign("another-secret", "1700000000", R"({"a":1})") != sign("made-up-secret", "1700000000", R"({"a":1})"));
}

TEST_CASE("a mail has safe headers whatever a terminal is called, and all of it in both languages") {
    config::MailSettings mail;
    mail.from = "presensi@diskominfo.example";
    mail.to = {"a@example.org", "b@example.org"};
    Message hostile = message("abc");
    hostile.raised[0].what = {"Apel\r\nBcc: x@example.org\r\n\r\n.\r\n is silent.",
                              "Apel \xe2\x80\x9cÉmas\xe2\x80\x9d\r\nBcc: x@example.org\r\n diam."};
    const std::string text = encode_mail(hostile, mail, "gateway.example", "Asia/Makassar");
    const auto head = text.substr(0, text.find("\r\n\r\n"));
    CHECK(head.find("Bcc") == head.npos);
    CHECK(head.find("From: Presensi Gateway <presensi@diskominfo.example>\r\n") != head.npos);
    CHECK(head.find("To: a@example.org,\r\n b@example.org\r\n") != head.npos);
    CHECK(head.find("Subject: =?UTF-8?B?") != head.npos);
    CHECK(head.find("Message-ID: <abc@gateway.example>\r\n") != head.npos);
    CHECK(head.find("Date: Thu, 01 Jan 1970 12:00:00 +0000\r\n") != head.npos);
    CHECK(head.find("Auto-Submitted: auto-generated") != head.npos);
    // RFC 5322 § 2.1.1, RFC 2045 § 6.8: no bare line ends, no line too long, no eighth bit, no dot alone.
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
        CHECK(end > begin);
        CHECK(text[end - 1] == '\r');
        CHECK(end - begin <= 78);
        CHECK(text.substr(begin, end - begin) != ".\r");
    }
    CHECK(begin == text.size());
    CHECK(std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
    const std::string body = decoded_body(text);
    CHECK(body.find("PERINGATAN BARU\n- 1970-01-01 20:00:00 Apel ") == 0);
    CHECK(body.find("In English:") != body.npos);
    CHECK(body.find("\r") == body.npos);
    CHECK(body.find("\nBcc") == body.npos);
}

TEST_CASE("a subject fits its words: plain as it is, everything else encoded in pieces of whole characters") {
    CHECK(encode_header_text("[Presensi] plain") == "[Presensi] plain");
    std::string letters;
    for (int i = 0; i < 100; ++i) letters += "é";
    const std::string encoded = encode_header_text(letters);
    std::string decoded;
    for (std::size_t at = 0; (at = encoded.find("=?UTF-8?B?", at)) != encoded.npos; ++at) {
        const auto begin = at + 10;
        const auto word = encoded.substr(begin, encoded.find("?=", begin) - begin);
        CHECK(word.size() + 12 <= 75);
        std::string piece;
        REQUIRE(access::decode_base64(word, piece));
        CHECK(piece.size() % 2 == 0);  // each é has two bytes
        decoded += piece;
    }
    CHECK(decoded == letters);
    Message three = message("x");
    three.raised = silent(3);
    CHECK(subject_of(three) == "[Presensi] peringatan: TST0 diam. (+2)");
    three.cleared = std::exchange(three.raised, {});
    CHECK(subject_of(three) == "[Presensi] selesai: TST0 diam. (+2)");
}
