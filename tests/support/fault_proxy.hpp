#pragma once
// A TCP proxy on loopback whose line can be made bad: between the daemon and its database, or between terminals and the
// daemon. Runs on a thread of its own; every call may come from any other.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace presensi::test {

// What the line does from now on, to the connections there are and to new ones.
struct Fault {
    enum class End {
        close,       // both sides see an orderly end
        half_close,  // the receiver sees the end of this direction; the other goes on
        reset,       // both sides see a reset
        black_hole,  // nothing is closed and nothing arrives any more
    };
    std::chrono::milliseconds delay{0};  // of every piece, in both directions
    // After so many more bytes on a connection, in one direction, it ends. 0: with the next byte, which is not
    // delivered.
    std::optional<std::size_t> up_bytes{};    // from the client to the server
    std::optional<std::size_t> down_bytes{};  // from the server to the client
    End end = End::close;
};

class FaultProxy {
public:
    // Connections to port() go on to `target_port` of loopback. `port` 0: any free one.
    explicit FaultProxy(std::uint16_t target_port, std::uint16_t port = 0);
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    std::uint16_t port() const;
    void set(const Fault& fault);
    void heal() { set({}); }       // a black hole lets go of what it holds back only by its end: connections are closed
    void end_all(Fault::End how);  // at once
    void refuse(bool yes);         // new connections are ended at once
    std::size_t connections() const;  // open now
    std::size_t ended() const;        // by a fault, so far

private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

// The same URL through another port: "postgresql://user@127.0.0.1:5432/x".
std::string with_port(const std::string& url, std::uint16_t port);
std::uint16_t port_of(const std::string& url);

}  // namespace presensi::test
