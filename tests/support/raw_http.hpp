#pragma once
// A blocking socket that sends exactly the bytes it is given.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace presensi::test {

struct RawResponse {
    int status = 0;  // 0: no answer
    std::string head;
    std::string body;

    // Value of a header, by its exact name; empty if absent.
    std::string header(std::string_view name) const;
};

class RawConnection {
public:
    // `source`: loopback address to come from.
    explicit RawConnection(std::uint16_t port, const std::string& source = "127.0.0.1");
    ~RawConnection();
    RawConnection(const RawConnection&) = delete;
    RawConnection& operator=(const RawConnection&) = delete;

    bool send(std::string_view bytes);  // false: the peer closed
    void end_of_sending();
    RawResponse receive();         // one answer, framed by its Content-Length
    std::string receive_to_end();  // everything until the peer closes
    int descriptor() const { return socket_; }

private:
    int socket_ = -1;
    std::string unread_;
};

// One request on its own connection: sent whole, or in two parts with the first `split` bytes in front.
RawResponse exchange(std::uint16_t port, std::string_view request, std::size_t split = 0);

// A loopback port that nobody listens on, below those that the kernel gives to outgoing connections: a daemon that is
// killed finds it free again.
std::uint16_t steady_port();

// Requests in the usual shape.
std::string get_request(std::string_view target);
std::string post_request(std::string_view target, std::string_view body);

RawResponse http_get(std::uint16_t port, std::string_view target, std::string_view extra_headers = {});
RawResponse http_patch(std::uint16_t port, std::string_view target, std::string_view json);

}  // namespace presensi::test
