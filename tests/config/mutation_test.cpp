// Whatever a slip of the hand or a bad disk makes of the file: settings or errors, never a crash.

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <tuple>

#include "config/load.hpp"
#include "reference.hpp"
#include "temp_folder.hpp"

using namespace presensi::config;

namespace {

constexpr int mutations = 3000;

constexpr std::string_view splinters[] = {
    "&a ",
    "*a",
    "<<: ",
    "[",
    "]",
    "{",
    "}",
    "- ",
    "? ",
    ": ",
    ":",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "  ",
    "#",
    "!!str ",
    "!x ",
    "%TAG",
    "|\n",
    ">\n",
    "---\n",
    "...\n",
    "\"",
    "'",
    "\\",
    "\\0",
    "~",
    "0",
    "-1",
    ",",
    "é",
    "\xEF\xBB\xBF",
    "\xFF",
    "\xC2\x9B",
    "65536",
    "99999999999999999999",
    "9999999d",
    "/../../",
    "postgresql://a:b@c/",
    "::ffff:10.0.0.0/96",
    "terminals:\n",
};

class Mutator {
public:
    explicit Mutator(unsigned seed) : random_(seed) {}

    std::string mutate(std::string text) {
        for (std::size_t left = 1 + below(2); left > 0; --left) mutate_once(text);
        return text;
    }

private:
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

    void mutate_once(std::string& text) {
        const std::size_t at = below(text.size() + 1);
        switch (below(6)) {
            case 0:
                text.insert(at, splinters[below(std::size(splinters))]);
                break;
            case 1:
                text.erase(at, 1 + below(below(8) == 0 ? 500 : 8));
                break;
            case 2:
                if (at < text.size()) text[at] = static_cast<char>(below(256));
                break;
            case 3:
                text.insert(at, text.substr(below(text.size() + 1), below(200)));
                break;
            case 4:
                text.insert(at, std::string(below(600), "[{-? "[below(5)]));
                break;
            default:
                std::swap_ranges(text.begin(),
                                 text.begin() + static_cast<std::ptrdiff_t>(std::min(at, text.size() / 2)),
                                 text.end() - static_cast<std::ptrdiff_t>(std::min(at, text.size() / 2)));
        }
    }

    std::mt19937 random_;
};

// Only the keys: in a file of comments most mutations change nothing.
std::string reference_keys() {
    std::istringstream in(uncommented_reference());
    std::string keys;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line[0] == '#') continue;
        keys += line.substr(0, line.find(" # ")) + "\n";
    }
    return keys;
}

void check_errors(const LoadResult& result, const std::string& text) {
    const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
    CHECK_FALSE(result.errors.empty());
    std::tuple<int, int> last{0, 0};
    for (const ConfigError& error : result.errors) {
        CAPTURE(error.text());
        CHECK_FALSE(error.message.empty());
        CHECK(error.line >= 1);
        CHECK(error.line <= lines);
        CHECK(error.column >= 1);
        const std::tuple<int, int> place{error.line, error.column};
        CHECK(last <= place);
        last = place;
    }
}

}  // namespace

TEST_CASE("mutations of the reference yield settings or errors with a place") {
    const TempFolder folder;
    const std::string keys = reference_keys();
    Mutator mutator(20261120);
    int loaded = 0;
    for (int number = 0; number < mutations; ++number) {
        CAPTURE(number);
        const std::string text = mutator.mutate(keys);
        const LoadResult result = load_settings(folder.write("presensi.yaml", text), "");
        if (!result.settings) {
            check_errors(result, text);
            continue;
        }
        ++loaded;
        CHECK(result.errors.empty());
        const LoadResult again = load_settings(folder.write("described.yaml", describe(*result.settings)), "");
        for (const ConfigError& error : again.errors) FAIL_CHECK(error.text());
    }
    // Both ends must be reached, or the mutations are too gentle or too rough to show anything.
    CHECK(loaded > mutations / 20);
    CHECK(loaded < mutations / 2);
}
