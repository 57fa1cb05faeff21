#include "config/network.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace presensi::config {
namespace {

using Address = std::array<std::uint8_t, 16>;

// RFC 4291, section 2.5.5.2: an IPv4 address inside IPv6 is ::ffff:a.b.c.d.
constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr int mapped_bits = 96;

std::optional<Address> decode_address(std::string_view text) {
    // inet_pton would stop at a NUL and ignore what stands behind it.
    if (text.find('\0') != std::string_view::npos) return std::nullopt;
    const std::string terminated(text);
    Address address{};
    if (terminated.find(':') != std::string::npos) {
        if (::inet_pton(AF_INET6, terminated.c_str(), address.data()) != 1) return std::nullopt;
        return address;
    }
    std::copy(mapped.begin(), mapped.end(), address.begin());
    if (::inet_pton(AF_INET, terminated.c_str(), address.data() + mapped.size()) != 1) return std::nullopt;
    return address;
}

bool is_ipv4(const Address& address) { return std::equal(mapped.begin(), mapped.end(), address.begin()); }

Address masked(Address address, int prefix) {
    for (int byte = 0; byte < 16; ++byte) {
        const int bits = std::clamp(prefix - 8 * byte, 0, 8);
        auto& value = address[static_cast<std::size_t>(byte)];
        value = static_cast<std::uint8_t>(value & (0xFF00U >> bits));
    }
    return address;
}

std::optional<int> decode_prefix(std::string_view text, int most) {
    if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    int prefix = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), prefix);
    if (error != std::errc() || end != text.data() + text.size() || prefix < 0 || prefix > most) return std::nullopt;
    return prefix;
}

}  // namespace

std::optional<Network> Network::around(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view host = text.substr(0, slash);
    const auto address = decode_address(host);
    if (!address) return std::nullopt;
    Network network;
    if (slash != std::string_view::npos) {
        const bool short_form = host.find(':') == std::string_view::npos;
        const auto prefix = decode_prefix(text.substr(slash + 1), short_form ? 32 : 128);
        if (!prefix) return std::nullopt;
        network.prefix_ = short_form ? mapped_bits + *prefix : *prefix;
    }
    network.address_ = masked(*address, network.prefix_);
    return network;
}

std::optional<Network> Network::decode(std::string_view text) {
    const auto network = around(text);
    if (!network || network->address_ != decode_address(text.substr(0, text.find('/')))) return std::nullopt;
    return network;
}

bool Network::contains(std::string_view address) const {
    // A link-local peer is written with its interface behind it: fe80::1%eth0.
    if (address.find(':') != std::string_view::npos) address = address.substr(0, address.find('%'));
    const auto bytes = decode_address(address);
    // IPv4 is a family of its own: ::/0 is every IPv6 address and no IPv4 one.
    if (!bytes || is_ipv4(*bytes) != (prefix_ >= mapped_bits && is_ipv4(address_))) return false;
    return masked(*bytes, prefix_) == address_;
}

std::string Network::text() const {
    const bool short_form = prefix_ >= mapped_bits && is_ipv4(address_);
    char buffer[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(short_form ? AF_INET : AF_INET6, address_.data() + (short_form ? mapped.size() : 0), buffer,
                sizeof buffer);
    if (prefix_ == 128) return buffer;
    return fmt::format("{}/{}", buffer, short_form ? prefix_ - mapped_bits : prefix_);
}

bool is_loopback(std::string_view address) {
    return Network::decode("127.0.0.0/8")->contains(address) || Network::decode("::1")->contains(address);
}

}  // namespace presensi::config
