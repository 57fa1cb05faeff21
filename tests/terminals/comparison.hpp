#pragma once

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <string>

#include "tests/terminals/http_client.hpp"
#include "tests/terminals/ledger.hpp"

namespace presensi::terminals {

struct Comparison {
    std::string error;                     // the feed could not be read
    std::size_t stored = 0;                // of our serials, in the feed
    std::size_t acknowledged_missing = 0;  // must be 0
    std::size_t created_missing = 0;       // not acknowledged, so allowed while terminals still have them
    std::size_t never_created = 0;         // must be 0
    std::size_t seen_twice = 0;            // must be 0
    std::string example;                   // of the first fault

    bool holds() const { return error.empty() && acknowledged_missing == 0 && never_created == 0 && seen_twice == 0; }
};

// Reads the whole change feed, page by page until nothing is new, and holds the ledger against it.
Comparison compare_with_feed(const Url& admin, const std::string& serial_prefix, const Ledger& ledger);

// PATCH state=approved for each of the serials; empty, or what went wrong.
std::string approve(const Url& admin, const std::string& serial);

}  // namespace presensi::terminals
