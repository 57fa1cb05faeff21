#include "attendance/person_name.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace presensi::attendance {
namespace {

using Words = std::vector<std::string>;

// In front of names.
constexpr std::array<std::string_view, 14> titles{"H",   "HJ",  "HAJI", "HJH",  "KH",  "DR", "DRS",
                                                  "DRA", "DRG", "DRH",  "PROF", "APT", "NS", "IR"};
// Behind names, without their points.
constexpr std::array<std::string_view, 83> degrees{
    "AMA",   "AMAPD", "AMD",  "AMDAK", "AMDFARM", "AMDFT", "AMDG", "AMDGZ", "AMDKEB", "AMDKEP", "AMDKL", "AMDKOM",
    "AMDPD", "APT",   "BA",   "BSC",   "BE",      "CES",   "DEA",  "DRA",   "DRS",    "IR",     "LC",    "MA",
    "MAG",   "MAP",   "MBA",  "MED",   "MENG",    "MH",    "MHUM", "MIKOM", "MIP",    "MKES",   "MKOM",  "MKM",
    "MM",    "MP",    "MPD",  "MPDI",  "MSC",     "MSI",   "MSOS", "MT",    "NERS",   "NS",     "PHD",   "SAB",
    "SAG",   "SAP",   "SE",   "SEI",   "SFARM",   "SGZ",   "SH",   "SHI",   "SHUT",   "SHUM",   "SI",    "SIKOM",
    "SIP",   "SKEB",  "SKED", "SKEP",  "SKG",     "SKH",   "SKM",  "SKOM",  "SOS",    "SP",     "SPD",   "SPDI",
    "SPDSD", "SPI",   "SPSI", "SPT",   "SS",      "SSI",   "SSOS", "SST",   "SSTP",   "ST",     "STP"};
// One name in many spellings.
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> spellings{{
    {"ABD", "ABDUL"},
    {"MHD", "MUHAMMAD"},
    {"MHMD", "MUHAMMAD"},
    {"MOCH", "MUHAMMAD"},
    {"MOCHAMAD", "MUHAMMAD"},
    {"MOCHAMMAD", "MUHAMMAD"},
    {"MOH", "MUHAMMAD"},
    {"MOHAMAD", "MUHAMMAD"},
    {"MOHAMED", "MUHAMMAD"},
    {"MOHAMMAD", "MUHAMMAD"},
    {"MOHAMMED", "MUHAMMAD"},
    {"MOHD", "MUHAMMAD"},
    {"MUCHAMAD", "MUHAMMAD"},
    {"MUH", "MUHAMMAD"},
    {"MUHAMAD", "MUHAMMAD"},
    {"MUHAMMED", "MUHAMMAD"},
    {"MUHD", "MUHAMMAD"},
    {"MUHMMAD", "MUHAMMAD"},
}};

template <typename Set>
bool is_in(const Set& set, std::string_view word) {
    return std::find(set.begin(), set.end(), word) != set.end();
}

// A piece between blanks, its parts between points.
struct Piece {
    Words parts;
    bool pointed = false;

    std::string joined() const {
        std::string all;
        for (const auto& part : parts) all += part;
        return all;
    }
};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool ends_word(char c) { return c == ' ' || c == '\t' || c == '-' || c == '_' || c == '/' || c == '('; }

std::vector<Piece> pieces_of(std::string_view name) {
    std::vector<Piece> pieces;
    bool in_word = false;
    bool in_part = false;
    for (const char c : name) {
        if (ends_word(c)) {
            in_word = in_part = false;
        } else if (c == '.') {
            if (in_word) pieces.back().pointed = true;
            in_part = false;
        } else if ((c & 0x80) != 0 || (c >= '0' && c <= '9') || (upper(c) >= 'A' && upper(c) <= 'Z')) {
            if (!in_word) pieces.emplace_back();
            if (!in_part || !in_word) pieces.back().parts.emplace_back();
            pieces.back().parts.back() += upper(c);
            in_word = in_part = true;
        }  // an apostrophe and the like divides nothing
    }
    return pieces;
}

// What stands behind the first comma are degrees.
std::string_view before_degrees(std::string_view name) {
    const auto comma = name.find(',');
    return comma == name.npos || pieces_of(name.substr(0, comma)).empty() ? name : name.substr(0, comma);
}

}  // namespace

std::vector<std::string> name_words(std::string_view name) {
    const auto pieces = pieces_of(before_degrees(name));
    std::size_t first = 0;
    std::size_t last = pieces.size();
    while (first + 1 < last && is_in(titles, pieces[first].joined())) ++first;
    while (first + 1 < last) {
        if (is_in(degrees, pieces[last - 1].joined())) {
            --last;
        } else if (first + 2 < last && pieces[last - 2].pointed &&
                   is_in(degrees, pieces[last - 2].joined() + pieces[last - 1].joined())) {
            last -= 2;  // "S. Kom"
        } else {
            break;
        }
    }
    Words words;
    for (std::size_t i = first; i < last; ++i) {
        if (i > first && pieces[i].pointed && is_in(degrees, pieces[i].joined())) continue;
        for (const auto& part : pieces[i].parts) {
            const auto known = std::find_if(spellings.begin(), spellings.end(),
                                            [&](const auto& spelling) { return spelling.first == part; });
            words.push_back(known == spellings.end() ? part : std::string(known->second));
        }
    }
    return words;
}

std::string name_without_titles(std::string_view name) {
    std::string folded;
    for (const auto& word : name_words(name)) {
        if (!folded.empty()) folded += ' ';
        folded += word;
    }
    return folded;
}

}  // namespace presensi::attendance
