#include "daemon/card.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <qrencode.h>

#include <fmt/format.h>

#include <kainjow/mustache.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>

#include "config/network.hpp"
#include "daemon/installed.hpp"
#include "daemon/open_store.hpp"
#include "protocol/adms/target.hpp"
#include "protocol/text_fields.hpp"
#include "storage/terminal_repository.hpp"

namespace presensi {

namespace mustache = kainjow::mustache;

namespace {

// {{x}} escapes; {{{code}}} is the QR code's own SVG.
constexpr const char* card_page = R"html(<!doctype html>
<html lang="{{lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{label}} – {{serial}}</title>
<style>
body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 44rem; padding: 0 1rem; color: #111; background: #fff; }
h1 { font-size: 1.5rem; margin: 0; }
.head { display: flex; gap: 1.5rem; align-items: flex-start; justify-content: space-between; }
.head svg { width: 9rem; height: 9rem; flex: none; }
.server { font-size: 1.6rem; font-weight: 700; font-variant-numeric: tabular-nums; border: 2px solid #111; padding: .4rem .8rem; display: inline-block; margin: .6rem 0; }
table { border-collapse: collapse; margin: .4rem 0; }
td { border: 1px solid #999; padding: .1rem .5rem; }
li { margin: .35rem 0; }
@media print { body { margin: 0; font-size: 11pt; } @page { size: A4; margin: 15mm; } }
</style>
</head>
<body>
<div class="head"><div>
<h1>{{label}}</h1>
<p>{{t_serial}} <b>{{serial}}</b>{{#has_unit}} · {{unit}}{{/has_unit}} · {{zone}}</p>
<p class="server">{{address}} : {{port}}</p>
</div><div>{{{code}}}<br>{{code_says}}</div></div>
<ol>
{{#steps}}<li>{{text}}</li>
{{/steps}}</ol>
<table>
<tr><td>Server Mode</td><td>ADMS</td></tr>
<tr><td>Enable Domain Name</td><td>OFF</td></tr>
<tr><td>Server Address</td><td><b>{{address}}</b></td></tr>
<tr><td>Server Port</td><td><b>{{port}}</b></td></tr>
<tr><td>Enable Proxy Server</td><td>OFF</td></tr>
</table>
<p>{{t_trouble}}</p>
<ul>
{{#troubles}}<li>{{text}}</li>
{{/troubles}}</ul>
</body>
</html>
)html";

using Steps = std::vector<std::string>;

Steps steps_of(const Card& card, bool english) {
    Steps steps;
    const auto add = [&](const char* indonesian, const char* other) {
        steps.emplace_back(english ? other : indonesian);
    };
    add("Kabel jaringan atau Wi-Fi: Menu → Comm. → Ethernet (atau Wireless Network). DHCP: ON, atau isi IP, subnet "
        "mask "
        "dan gateway dari pengelola jaringan.",
        "Network cable or Wi-Fi: Menu → Comm. → Ethernet (or Wireless Network). DHCP: ON, or the IP address, subnet "
        "mask "
        "and gateway from the network's keeper.");
    add("Server: Menu → Comm. → Cloud Server Setting (mesin lama: ADMS, atau Webserver). Isi seperti tabel di bawah, "
        "lalu "
        "keluar sampai layar utama agar tersimpan.",
        "Server: Menu → Comm. → Cloud Server Setting (older: ADMS, or Webserver). Enter what the table says, then "
        "leave "
        "to the main screen so that it is kept.");
    if (card.is_https) {
        add("Server ini memakai HTTPS: nyalakan HTTPS di menu yang sama. Mesin tanpa pilihan itu tidak dapat "
            "tersambung.",
            "This server speaks HTTPS: switch HTTPS on in the same menu. A terminal without that switch cannot "
            "connect.");
    }
    if (card.has_path_secret) {
        add("Mesin ini memakai kunci pada alamat: tambahkan /KUNCI di belakang alamat server. Kuncinya ada pada "
            "Diskominfo, "
            "tidak dicetak di sini.",
            "This terminal has a key in its address: put /KEY behind the server address. Diskominfo has the key; it is "
            "not printed here.");
    }
    if (card.is_pulled) {
        add("Mesin ini juga ditarik: Menu → Comm. → Connection (PC Connection): Comm Key seperti di berkas kuncinya, "
            "port "
            "4370. Isi Comm Key; jangan dibiarkan 0.",
            "This terminal is pulled, too: Menu → Comm. → Connection (PC Connection): the Comm Key of its key file, "
            "port "
            "4370. Set one; do not leave it 0.");
    }
    add("Zona waktu dan jam: Menu → System → Date Time. Daylight Saving: OFF. Jam boleh selisih paling banyak satu "
        "menit.",
        "Time zone and clock: Menu → System → Date Time. Daylight Saving: OFF. The clock may be off by a minute at "
        "most.");
    add("Tunggu satu menit. Tanda awan/server di layar mesin berarti tersambung.",
        "Wait a minute. A cloud or server sign on its screen means that it is connected.");
    if (!card.is_approved) {
        add("Setujui mesin ini: buka halaman Presensi Gateway → Mesin → nomor seri ini → Setujui. Sebelum disetujui, "
            "data "
            "tetap aman di mesin.",
            "Approve it: open the page of Presensi Gateway → Terminals → this serial number → Approve. Until then its "
            "data "
            "stays safe on the terminal.");
    }
    add("Uji: satu orang absen; dalam satu menit absensinya tampak di halaman.",
        "Try it: one person punches; within a minute the punch is on the page.");
    return steps;
}

Steps troubles_of(const Card& card, bool english) {
    Steps list;
    const auto add = [&](const std::string& indonesian, const std::string& other) {
        list.push_back(english ? other : indonesian);
    };
    const char* scheme = card.is_https ? "https" : "http";
    add(fmt::format("Tidak tersambung: dari laptop pada kabel yang sama buka {}://{}:{}/iclock/ping; jawaban apa pun "
                    "berarti jaringannya baik.",
                    scheme, card.address, card.port),
        fmt::format("Not connected: on a laptop at the same cable open {}://{}:{}/iclock/ping; any answer means that "
                    "the network is fine.",
                    scheme, card.address, card.port));
    add("Alamat harus angka (IP) bila Enable Domain Name OFF.",
        "The address has to be a number (IP) with Enable Domain Name OFF.");
    add("Menu Cloud Server tidak ada: jenis mesin mungkin A&C PUSH (kontrol akses). Pilih T&A PUSH di System → Device "
        "Type, atau tarik lewat port 4370, atau pakai flashdisk.",
        "No Cloud Server menu: its device type may be A&C PUSH (access control). Choose T&A PUSH in System → Device "
        "Type, "
        "or pull it on port 4370, or use a USB stick.");
    return list;
}

mustache::data texts(const Steps& list) {
    mustache::data made{mustache::data::type::list};
    for (const auto& text : list) made << mustache::data("text", text);
    return made;
}

// IPv4 ones of interfaces that are up, loopback left out.
std::vector<std::string> own_addresses() {
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) != 0) return {};
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> list(first, freeifaddrs);
    std::vector<std::string> found;
    for (const ifaddrs* each = list.get(); each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
        if ((each->ifa_flags & IFF_UP) == 0 || (each->ifa_flags & IFF_LOOPBACK) != 0) continue;
        char text[INET_ADDRSTRLEN] = {};
        const auto* address = reinterpret_cast<const sockaddr_in*>(each->ifa_addr);
        if (inet_ntop(AF_INET, &address->sin_addr, text, sizeof text) != nullptr) found.emplace_back(text);
    }
    return found;
}

// What the store knows of it, where it can be asked; the card is made all the same without.
void fill_from_store(const config::Settings& settings, Card& card) {
    std::error_code missing;
    if (settings.storage.backend == config::Backend::sqlite &&
        !std::filesystem::exists(settings.database_path(), missing)) {
        return;
    }
    const AsServiceUser as_service(settings.file);
    try {
        const auto store = open_store(settings, false, StoreUse::beside_a_daemon);
        const auto database = store->open_database();
        for (const auto& row : storage::TerminalRepository(*database).load_all()) {
            if (row.serial != card.serial) continue;
            if (!row.name.empty()) card.name = row.name;
            if (!row.unit.empty()) card.unit = row.unit;
            card.zone = row.time_zone;
            card.is_approved = row.state == storage::TerminalState::approved;
        }
    } catch (const std::runtime_error& error) {
        fmt::print(stderr, "presensid: the store could not be asked about {}: {}\n", card.serial, error.what());
    }
}

}  // namespace

std::string terminal_address(const std::string& listener, const std::vector<std::string>& own_addresses,
                             const std::vector<config::Network>& networks) {
    const bool is_any = listener == "0.0.0.0" || listener == "::";
    if (!is_any && !config::is_loopback(listener)) return listener;
    if (!is_any) {
        throw std::runtime_error("terminal_listener.address is " + listener +
                                 ", which no terminal can reach; set it to 0.0.0.0, or say --address");
    }
    std::vector<std::string> within;
    for (const auto& address : own_addresses) {
        const bool fits = std::any_of(networks.begin(), networks.end(),
                                      [&](const config::Network& network) { return network.contains(address); });
        if (fits) within.push_back(address);
    }
    if (own_addresses.size() == 1) return own_addresses.front();
    if (within.size() == 1) return within.front();
    if (own_addresses.empty()) throw std::runtime_error("this computer has no network address; say --address");
    throw std::runtime_error(
        fmt::format("this computer has several addresses ({}); say with --address which one the terminal reaches",
                    fmt::join(own_addresses, ", ")));
}

std::string qr_text(const Card& card) {
    if (!card.admin_url.empty()) return fmt::format("{}/#/terminal/{}", card.admin_url, card.serial);
    return fmt::format("{} {}:{}", card.serial, card.address, card.port);
}

std::string qr_svg(const std::string& text) {
    const std::unique_ptr<QRcode, void (*)(QRcode*)> code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M),
                                                          QRcode_free);
    if (code == nullptr) throw std::runtime_error("a QR code of this text cannot be made");
    constexpr int quiet = 4;  // modules around it (ISO 18004)
    std::string path;
    for (int y = 0; y < code->width; ++y) {
        for (int x = 0; x < code->width; ++x) {
            const bool dark = (code->data[y * code->width + x] & 1) != 0;
            if (dark) path += fmt::format("M{} {}h1v1h-1z", x + quiet, y + quiet);
        }
    }
    const int width = code->width + 2 * quiet;
    return fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" role="img" shape-rendering="crispEdges">)"
        R"(<path fill="#fff" d="M0 0h{0}v{0}h-{0}z"/><path fill="#000" d="{1}"/></svg>)",
        width, path);
}

std::string render_card(const Card& card, web::Language language) {
    const bool english = language == web::Language::english;
    mustache::data view;
    view.set("lang", english ? "en" : "id");
    view.set("t_serial", english ? "Serial number" : "Nomor seri");
    view.set("t_trouble", english ? "If it does not work:" : "Bila tidak berhasil:");
    view.set("label", card.name.empty() ? (english ? "Terminal" : "Mesin presensi") : card.name);
    view.set("serial", card.serial);
    view.set("has_unit", !card.unit.empty());
    view.set("unit", card.unit);
    view.set("zone", card.zone);
    view.set("address", card.address);
    view.set("port", std::to_string(card.port));
    view.set("code", qr_svg(qr_text(card)));
    view.set("code_says", card.admin_url.empty() ? (english ? "serial, server" : "nomor seri, server")
                                                 : (english ? "state on the page" : "keadaan di halaman"));
    view.set("steps", texts(steps_of(card, english)));
    view.set("troubles", texts(troubles_of(card, english)));
    mustache::mustache page{std::string(card_page)};
    return page.render(view);
}

int print_card(const config::Settings& settings, const CardWords& words) {
    if (!adms::is_valid_serial(words.serial)) {
        fmt::print(stderr, "presensid: '{}' is no serial number; it stands on the label and in Menu → System Info\n",
                   to_stored_text(words.serial));
        return 1;
    }
    Card card;
    card.serial = words.serial;
    card.zone = settings.time_zone;
    card.port = settings.terminal_listener.port;
    card.is_https = settings.terminal_listener.tls.given();
    std::vector<config::Network> networks;
    for (const auto& terminal : settings.terminals) {
        if (terminal.serial != words.serial) continue;
        card.name = terminal.name;
        card.unit = terminal.unit.value_or("");
        card.zone = terminal.time_zone.value_or(settings.time_zone);
        card.has_path_secret = !terminal.path_secret.empty();
        card.is_pulled = terminal.pull.has_value();
        card.is_approved = true;
        networks = terminal.networks;
    }
    fill_from_store(settings, card);
    card.address = words.address.empty()
                       ? terminal_address(settings.terminal_listener.address, own_addresses(), networks)
                       : words.address;
    if (!config::is_loopback(settings.admin_listener.address)) {
        const char* scheme = settings.admin_listener.tls.given() ? "https" : "http";
        const bool is_everywhere =
            settings.admin_listener.address == "0.0.0.0" || settings.admin_listener.address == "::";
        card.admin_url =
            fmt::format("{}://{}:{}", scheme, is_everywhere ? card.address : settings.admin_listener.address,
                        settings.admin_listener.port);
    }
    const std::string page = render_card(card, words.english ? web::Language::english : web::Language::indonesian);
    if (words.file.empty()) {
        fmt::print("{}", page);
        return 0;
    }
    std::ofstream out(words.file, std::ios::binary);
    out << page;
    out.flush();
    if (!out) {
        fmt::print(stderr, "presensid: {} cannot be written\n", words.file.string());
        return 1;
    }
    fmt::print("{}: open it in a browser and print it\n", words.file.string());
    return 0;
}

}  // namespace presensi
