#pragma once
// Servers on loopback that somebody we send to might be: good, slow, refusing, failing and hanging ones.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace presensi::test {

// Each connection on a thread of its own.
class TinyServer {
public:
    // Has the connected socket until it returns; then it is closed.
    using Serve = std::function<void(int socket)>;
    explicit TinyServer(Serve serve, std::uint16_t port = 0);
    ~TinyServer();
    TinyServer(const TinyServer&) = delete;
    TinyServer& operator=(const TinyServer&) = delete;

    std::uint16_t port() const { return port_; }

private:
    void run();

    Serve serve_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

// Up to and with `end`; what it had when the peer closed otherwise.
std::string read_until(int socket, std::string_view end);
void write_text(int socket, std::string_view text);

struct TakenRequest {
    std::string method;
    std::string target;
    std::string head;
    std::string body;
    std::string header(std::string_view name) const;
};

// Takes requests; answers as it was told last.
class TinyHttp {
public:
    enum class Manner { good, failing, hanging, slow, not_http, redirecting };
    explicit TinyHttp(Manner manner = Manner::good, std::uint16_t port = 0);

    void be(Manner manner) { manner_ = manner; }
    std::uint16_t port() const { return server_.port(); }
    std::vector<TakenRequest> taken() const;  // also those that were answered badly
    std::size_t count() const { return taken().size(); }

private:
    void serve(int socket);

    std::atomic<Manner> manner_;
    mutable std::mutex mutex_;
    std::vector<TakenRequest> taken_;
    TinyServer server_;
};

// Takes mail.
class TinySmtp {
public:
    enum class Manner {
        good,
        refusing_us,          // 554 to whoever calls
        refusing_recipients,  // all of them, for good
        refusing_first,       // recipient
        refusing_content,     // 554 to every mail
        busy,
        hanging,
        silent_at_end,  // takes a mail and never says so
        leaving_at_end  // takes a mail and hangs up
    };
    explicit TinySmtp(Manner manner = Manner::good);

    struct Mail {
        std::string from;
        std::vector<std::string> to;
        std::size_t asked_for = 0;  // how many recipients
        std::string text;           // as sent, dots doubled
    };
    void be(Manner manner) { manner_ = manner; }
    // So long before each answer; and before the one to a mail.
    void think(std::chrono::milliseconds each, std::chrono::milliseconds at_end = {}) {
        each_ = each.count();
        at_end_ = at_end.count();
    }
    std::uint16_t port() const { return server_.port(); }
    std::vector<Mail> taken() const;
    std::vector<std::string> said() const;  // every line that was no data

private:
    void serve(int socket);
    void answer(int socket, std::string_view text) const;
    bool refuses_recipient(const Mail& mail) const;
    // Whether the talk goes on.
    bool take(int socket, const Mail& mail);

    std::atomic<Manner> manner_;
    std::atomic<std::int64_t> each_{0};
    std::atomic<std::int64_t> at_end_{0};
    mutable std::mutex mutex_;
    std::vector<Mail> taken_;
    std::vector<std::string> said_;
    TinyServer server_;
};

}  // namespace presensi::test
