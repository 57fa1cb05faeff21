// Files in forms: what a browser sends, and what nobody should send.
#include <doctest/doctest.h>

#include <random>

#include "daemon/http/multipart.hpp"

using namespace presensi::http;

namespace {

constexpr const char* type = "multipart/form-data; boundary=xYz";

std::string part(const std::string& head, const std::string& content) {
    return "--xYz\r\n" + head + "\r\n\r\n" + content + "\r\n";
}

const std::string file_head = "Content-Disposition: form-data; name=\"file\"; filename=\"1_attlog.dat\"";
const std::string field_head = "Content-Disposition: form-data; name=\"note\"";
const std::string end = "--xYz--\r\n";

}  // namespace

TEST_CASE("the first file of a form is found, whatever it is called") {
    const struct {
        const char* name;
        std::string type;
        std::string body;
        std::string content;
    } cases[] = {
        {"alone", type, part(file_head, "1\t2") + end, "1\t2"},
        {"behind a field", type, part(field_head, "x") + part(file_head, "a\r\nb") + end, "a\r\nb"},
        {"two files", type, part(file_head, "first") + part(file_head, "second") + end, "first"},
        {"a preamble", type, "hello\r\n" + part(file_head, "a") + end, "a"},
        {"empty", type, part(file_head, "") + end, ""},
        {"a name that is a path", type,
         part("content-disposition: form-data; filename=\"../../../etc/passwd\"; name=f\r\nContent-Type: text/plain",
              "a") +
             end,
         "a"},
        {"an encoded name", type, part("Content-Disposition: form-data; name=f; filename*=UTF-8''%2e%2e", "a") + end,
         "a"},
        {"a quoted boundary", "Multipart/Form-Data; charset=utf-8; boundary=\"xYz\"", part(file_head, "a") + end, "a"},
        {"dashes and line ends inside", type, part(file_head, "--xY\r\n--x\r\n\r\n-") + end, "--xY\r\n--x\r\n\r\n-"},
        {"nothing behind the last divider", type, part(file_head, "a") + "--xYz", "a"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        REQUIRE(is_multipart(each.type));
        const auto found = find_file_part(each.type, each.body);
        CHECK(found.problem.empty());
        CHECK(found.content == each.content);
    }
}

TEST_CASE("a form without a file is refused with a sentence") {
    const struct {
        const char* name;
        std::string type;
        std::string body;
    } cases[] = {
        {"no boundary", "multipart/form-data", part(file_head, "a") + end},
        {"an empty boundary", "multipart/form-data; boundary=", part(file_head, "a") + end},
        {"a boundary too long", "multipart/form-data; boundary=" + std::string(71, 'x'), part(file_head, "a")},
        {"nothing", type, ""},
        {"only its end", type, end},
        {"only a field", type, part(field_head, "x") + end},
        {"cut in the file", type, "--xYz\r\n" + file_head + "\r\n\r\nabc"},
        {"cut in the head", type, "--xYz\r\n" + file_head},
        {"another boundary", type, "--other\r\n" + file_head + "\r\n\r\na\r\n--other--"},
        {"no head", type, "--xYz\r\n\r\na\r\n" + end},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        const auto found = find_file_part(each.type, each.body);
        CHECK_FALSE(found.problem.empty());
        CHECK(found.content.empty());
    }
    CHECK_FALSE(is_multipart("text/plain; x=multipart/form-data"));
    CHECK_FALSE(is_multipart(""));
}

TEST_CASE("no form, however broken, leads outside of its body") {
    const std::string whole = "x\r\n" + part(field_head, "x") + part(file_head, "a\r\nb") + end;
    std::minstd_rand random(3);
    for (int round = 0; round < 20'000; ++round) {
        std::string body = whole;
        for (int change = 0; change < 3; ++change) {
            const auto at = random() % body.size();
            if (round % 2 == 0)
                body[at] = "\r\n-xYz:\"; "[random() % 10];
            else
                body.erase(at, 1 + random() % 5);
            if (body.empty()) body = "-";
        }
        const auto found = find_file_part(type, body);
        const bool inside =
            found.content.empty() || (found.content.data() >= body.data() &&
                                      found.content.data() + found.content.size() <= body.data() + body.size());
        REQUIRE(inside);
        REQUIRE((found.problem.empty() || found.content.empty()));
    }
}
