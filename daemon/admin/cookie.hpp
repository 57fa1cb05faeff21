#pragma once
// The cookie by which a browser shows its session.

#include <string>
#include <string_view>

namespace presensi::admin {

inline constexpr std::string_view session_cookie = "presensi_session";

// The session's secret in a Cookie header; empty: there is none.
std::string session_in(std::string_view cookies);

}  // namespace presensi::admin
