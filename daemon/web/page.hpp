#pragma once

#include <string>
#include <vector>

namespace presensi::web {

enum class Language { indonesian, english };

// What the page shows, already in words of the page's language where it is not data.
struct TerminalLine {
    std::string serial;
    std::string name;
    std::string state;       // the API's word; shown translated
    std::string last_heard;  // local time of the terminal, empty: never
    std::string last_punch;
    std::string today;
    std::string total;
    bool portable = false;
};

struct AlarmLine {
    std::string what;
    std::string todo;
    std::string since;  // local time
    bool urgent = false;
};

struct PageData {
    std::string version;
    bool trial = false;  // MODE UJI COBA
    bool ready = true;   // the store takes what comes
    std::string now;     // local time
    std::string zone;
    std::string punches;  // in all
    std::vector<AlarmLine> alarms;
    std::vector<TerminalLine> terminals;
};

// One plain table, escaped, no script.
std::string render_page(const PageData& data, Language language);

}  // namespace presensi::web
