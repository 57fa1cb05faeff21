#pragma once

#include <fmt/format.h>

#include <ostream>
#include <string>
#include <utility>

namespace presensi::config {

// A password or key. It prints as *** everywhere; reveal() is the only way out.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    const std::string& reveal() const { return value_; }
    bool empty() const { return value_.empty(); }
    bool operator==(const Secret&) const = default;

private:
    std::string value_;
};

inline std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

}  // namespace presensi::config

template <>
struct fmt::formatter<presensi::config::Secret> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const presensi::config::Secret&, Context& context) const {
        return fmt::formatter<std::string_view>::format("***", context);
    }
};
