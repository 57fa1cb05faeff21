#pragma once

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <set>
#include <string>

#include "tests/terminals/http_client.hpp"
#include "tests/terminals/ledger.hpp"

namespace presensi::terminals {

struct Comparison {
    std::string error;                     // the feed could not be read
    std::size_t stored = 0;                // of our serials, in the feed, without what was there before
    std::size_t acknowledged_missing = 0;  // must be 0
    std::size_t created_missing = 0;       // not acknowledged, so allowed while terminals still have them
    std::size_t never_created = 0;         // must be 0
    std::size_t seen_twice = 0;            // must be 0
    std::size_t changed = 0;               // another state, verification or UTC than was sent; must be 0
    std::size_t before = 0;                // of our serials, in the feed before we began
    std::string example;                   // of the first fault

    bool holds() const {
        return error.empty() && acknowledged_missing == 0 && never_created == 0 && seen_twice == 0 && changed == 0;
    }
};

struct Feed {
    std::string error;      // it could not be read
    std::set<Key> punches;  // of our serials
    Details details;
    std::size_t seen_twice = 0;
    std::string example;  // of a punch seen twice
};

// Reads the whole change feed, page by page until nothing is new.
Feed read_feed(const Url& admin, const std::string& serial_prefix);

// Holds the ledger against the feed. `before`: what the feed held before the terminals began; another run with the
// same serials may have left it, so it needs no creator here.
Comparison compare_with_feed(const Url& admin, const std::string& serial_prefix, const Ledger& ledger,
                             const std::set<Key>& before = {});

// PATCH state=approved for each of the serials; empty, or what went wrong.
std::string approve(const Url& admin, const std::string& serial);

}  // namespace presensi::terminals
