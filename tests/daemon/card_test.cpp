// The page that `presensid card` prints.
#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <regex>

#include "daemon/card.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace presensi::test;

namespace {

Card example() {
    Card card;
    card.serial = "TST7240100001";
    card.name = "Apel IV";
    card.address = "10.20.0.5";
    card.port = 8081;
    card.zone = "Asia/Makassar";
    return card;
}

// The unit squares of the black path as a picture that any reader knows (PBM), each square 6 x 6.
void write_picture(const std::string& svg, const std::filesystem::path& file) {
    constexpr int scale = 6;
    std::smatch found;
    REQUIRE(std::regex_search(svg, found, std::regex("viewBox=\"0 0 (\\d+) ")));
    const int width = std::stoi(found[1]);
    const auto place = [width](int x, int y) {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
    };
    std::vector<bool> dark(place(0, width));
    const std::string path = svg.substr(svg.find("#000"));
    const std::regex square("M(\\d+) (\\d+)h1v1h-1z");
    for (std::sregex_iterator each(path.begin(), path.end(), square), end; each != end; ++each) {
        dark.at(place(std::stoi((*each)[1]), std::stoi((*each)[2]))) = true;
    }
    std::ofstream out(file);
    out << "P1\n" << width * scale << " " << width * scale << "\n";
    for (int y = 0; y < width * scale; ++y) {
        for (int x = 0; x < width * scale; ++x) {
            out << (dark.at(place(x / scale, y / scale)) ? "1 " : "0 ");
        }
        out << "\n";
    }
}

std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    REQUIRE(pipe != nullptr);
    std::string output;
    std::array<char, 256> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) output += buffer.data();
    return output;
}

}  // namespace

TEST_CASE("card: address, port and steps, approved ones without the approval") {
    Card card = example();
    std::string page = render_card(card, web::Language::indonesian);
    for (const char* expected : {"Apel IV", "TST7240100001", "10.20.0.5", "8081", "Cloud Server Setting", "Setujui"}) {
        CAPTURE(expected);
        CHECK(page.find(expected) != std::string::npos);
    }
    CHECK(page.find("Comm Key") == std::string::npos);
    CHECK(page.find("HTTPS") == std::string::npos);
    card.is_https = true;
    CHECK(render_card(card, web::Language::english).find("https://10.20.0.5:8081/iclock/ping") != std::string::npos);
    CHECK(render_card(card, web::Language::english).find("switch HTTPS on") != std::string::npos);
    card.is_approved = true;
    card.is_pulled = true;
    page = render_card(card, web::Language::english);
    CHECK(page.find("Approve it") == std::string::npos);
    CHECK(page.find("Comm Key") != std::string::npos);
}

TEST_CASE("card: hostile names are text") {
    Card card = example();
    card.name = "<script>alert(1)</script>";
    const std::string page = render_card(card, web::Language::indonesian);
    CHECK(page.find("<script") == std::string::npos);
    CHECK(page.find("&lt;script&gt;") != std::string::npos);
}

TEST_CASE("card: the address is the listener's, the only one, or the one in the terminal's networks") {
    const std::vector<config::Network> networks{*config::Network::decode("10.20.0.0/16")};
    CHECK(terminal_address("192.168.1.9", {"10.0.0.1", "10.0.0.2"}, {}) == "192.168.1.9");
    CHECK(terminal_address("0.0.0.0", {"10.0.0.1"}, networks) == "10.0.0.1");
    CHECK(terminal_address("::", {"10.0.0.1", "10.20.0.5"}, networks) == "10.20.0.5");
    CHECK_THROWS_WITH_AS(terminal_address("0.0.0.0", {"10.0.0.1", "10.0.0.2"}, networks),
                         doctest::Contains("10.0.0.1, 10.0.0.2"), std::runtime_error);
    CHECK_THROWS_WITH_AS(terminal_address("127.0.0.1", {"10.0.0.1"}, {}), doctest::Contains("--address"),
                         std::runtime_error);
    CHECK_THROWS_AS(terminal_address("0.0.0.0", {}, {}), std::runtime_error);
}

TEST_CASE("card: another reads the QR code") {
    if (output_of("zbarimg --version 2>/dev/null").empty()) {
        MESSAGE("SKIPPED: zbarimg is not installed (scripts/setup.sh test)");
        return;
    }
    const TemporaryFolder folder;
    Card card = example();
    const auto read = [&] {
        const auto file = folder.path() / "code.pbm";
        write_picture(qr_svg(qr_text(card)), file);
        return output_of("zbarimg --quiet --raw " + file.string() + " 2>/dev/null");
    };
    CHECK(read() == "TST7240100001 10.20.0.5:8081\n");
    card.admin_url = "http://10.20.0.5:8080";
    CHECK(read() == "http://10.20.0.5:8080/#/terminal/TST7240100001\n");
}
