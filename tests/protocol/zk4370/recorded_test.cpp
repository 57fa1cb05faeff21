// The conversations of conversations.json: whole, in all cuts, and with every step failing.
#include <doctest/doctest.h>

#include <map>
#include <random>

#include "protocol/text_fields.hpp"
#include "tests/protocol/zk4370/records.hpp"
#include "tests/protocol/zk4370/scripted_terminal.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::zk4370;

namespace {

// What the recorded client was asked to do.
PullRequest request_for(const boost::json::object& conversation) {
    const std::string id = text_of(conversation, "id");
    PullRequest request;
    request.transport = text_of(conversation, "transport") == "udp" ? Transport::udp : Transport::tcp;
    request.this_year = 2026;
    request.attendance = id != "stale-reply";
    if (id == "att-inline-auth") request.comm_key = 12345;
    if (id == "wrong-key") request.comm_key = 99;
    if (id == "att-chunked-tcp-small-chunks") request.piece = 1000;
    request.lock = id.starts_with("enable-");
    return request;
}

std::string class_of(const PullResult& result) {
    if (!result.failure) return "ok";
    switch (result.failure->kind) {
        case FailureKind::refused:
            return "error-refused";
        case FailureKind::unauthorized:
            return "error-unauthorized";
        case FailureKind::disconnected:
            return "error-disconnected";
        default:
            return std::string("other: ") + std::string(to_string(result.failure->kind));
    }
}

std::vector<std::string> rows(const PullResult& result) {
    std::vector<std::string> out;
    if (!result.attendance) return out;
    for (const auto& punch : result.attendance->batch.punches) {
        out.push_back(std::to_string(punch.line) + "|" + punch.pin + "|" + format_device_time(punch.device_time) + "|" +
                      std::to_string(*punch.state) + "|" + std::to_string(*punch.verify) + "|" +
                      punch.work_code.value_or("-"));
    }
    return out;
}

// What must hold after whatever happened.
void check_manners(const PullRequest& request, const Driven& driven) {
    CHECK(driven.asked_early == 0);
    if (driven.result.failure) {
        CHECK_FALSE(driven.result.attendance);
        CHECK_FALSE(driven.result.failure->sentence.empty());
    }
    // A terminal that was told to disable itself is enabled, or the caller knows that it may not be.
    if (driven.disabled) CHECK(driven.result.may_be_disabled);
    if (driven.sent(Command::disable) > 0) {
        CHECK(driven.notings == 1);
        const bool told = driven.sent(Command::enable) > 0 || driven.result.may_be_disabled;
        CHECK(told);
    }
    if (!request.lock) CHECK(driven.sent(Command::disable) == 0);
    // Goodbye wherever somebody is left to hear it.
    if (driven.on_air && driven.greeted && !driven.result.may_be_disabled)
        CHECK(driven.commands.back() == static_cast<std::uint16_t>(Command::exit));
}

// The one recorded conversation that ends before its client asks again: what was lost comes the second time.
class LossyTerminal : public TestTerminal {
public:
    LossyTerminal(const boost::json::object& lossy, const boost::json::object& whole) : lossy_(lossy), whole_(whole) {}

    Answer answer(const Packet& request) override {
        if (request.code == 1504) ++pieces_;
        return request.code == 1504 && pieces_ > 1 ? whole_.answer(request) : lossy_.answer(request);
    }
    std::size_t pieces() const { return pieces_; }

private:
    ScriptedTerminal lossy_;
    ScriptedTerminal whole_;
    std::size_t pieces_ = 0;
};

}  // namespace

TEST_CASE("recorded conversations, whole") {
    for (const auto& value : vectors("conversations.json")) {
        const auto& c = value.as_object();
        const std::string id = text_of(c, "id");
        CAPTURE(id);
        if (id == "att-udp-lost-packet") continue;  // a test of its own below
        const auto& expect = c.at("expect").as_object();
        const PullRequest request = request_for(c);
        ScriptedTerminal terminal(c);
        const Driven driven = drive(request, terminal);
        check_manners(request, driven);
        const auto& result = driven.result;
        const std::string failure = result.failure ? result.failure->sentence : "";
        CAPTURE(failure);
        CHECK(class_of(result) == (has(expect, "result") ? text_of(expect, "result") : "ok"));
        // Another key was typed where the recording has a wrong one; and we never disable without an end.
        if (id != "wrong-key" && id != "enable-after-drop") CHECK(terminal.differences().empty());
        if (has(expect, "records")) {
            REQUIRE(result.attendance);
            const auto& punches = result.attendance->batch.punches;
            CHECK(punches.size() == number_of<std::size_t>(expect, "records"));
            if (has(expect, "first")) CHECK(punches.at(0).pin == text_of(expect, "first"));
            if (has(expect, "user_ids")) {
                const auto& ids = expect.at("user_ids").as_array();
                for (std::size_t i = 0; i < ids.size(); ++i) CHECK(punches.at(i).pin == ids[i].as_string());
            }
        }
        if (has(expect, "device_time")) {
            REQUIRE(result.clock);
            CHECK(format_device_time(*result.clock) == text_of(expect, "device_time"));
            CHECK(result.statistics.late_replies == 1);
        }
        if (has(expect, "must_send")) {
            std::size_t from = 0;
            for (const auto& must : expect.at("must_send").as_array()) {
                const auto command = must.to_number<std::uint16_t>();
                while (from < driven.commands.size() && driven.commands[from] != command) ++from;
                CHECK_MESSAGE(from < driven.commands.size(), "missing " << command);
            }
            CHECK_FALSE(result.may_be_disabled);
        }
        CHECK_FALSE(driven.disabled);
    }
}

TEST_CASE("a lost connection is made again only to enable") {
    for (const auto& value : vectors("conversations.json")) {
        const auto& c = value.as_object();
        if (text_of(c, "id") != "enable-after-drop") continue;
        ScriptedTerminal terminal(c);
        const Driven driven = drive(request_for(c), terminal);
        CHECK(driven.reconnects == 1);
        const std::vector<std::uint16_t> last(driven.commands.end() - 3, driven.commands.end());
        CHECK(last == std::vector<std::uint16_t>{1000, 1002, 1001});
    }
}

TEST_CASE("UDP: a lost packet is noticed and the piece asked again") {
    std::map<std::string, boost::json::object> by_id;
    for (const auto& value : vectors("conversations.json")) by_id[text_of(value.as_object(), "id")] = value.as_object();
    const auto& whole = by_id.at("att-chunked-udp");
    LossyTerminal terminal(by_id.at("att-udp-lost-packet"), whole);
    const Driven driven = drive(request_for(whole), terminal);
    CHECK(terminal.pieces() == 2);
    REQUIRE(driven.result.attendance);
    CHECK(driven.result.attendance->batch.punches.size() == 60);
    ScriptedTerminal good(whole);
    CHECK(rows(driven.result) == rows(drive(request_for(whole), good).result));
}

TEST_CASE("recorded conversations in all cuts: the result does not change") {
    std::mt19937 random(20261120);
    for (const auto& value : vectors("conversations.json")) {
        const auto& c = value.as_object();
        const std::string id = text_of(c, "id");
        CAPTURE(id);
        if (text_of(c, "transport") != "tcp") continue;  // datagrams are not cut
        const PullRequest request = request_for(c);
        ScriptedTerminal terminal(c);
        const Driven whole = drive(request, terminal);
        std::vector<std::function<std::size_t(std::size_t)>> cuts;
        for (std::size_t size = 1; size <= 40; ++size) cuts.emplace_back([size](std::size_t) { return size; });
        for (int i = 0; i < 40; ++i) cuts.emplace_back([&random](std::size_t) { return 1 + random() % 1500; });
        for (auto& cut : cuts) {
            ScriptedTerminal again(c);
            const Driven driven = drive(request, again, {cut, 0, Fault::none});
            REQUIRE(rows(driven.result) == rows(whole.result));
            REQUIRE(class_of(driven.result) == class_of(whole.result));
            REQUIRE(driven.commands == whole.commands);
        }
    }
}

TEST_CASE("recorded conversations split at every byte") {
    for (const auto& value : vectors("conversations.json")) {
        const auto& c = value.as_object();
        const std::string id = text_of(c, "id");
        CAPTURE(id);
        if (text_of(c, "transport") != "tcp") continue;
        const PullRequest request = request_for(c);
        ScriptedTerminal terminal(c);
        const Driven whole = drive(request, terminal);
        const std::size_t bytes = whole.result.statistics.bytes_received;
        std::size_t cut_answers = 0;
        for (std::size_t at = 1; at < bytes; ++at) {
            // Everything in one go up to this byte of the whole conversation, and on from there.
            std::size_t given = 0;
            std::size_t cuts = 0;
            ScriptedTerminal again(c);
            const auto cut = [&](std::size_t waiting) {
                const bool here = given < at && at < given + waiting;
                cuts += here;
                const std::size_t now = here ? at - given : waiting;
                given += now;
                return now;
            };
            const Driven driven = drive(request, again, {cut, 0, Fault::none});
            cut_answers += cuts;
            REQUIRE(rows(driven.result) == rows(whole.result));
            REQUIRE(driven.commands == whole.commands);
        }
        // All but those between an answer and the next.
        CHECK(cut_answers > bytes - bytes / 10);
    }
}

TEST_CASE("recorded conversations with each step failing: all or nothing, an end, and good manners") {
    for (const auto& value : vectors("conversations.json")) {
        const auto& c = value.as_object();
        const std::string id = text_of(c, "id");
        if (id == "att-udp-lost-packet") continue;
        for (const bool lock : {false, true}) {
            PullRequest request = request_for(c);
            request.lock = lock;
            ScriptedTerminal terminal(c);
            const Driven whole = drive(request, terminal);
            const auto all = rows(whole.result);
            for (const Fault fault : all_faults) {
                for (std::size_t at = 0; at < whole.requests; ++at) {
                    CAPTURE(id);
                    CAPTURE(lock);
                    CAPTURE(test::to_string(fault));
                    CAPTURE(at);
                    ScriptedTerminal faulty(c);
                    const Driven driven = drive(request, faulty, {{}, at, fault});
                    check_manners(request, driven);
                    if (request.attendance) {
                        CHECK(driven.result.attendance.has_value() != driven.result.failure.has_value());
                    }
                    if (driven.result.attendance) CHECK(rows(driven.result) == all);
                    CHECK(driven.waited < std::chrono::minutes(10));
                }
            }
        }
    }
}
