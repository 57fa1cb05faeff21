#pragma once
// Servers on loopback that somebody we send to might be: good, slow, refusing, failing and hanging ones.

#include <atomic>
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
    enum class Manner { good, refusing_recipients, busy, hanging };
    explicit TinySmtp(Manner manner = Manner::good);

    struct Mail {
        std::string from;
        std::vector<std::string> to;
        std::string text;  // as sent, dots doubled
    };
    void be(Manner manner) { manner_ = manner; }
    std::uint16_t port() const { return server_.port(); }
    std::vector<Mail> taken() const;
    std::vector<std::string> said() const;  // every line that was no data

private:
    void serve(int socket);

    std::atomic<Manner> manner_;
    mutable std::mutex mutex_;
    std::vector<Mail> taken_;
    std::vector<std::string> said_;
    TinyServer server_;
};

}  // namespace presensi::test
