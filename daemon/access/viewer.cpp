#include "daemon/access/viewer.hpp"

#include <array>

namespace presensi::access {

namespace {

constexpr std::array<std::string_view, 4> roles{"super-admin", "admin", "assistant", "reader"};
constexpr std::array<std::string_view, 4> rights{"read", "bring", "manage", "oversee"};
constexpr std::array<std::string_view, 7> scopes{"open", "any", "whole", "terminal", "unit", "found", "account"};

}  // namespace

std::string_view to_string(Role role) { return roles.at(static_cast<std::size_t>(role)); }
std::string_view to_string(Right right) { return rights.at(static_cast<std::size_t>(right)); }
std::string_view to_string(Scope scope) { return scopes.at(static_cast<std::size_t>(scope)); }

std::optional<Role> role(std::string_view name) {
    for (std::size_t i = 0; i < roles.size(); ++i) {
        if (roles[i] == name) return static_cast<Role>(i);
    }
    return std::nullopt;
}

bool has(Role role, Right right) {
    switch (role) {
        case Role::super_admin:
            return true;
        case Role::admin:
            return right <= Right::manage;
        case Role::assistant:
            return right <= Right::bring;
        case Role::reader:
            return right == Right::read;
    }
    return false;
}

}  // namespace presensi::access
