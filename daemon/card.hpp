#pragma once
// `presensid card SERIAL`: one page for the one who connects a terminal, and a QR code to stick on it.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "daemon/web/language.hpp"

namespace presensi {

struct CardWords {
    std::string serial;
    std::string address;         // where terminals reach this computer; empty: found out
    std::filesystem::path file;  // empty: standard output
    bool english = false;
};

// Exit code.
int print_card(const config::Settings& settings, const CardWords& words);

struct Card {
    std::string serial;
    std::string name;  // empty: not known
    std::string unit;
    std::string address;
    int port = 0;
    std::string zone;
    std::string admin_url;  // empty: the page is on this computer only
    bool is_https = false;
    bool has_path_secret = false;
    bool is_pulled = false;
    bool is_approved = false;
};

// Which of this computer's addresses the terminal can call: the listener's own, else the only one, else the only one
// within its networks. Throws std::runtime_error with a sentence that lists them where nobody can tell.
std::string terminal_address(const std::string& listener, const std::vector<std::string>& own_addresses,
                             const std::vector<config::Network>& networks);

// Escaped, no script.
std::string render_card(const Card& card, web::Language language);

// The QR code of a text as an SVG element; its modules are the path's unit squares.
std::string qr_svg(const std::string& text);
// What the code on the card says: the terminal on the page, or the address to enter where the page cannot be reached.
std::string qr_text(const Card& card);

}  // namespace presensi
