#pragma once
// What /metrics says. Docs: docs/monitoring/README.md, which a test compares with it.

#include <array>
#include <cstdint>
#include <string>

#include "daemon/admin/routes.hpp"
#include "daemon/http/listener.hpp"
#include "daemon/metrics/histogram.hpp"
#include "daemon/notify/notifier.hpp"

namespace presensi::metrics {

// Answers of one listener.
struct Answers {
    std::array<std::uint64_t, 5> of_class{};  // 1xx … 5xx
    Histogram seconds{seconds_bounds};

    void note(unsigned status, std::chrono::steady_clock::duration took) {
        const std::size_t place = status / 100 - 1;
        if (place < of_class.size()) ++of_class[place];
        seconds.observe(took);
    }
};

struct Sources {
    const admin::Context& context;
    const http::Listener& terminal_listener;
    const http::Listener& admin_listener;
    const Answers& terminal_answers;
    const Answers& admin_answers;
    const notify::Notifier& notifier;
};

// No personal data, and nothing that a stranger can make grow: terminals stand there by serial once they are approved.
std::string write_page(const Sources& sources);

}  // namespace presensi::metrics
