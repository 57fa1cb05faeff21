#include "daemon/metrics/page.hpp"

#include <fmt/format.h>

#include <iterator>

namespace presensi::metrics {

namespace {

std::string escape(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
    return out;
}

}  // namespace

void Page::family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = std::string(name);
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

void Page::line(std::string_view suffix, Labels labels, std::string_view bound, double value) {
    text_ += name_;
    text_ += suffix;
    char before = '{';
    const auto add_label = [&](std::string_view name, std::string_view text) {
        fmt::format_to(std::back_inserter(text_), "{}{}=\"{}\"", before, name, escape(text));
        before = ',';
    };
    for (const auto& [name, text] : labels) add_label(name, text);
    if (!bound.empty()) add_label("le", bound);
    // The shortest text that is this number again.
    fmt::format_to(std::back_inserter(text_), "{} {}\n", before == ',' ? "}" : "", value);
}

void Page::add(double value, Labels labels) { line("", labels, "", value); }

void Page::add(const Histogram& histogram, Labels labels) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < histogram.counts().size(); ++i) {
        below += histogram.counts()[i];
        const bool has_bound = i < histogram.bounds().size();
        line("_bucket", labels, has_bound ? fmt::format("{}", histogram.bounds()[i]) : "+Inf",
             static_cast<double>(below));
    }
    line("_sum", labels, "", histogram.sum());
    line("_count", labels, "", static_cast<double>(below));
}

void Page::counter(std::string_view name, std::string_view help, double value) {
    family(name, "counter", help);
    add(value);
}

void Page::gauge(std::string_view name, std::string_view help, double value) {
    family(name, "gauge", help);
    add(value);
}

}  // namespace presensi::metrics
