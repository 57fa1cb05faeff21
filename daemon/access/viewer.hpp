#pragma once
// Who asks, and what they may (architecture 3.10).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace presensi::access {

// super_admin: Diskominfo. admin and assistant: of their units only. reader: looks, of their units or, without any,
// all.
enum class Role : std::uint8_t { super_admin, admin, assistant, reader };
std::string_view to_string(Role role);  // "super-admin", …
std::optional<Role> role(std::string_view name);

// What a route needs. Each includes those before it.
enum class Right : std::uint8_t {
    read,     // everybody with an account
    bring,    // assistants too: files, pulls
    manage,   // admins: people, PINs, submitting the month
    oversee,  // super-admins: terminals, commands, calendar, returning, freezing, accounts
};
bool has(Role role, Right right);
std::string_view to_string(Right right);

// What a viewer was let in by.
struct Proof {
    enum class Kind : std::uint8_t { nothing, password, token, session } kind = Kind::nothing;
    std::string key;            // name of the account; hash of the token or of the session's secret
    std::string password_hash;  // of the account, as it was
};

struct Viewer {
    std::string name;  // for the audit: "account:NAME", "token:NAME", "anonymous@ADDRESS"
    Role role = Role::reader;
    std::vector<std::string> units;  // codes; they and what is below them; empty: all
    Proof proof{};

    // An admin or assistant without a unit sees nothing rather than everything.
    bool sees_all() const { return units.empty() && (role == Role::super_admin || role == Role::reader); }
};

// Which of the things behind a route a viewer may touch; enforced in one place, admin::Routes::handle.
enum class Scope : std::uint8_t {
    open,      // everybody, without an account: liveness
    any,       // every viewer with the right; the handler shows of its lists only what they may see
    whole,     // only who may see everything
    terminal,  // the path's {serial} is a terminal of their units; an apel terminal is nobody's but a super-admin's
    unit,      // the path's {unit} is one of theirs
    found,     // the handler finds whose thing it is, and refuses what they may not see
    account,   // the path's {name} is their own account, or they are a super-admin
};
std::string_view to_string(Scope scope);

}  // namespace presensi::access
