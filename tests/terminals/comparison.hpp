#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
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
    std::string after;    // the cursor behind the last page
};

// Reads the whole change feed, page by page until nothing is new.
Feed read_feed(const Url& admin, const std::string& serial_prefix);

// The same from where `feed` ends.
void read_on(const Url& admin, const std::string& serial_prefix, Feed& feed);

// Holds the ledger against the feed. `before`: what the feed held before the terminals began; another run with the
// same serials may have left it, so it needs no creator here. `patience`: how long to read on while something
// acknowledged is missing; on PostgreSQL the feed shows a punch once every older transaction of the cluster has
// ended, those of other databases too (architecture § 5.3).
Comparison compare_with_feed(const Url& admin, const std::string& serial_prefix, const Ledger& ledger,
                             const std::set<Key>& before = {},
                             std::chrono::seconds patience = std::chrono::seconds(60));

// PATCH state=approved for each of the serials; empty, or what went wrong.
std::string approve(const Url& admin, const std::string& serial);

}  // namespace presensi::terminals
