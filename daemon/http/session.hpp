#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "daemon/http/connections.hpp"
#include "daemon/http/message.hpp"

namespace presensi::http {

// Bytes of all bodies that are being read, handled or stored, over both listeners (architecture 5.2). When it becomes
// little, files that people bring are refused first, then histories that terminals send again; the last fifth is for
// live punches (docs/decisions/0013).
class BodyBudget {
public:
    // What a terminal sends as it is punched is smaller; what is larger is history.
    static constexpr std::size_t live_body = 16 * 1024;

    explicit BodyBudget(std::size_t limit) : limit_(limit) {}
    void set_limit(std::size_t limit) { limit_ = limit; }

    // One body's share; gives back when destroyed.
    class Share {
    public:
        explicit Share(BodyBudget& budget) : budget_(budget) {}
        ~Share() {
            budget_.used_ -= bytes_;
            budget_.large_ -= is_large_ ? bytes_ : 0;
            budget_.spools_ -= has_spool_ ? 1 : 0;
        }
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;
        void is_file() { is_file_ = true; }  // that somebody brings, not a terminal's delivery
        bool has_room_for(std::size_t bytes) const;
        bool grow_to(std::size_t bytes);  // false: no room now
        bool take_spool();                // of the few that may be on the disk at once; false: not now

    private:
        BodyBudget& budget_;
        std::size_t bytes_ = 0;
        bool is_file_ = false;
        bool is_large_ = false;
        bool has_spool_ = false;
    };

    std::size_t used() const { return used_; }
    // So much of it is used that work which can wait should.
    bool is_tight() const { return used_ > limit_ / 10 * 6; }

private:
    std::size_t limit_;
    std::size_t used_ = 0;
    std::size_t large_ = 0;  // of it in bodies beyond live_body
    std::size_t spools_ = 0;
};

class Identity;

// How one listener treats its connections.
struct SessionPolicy {
    Manner manner = Manner::web;
    bool secure = false;  // the connections are TLS
    std::size_t header_limit = 8 * 1024;
    std::size_t body_limit = 16 * 1024 * 1024;
    // A body of unannounced size is held before it is known to be too large; no terminal sends one (protocol-adms
    // § 1.1).
    std::size_t chunked_body_limit = 2 * 1024 * 1024;
    std::chrono::seconds first_byte{10};     // of a new connection
    std::chrono::seconds idle{75};           // between requests of one connection
    std::chrono::seconds header{10};         // from first byte to complete head
    std::chrono::seconds body_patience{30};  // for each KiB of a body …
    std::chrono::seconds body{600};          // … up to this for all of it
    std::chrono::seconds body_stalled{5};    // without a KiB: ended when others need its memory
    std::chrono::seconds write{10};          // for each piece of an answer …
    std::chrono::seconds answer{600};        // … up to this for all of it
    std::chrono::seconds linger{5};          // reading away what a refused client still sends
    std::function<std::string()> date;       // value of the Date header now; empty string: none
    const Identity* identity = nullptr;      // not null: by TLS; outlives every session
    // Hears of each answer, and how long its handling took, from the complete request on.
    std::function<void(unsigned status, Steady::duration took)> on_answer{};
};

// Serves one connection until it ends. `service` and the references in it outlive every session.
boost::asio::awaitable<void> run_session(boost::asio::ip::tcp::socket socket, std::string peer,
                                         Connections& connections, BodyBudget& budget, Service& service,
                                         const SessionPolicy& policy);

}  // namespace presensi::http
