#include "config/network.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace presensi::config;

TEST_CASE("network: decoding") {
    struct Case {
        std::string name;
        std::string text;
        const char* canonical;  // nullptr: not a network
    };
    const Case cases[] = {
        {"IPv4", "10.20.0.0/16", "10.20.0.0/16"},
        {"one IPv4 address", "10.20.0.14", "10.20.0.14"},
        {"one IPv4 address in full", "10.20.0.14/32", "10.20.0.14"},
        {"all of IPv4", "0.0.0.0/0", "0.0.0.0/0"},
        {"not on a byte", "172.16.0.0/12", "172.16.0.0/12"},
        {"IPv6", "FD00::/8", "fd00::/8"},
        {"one IPv6 address", "::1", "::1"},
        {"all of IPv6", "::/0", "::/0"},
        {"IPv4 inside IPv6", "::ffff:10.20.0.0/112", "10.20.0.0/16"},
        {"host bits", "10.20.0.5/16", nullptr},
        {"host bits, IPv6", "fd00::1/8", nullptr},
        {"prefix too long", "10.20.0.0/33", nullptr},
        {"prefix too long, IPv6", "fd00::/129", nullptr},
        {"prefix empty", "10.20.0.0/", nullptr},
        {"prefix signed", "10.20.0.0/+16", nullptr},
        {"prefix negative", "10.20.0.0/-1", nullptr},
        {"prefix with a leading zero", "10.20.0.0/016", nullptr},
        {"two prefixes", "10.20.0.0/16/16", nullptr},
        {"mask", "10.20.0.0/255.255.0.0", nullptr},
        {"three bytes", "10.20.0/16", nullptr},
        {"leading zero", "010.20.0.0/16", nullptr},
        {"blank", " 10.20.0.0/16", nullptr},
        {"interface", "fe80::%eth0/64", nullptr},
        {"host name", "localhost", nullptr},
        {"empty", "", nullptr},
        {"NUL", std::string("10.20.0.14\0x", 12), nullptr},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto network = Network::decode(c.text);
        CHECK(network.has_value() == (c.canonical != nullptr));
        if (!network || c.canonical == nullptr) continue;
        CHECK(network->text() == c.canonical);
        CHECK(Network::decode(network->text()) == network);
    }
}

TEST_CASE("network: which addresses it contains") {
    struct Case {
        std::string name;
        const char* network;
        std::string address;
        bool contained;
    };
    const Case cases[] = {
        {"first", "10.20.0.0/16", "10.20.0.0", true},
        {"last", "10.20.0.0/16", "10.20.255.255", true},
        {"next", "10.20.0.0/16", "10.21.0.0", false},
        {"before", "10.20.0.0/16", "10.19.255.255", false},
        {"inside a byte", "172.16.0.0/12", "172.31.255.255", true},
        {"beyond a part of a byte", "172.16.0.0/12", "172.32.0.0", false},
        {"itself", "10.20.0.14", "10.20.0.14", true},
        {"neighbour", "10.20.0.14", "10.20.0.15", false},
        {"mapped address", "10.20.0.0/16", "::ffff:10.20.1.1", true},
        {"mapped network", "::ffff:10.20.0.0/112", "10.20.1.1", true},
        {"IPv6", "fd00::/8", "fdff::1", true},
        {"other IPv6", "fd00::/8", "fe00::1", false},
        {"link-local peer", "fe80::/10", "fe80::1%eth0", true},
        {"all of IPv4", "0.0.0.0/0", "255.255.255.255", true},
        {"IPv6 is not in IPv4", "0.0.0.0/0", "::1", false},
        {"IPv4 is not in IPv6", "::/0", "10.20.0.14", false},
        {"all of IPv6", "::/0", "ffff::1", true},
        {"empty", "0.0.0.0/0", "", false},
        {"host name", "0.0.0.0/0", "localhost", false},
        {"with a port", "0.0.0.0/0", "10.20.0.14:80", false},
        {"IPv4 with an interface", "0.0.0.0/0", "10.20.0.14%eth0", false},
        {"NUL", "0.0.0.0/0", std::string("10.20.0.14\0", 11), false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(Network::decode(c.network)->contains(c.address) == c.contained);
    }
}

TEST_CASE("network: around an address") {
    CHECK(Network::around("10.20.0.5/16")->text() == "10.20.0.0/16");
    CHECK(Network::around("fd12::1/8")->text() == "fd00::/8");
    CHECK_FALSE(Network::around("10.20.0.5/99").has_value());
}
