#pragma once

#include <string>
#include <utility>
#include <vector>

#include "daemon/talk/certificate.hpp"
#include "daemon/web/language.hpp"

namespace presensi::web {

struct CertificateData {
    std::string serial;
    std::string name;
    std::string unit;
    std::string month;  // 2026-11
    std::string zone;
    std::string issued_at;                                    // local time
    std::vector<std::pair<std::string, std::string>> pauses;  // local times
    const talk::Certificate* certificate = nullptr;           // outlives the rendering
};

// One sheet of paper, escaped, no script.
std::string render_certificate(const CertificateData& data, Language language);

}  // namespace presensi::web
