#include "daemon/admin/access_table.hpp"

#include <fmt/format.h>

#include "daemon/admin/routes.hpp"

namespace presensi::admin {

using access::Right;
using access::Role;
using access::Scope;

namespace {

std::string cell(const Route& route, Role role, bool has_units) {
    if (route.scope == Scope::open) return "yes";
    if (!has(role, route.right)) return "no";
    if (route.scope == Scope::any) return "yes";
    if (route.scope == Scope::whole) return has_units ? "no" : "yes";
    const bool overall = route.scope == Scope::account ? role == Role::super_admin : !has_units;
    if (overall) return "yes";
    // Units and accounts are no terminals.
    return route.scope == Scope::unit || route.scope == Scope::account ? "yes no -" : "yes no no";
}

}  // namespace

std::string access_table() {
    std::string table =
        "| route | needs | of | super-admin | admin | assistant | reader | reader of all | nobody |\n"
        "|---|---|---|---|---|---|---|---|---|\n";
    for (const Route& route : routes()) {
        table += fmt::format("| {} {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", route.method, route.path,
                             to_string(route.right), to_string(route.scope), cell(route, Role::super_admin, false),
                             cell(route, Role::admin, true), cell(route, Role::assistant, true),
                             cell(route, Role::reader, true), cell(route, Role::reader, false),
                             route.scope == Scope::open ? "yes" : "401");
    }
    return table;
}

}  // namespace presensi::admin
