#pragma once
// Reads server-sent events as they come.

#include <boost/json/object.hpp>

#include <optional>
#include <string>

#include "tests/support/raw_http.hpp"

namespace presensi::test {

class EventStream {
public:
    EventStream(std::uint16_t port, std::string_view target, std::string_view headers = {});

    int status() const { return status_; }
    const std::string& head() const { return head_; }
    // Data of the next event; nothing: the stream ended, was silent for half a minute, or only alive for a whole one.
    std::optional<boost::json::object> next();
    // The next lines up to an empty one, comments too; empty: as above.
    std::string next_block();
    RawConnection& connection() { return connection_; }

private:
    // Up to and including `end`; empty: as above.
    std::string read_through(std::string_view end);

    RawConnection connection_;
    std::string unread_;
    int status_ = 0;
    std::string head_;
};

}  // namespace presensi::test
