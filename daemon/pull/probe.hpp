#pragma once
// What is at this address? (presensid probe)

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/pull/visit.hpp"

namespace presensi::pull {

struct Probe {
    Outcome tcp;
    Outcome udp;
    std::string http;  // status line and server of what answers on port 80; empty: nobody
};

// Asks nothing that changes anything. Blocking; at most half a minute. `http_port`: 80, but for tests.
Probe probe(const Place& place, std::uint32_t comm_key, std::uint16_t http_port);

// For people: what it is, what it speaks, and the lines for the configuration; empty machine: what to try.
// comm_key_file: as it was given; empty: none.
std::string describe(const Probe& probe, const Place& place, const std::string& comm_key_file, Zone& computer);

// True: a terminal that we can pull.
bool is_terminal(const Probe& probe);

}  // namespace presensi::pull
