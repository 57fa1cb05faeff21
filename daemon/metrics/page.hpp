#pragma once
// The text that Prometheus reads (exposition format 0.0.4).

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/metrics/histogram.hpp"

namespace presensi::metrics {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class Page {
public:
    // Opens a family; what is added next belongs to it. `type`: counter, gauge or histogram; `help` is one line.
    void family(std::string_view name, std::string_view type, std::string_view help);
    void add(double value, Labels labels = {});
    void add(const Histogram& histogram, Labels labels = {});
    // A family of one value.
    void counter(std::string_view name, std::string_view help, double value);
    void gauge(std::string_view name, std::string_view help, double value);

    std::string take() { return std::move(text_); }

private:
    void line(std::string_view suffix, Labels labels, std::string_view bound, double value);

    std::string text_;
    std::string name_;
};

}  // namespace presensi::metrics
