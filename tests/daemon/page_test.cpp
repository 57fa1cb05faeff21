#include <doctest/doctest.h>

#include "daemon/web/page.hpp"

using namespace presensi::web;

TEST_CASE("hostile names do no harm on the page") {
    PageData data;
    TerminalLine line;
    line.serial = "TST1";
    line.name = "<script>alert(1)</script> & \"Apel\" '{{serial}}'";
    line.state = "approved";
    data.terminals.push_back(line);
    data.alarms.push_back({"<img src=x onerror=alert(2)>", "<img>", "", true});
    for (const auto language : {Language::indonesian, Language::english}) {
        const std::string html = render_page(data, language);
        CHECK(html.find("<script") == std::string::npos);
        CHECK(html.find("<img") == std::string::npos);
        CHECK(html.find("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Apel&quot; &apos;{{serial}}&apos;") !=
              std::string::npos);
    }
}

TEST_CASE("Bahasa Indonesia first, English by choice, and the trial mode is said") {
    PageData data;
    data.trial = true;
    data.ready = false;
    TerminalLine line;
    line.state = "suspended";
    data.terminals.push_back(line);
    const std::string indonesian = render_page(data, Language::indonesian);
    CHECK(indonesian.find("lang=\"id\"") != std::string::npos);
    CHECK(indonesian.find("Terakhir terdengar") != std::string::npos);
    CHECK(indonesian.find("ditangguhkan") != std::string::npos);
    CHECK(indonesian.find("MODE UJI COBA") != std::string::npos);
    CHECK(indonesian.find("Penyimpanan tidak dapat menulis") != std::string::npos);
    const std::string english = render_page(data, Language::english);
    CHECK(english.find("Last heard") != std::string::npos);
    CHECK(english.find("suspended") != std::string::npos);
    CHECK(english.find("The store cannot write") != std::string::npos);
    data.trial = false;
    data.ready = true;
    const std::string production = render_page(data, Language::indonesian);
    CHECK(production.find("MODE UJI COBA") == std::string::npos);
    CHECK(production.find("Penyimpanan tidak dapat menulis") == std::string::npos);
}
