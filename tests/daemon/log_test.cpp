#include <doctest/doctest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include "daemon/log_limit.hpp"
#include "daemon/log_line.hpp"
#include "daemon/log_writer.hpp"

using namespace presensi;
using namespace presensi::log;
using namespace std::chrono_literals;

namespace {

constexpr auto text_form = config::LogFormat::text;
constexpr auto json_form = config::LogFormat::json;

// What hostile peers put into names, paths and serial numbers.
const struct {
    const char* name;
    std::string value;
    std::string quoted;
} hostile[] = {
    {"plain", "TST7240100001", "TST7240100001"},
    {"empty", "", R"("")"},
    {"blank", "two words", R"("two words")"},
    {"forged field", "x level=error", R"("x level=error")"},
    {"line end", "a\nlevel=error", R"("a\\x0Alevel=error")"},
    {"carriage return", "a\rb", R"("a\\x0Db")"},
    {"NUL", std::string("a\0b", 3), R"("a\\x00b")"},
    {"DEL", "a\x7f", R"("a\\x7F")"},
    {"quote and backslash", "a\"b\\c", R"("a\"b\\c")"},
    {"escape sequence", "\x1b[31m", R"("\\x1B[31m")"},
    {"C1, as UTF-8",
     "\xc2\x9b"
     "31m",
     R"("\\xC2\\x9B31m")"},
    {"C1, as a byte",
     "\x9b"
     "31m",
     R"("\\x9B31m")"},
    {"not UTF-8", "\xff", R"("\\xFF")"},
    {"overlong", "\xc0\x8a", R"("\\xC0\\x8A")"},
    {"line separator",
     "a\xe2\x80\xa8"
     "b",
     R"("a\\u2028b")"},
    {"paragraph separator",
     "a\xe2\x80\xa9"
     "b",
     R"("a\\u2029b")"},
    {"text turned round",
     "a\xe2\x80\xae"
     "b",
     R"("a\\u202Eb")"},
    {"JSON break", R"(","level":"error)", R"("\",\"level\":\"error")"},
    {"letters beyond ASCII", "Balangan é 漢", R"("Balangan é 漢")"},
};

class Pipe {
public:
    Pipe() {
        REQUIRE(pipe2(ends_, O_CLOEXEC) == 0);
        fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    }
    ~Pipe() {
        close(ends_[0]);
        close(ends_[1]);
    }
    int in() const { return ends_[1]; }
    void fill() const {
        const std::string filling(4096, '#');
        fcntl(ends_[1], F_SETFL, O_NONBLOCK);
        while (write(ends_[1], filling.data(), filling.size()) > 0) continue;
        fcntl(ends_[1], F_SETFL, 0);
    }
    // Everything that is there now.
    std::string read_all() const {
        std::string text;
        char piece[65536];
        for (ssize_t count = 0; (count = read(ends_[0], piece, sizeof piece)) > 0;)
            text.append(piece, static_cast<std::size_t>(count));
        return text;
    }

private:
    int ends_[2];
};

}  // namespace

TEST_CASE("T11: a value can neither break nor forge a log line") {
    for (const auto& c : hostile) {
        CAPTURE(c.name);
        CHECK(quote(c.value) == c.quoted);
    }
    CHECK(quote(std::string(10'000, 'x')).size() < 300);
    // Not cut in the middle of a character.
    std::string letters;
    for (int i = 0; i < 200; ++i) letters += "é";
    CHECK(quote(letters).find("\\x") == std::string::npos);
}

TEST_CASE("T11: every line of the JSON log is one object with the value as it was") {
    for (const auto& c : hostile) {
        CAPTURE(c.name);
        const std::string line =
            encode_line(json_form, Level::warning, Instant{}, "test.hostile", c.value, {{"terminal", c.value}});
        CHECK(line.find('\n') == line.npos);
        const auto object = boost::json::parse(line).as_object();
        CHECK(object.size() == 5);
        CHECK(object.at("level") == "warning");
        CHECK(object.at("id") == "test.hostile");
        CHECK(object.at("msg") == object.at("terminal"));
    }
    const auto plain = boost::json::parse(
        encode_line(json_form, Level::info, Instant{}, "a.b", "m", {{"number", 5}, {"yes", true}, {"text", "5"}}));
    CHECK(plain.at("time") == "1970-01-01T00:00:00.000Z");
    CHECK(plain.at("number") == 5);
    CHECK(plain.at("yes") == "true");
    CHECK(plain.at("text") == "5");
}

TEST_CASE("a line of key=value has its time, level, id and words in front") {
    CHECK(encode_line(text_form, Level::error, Instant{}, "store.away", "it is away", {{"reason", "no"}, {"n", 3}}) ==
          R"(time=1970-01-01T00:00:00.000Z level=error id=store.away msg="it is away" reason=no n=3)");
}

TEST_CASE("lines for the journal have its priorities, others have none") {
    CHECK(journal_prefix(Level::error) == "<3>");
    CHECK(journal_prefix(Level::warning) == "<4>");
    CHECK(journal_prefix(Level::info) == "<6>");
    CHECK(journal_prefix(Level::debug) == "<7>");
    const Pipe pipe;
    struct stat file {};
    REQUIRE(fstat(pipe.in(), &file) == 0);
    const std::string ours = std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
    CHECK(is_journal(pipe.in(), ours.c_str()));
    CHECK_FALSE(is_journal(pipe.in(), "1:2"));
    CHECK_FALSE(is_journal(pipe.in(), nullptr));
    CHECK_FALSE(is_journal(-1, ours.c_str()));
}

TEST_CASE("F06: a log that nobody reads takes lines without waiting, drops what is too much and says how much") {
    const Pipe pipe;
    pipe.fill();
    LogWriter writer(pipe.in(), 10'000, [](std::uint64_t lines) { return "lost " + std::to_string(lines) + "\n"; });
    const std::string line(99, 'x');
    for (int i = 0; i < 1'000; ++i) writer.add(line + "\n");
    CHECK(writer.dropped() == 900);
    CHECK(writer.written() == 0);
    CHECK_FALSE(writer.flush(50ms));
    std::string read;
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (!writer.flush(1ms) && std::chrono::steady_clock::now() < until) read += pipe.read_all();
    read += pipe.read_all();
    CHECK(read.ends_with(line + "\nlost 900\n"));
    writer.add("again\n");
    CHECK(writer.flush(30s));
    CHECK(pipe.read_all() == "again\n");
}

TEST_CASE("F06: a descriptor that takes nothing is counted and costs nothing") {
    const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    REQUIRE(full >= 0);
    LogWriter writer(full, 10'000, [](std::uint64_t) { return std::string("lost\n"); });
    writer.add("one\n");
    writer.add("two\n");
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (writer.dropped() < 2 && std::chrono::steady_clock::now() < until) usleep(1000);
    CHECK(writer.dropped() >= 2);
    CHECK(writer.written() == 0);
    close(full);
}

TEST_CASE("a reader that has gone does not end the process") {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    LogWriter writer(ends[1], 10'000, [](std::uint64_t) { return std::string("lost\n"); });
    close(ends[0]);
    writer.add("into nothing\n");
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (writer.dropped() == 0 && std::chrono::steady_clock::now() < until) usleep(1000);
    CHECK(writer.dropped() == 1);
    close(ends[1]);
}

TEST_CASE("a terminal says so many lines a minute, then how many more there were, and others are heard") {
    LogLimit limit;
    const LogLimit::Time begin{};
    std::size_t admitted = 0;
    for (int i = 0; i < 100; ++i) admitted += limit.admit("TST1", begin + std::chrono::milliseconds(i)) ? 1 : 0;
    CHECK(admitted == LogLimit::lines_per_minute);
    CHECK(limit.admit("TST2", begin));
    CHECK(limit.take_denied(begin + 59s).empty());
    const auto denied = limit.take_denied(begin + 60s);
    REQUIRE(denied.size() == 1);
    CHECK(denied[0] == std::pair<std::string, std::size_t>("TST1", 80));
    CHECK(limit.admit("TST1", begin + 61s));
    CHECK(limit.take_denied(begin + 200s).empty());
    // A flood of serial numbers shares one place.
    for (std::size_t i = 0; i < LogLimit::most_sources; ++i) limit.admit("S" + std::to_string(i), begin);
    admitted = 0;
    for (int i = 0; i < 100; ++i) admitted += limit.admit("more" + std::to_string(i), begin) ? 1 : 0;
    CHECK(admitted == LogLimit::lines_per_minute);
}
