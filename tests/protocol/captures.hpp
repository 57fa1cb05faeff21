#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace presensi::test {

// A file of tests/captures/adms by the beginning of its name.
inline std::string capture(const std::string& begin, const std::string& end = ".body") {
    for (const auto& entry : std::filesystem::directory_iterator(PRESENSI_SOURCE_DIR "/tests/captures/adms")) {
        const std::string name = entry.path().filename();
        if (!name.starts_with(begin) || !name.ends_with(end)) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    throw std::runtime_error("no capture " + begin);
}

inline std::vector<std::string> all_captured_bodies() {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(PRESENSI_SOURCE_DIR "/tests/captures/adms")) {
        if (entry.path().extension() != ".body") continue;
        std::ifstream in(entry.path(), std::ios::binary);
        all.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return all;
}

// A captured body with a few bytes changed, taken out or put in: the same for the same seed.
inline std::string mutated(std::string bytes, std::mt19937& random) {
    static const std::string interesting("\0\t\r\n =&,;:<>\"%/-+0Aa\xff\xc2\x80", 23);
    for (unsigned long i = 0, changes = 1 + random() % 6; i < changes; ++i) {
        const auto at = bytes.empty() ? 0 : random() % bytes.size();
        const char c =
            random() % 3 == 0 ? static_cast<char>(random() % 256) : interesting[random() % interesting.size()];
        switch (bytes.empty() ? 1 : random() % 4) {
            case 0:
                bytes[at] = c;
                break;
            case 1:
                bytes.insert(bytes.begin() + static_cast<long>(at), c);
                break;
            case 2:
                bytes.erase(at, 1 + random() % 8);
                break;
            default:
                bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 40));
                break;
        }
    }
    return bytes;
}

}  // namespace presensi::test
