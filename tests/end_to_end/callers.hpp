#pragma once
// Who asks a running daemon: people with passwords, programs with tokens.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/raw_http.hpp"

namespace presensi::test {

// The header line, with its line end; empty name: none.
std::string basic(std::string_view name, std::string_view password);
std::string bearer(std::string_view token);

RawResponse ask(std::uint16_t port, std::string_view method, std::string_view target, std::string_view headers = {},
                std::string_view json = {});

// All accounts of tests have this password.
inline constexpr const char* password = "kata sandi contoh";

// By the API, as whoever `headers` says; requires that it works.
void create_account(std::uint16_t port, std::string_view headers, const std::string& name, const std::string& role,
                    const std::vector<std::string>& units = {});
std::string create_token(std::uint16_t port, std::string_view headers, const std::string& name, const std::string& role,
                         const std::vector<std::string>& units = {});

}  // namespace presensi::test
