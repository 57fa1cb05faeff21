#include "tests/support/tiny_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace presensi::test {

TinyServer::TinyServer(Serve serve, std::uint16_t port) : serve_(std::move(serve)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 64) != 0)
        throw std::runtime_error("a server of a test cannot listen");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { run(); });
}

TinyServer::~TinyServer() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
        const std::lock_guard lock(mutex_);
        for (const int each : open_) shutdown(each, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
    close(listener_);
}

void TinyServer::run() {
    while (!stopping_) {
        const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) return;
        const std::lock_guard lock(mutex_);
        open_.push_back(connection);
        threads_.emplace_back([this, connection] {
            serve_(connection);
            const std::lock_guard closing(mutex_);
            std::erase(open_, connection);
            close(connection);
        });
    }
}

std::string read_until(int socket, std::string_view end) {
    std::string text;
    char byte = 0;
    while (!text.ends_with(end) && recv(socket, &byte, 1, 0) == 1) text += byte;
    return text;
}

void write_text(int socket, std::string_view text) { send(socket, text.data(), text.size(), MSG_NOSIGNAL); }

std::string TakenRequest::header(std::string_view name) const {
    const auto at = head.find("\r\n" + std::string(name) + ": ");
    if (at == head.npos) return {};
    const auto begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

TinyHttp::TinyHttp(Manner manner, std::uint16_t port)
    : manner_(manner), server_([this](int socket) { serve(socket); }, port) {}

std::vector<TakenRequest> TinyHttp::taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
}

void TinyHttp::serve(int socket) {
    TakenRequest request;
    request.head = read_until(socket, "\r\n\r\n");
    if (!request.head.ends_with("\r\n\r\n")) return;
    request.method = request.head.substr(0, request.head.find(' '));
    const auto target = request.method.size() + 1;
    request.target = request.head.substr(target, request.head.find(' ', target) - target);
    const auto length = request.header("Content-Length");
    request.body.resize(length.empty() ? 0 : std::stoul(length));
    for (std::size_t got = 0; got < request.body.size();) {
        const auto count = recv(socket, request.body.data() + got, request.body.size() - got, 0);
        if (count <= 0) return;
        got += static_cast<std::size_t>(count);
    }
    {
        const std::lock_guard lock(mutex_);
        taken_.push_back(request);
    }
    switch (manner_.load()) {
        case Manner::good:
            return write_text(socket, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        case Manner::failing:
            return write_text(socket, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
        case Manner::redirecting:
            return write_text(socket, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n");
        case Manner::not_http:
            return write_text(socket, "220 mail.example ESMTP\r\n");
        case Manner::slow:
            for (const char c : std::string("HTTP/1.1 200 OK\r\n")) {
                write_text(socket, {&c, 1});
                usleep(20'000);
            }
            return;
        case Manner::hanging:
            read_until(socket, "never");
            return;
    }
}

TinySmtp::TinySmtp(Manner manner) : manner_(manner), server_([this](int socket) { serve(socket); }) {}

std::vector<TinySmtp::Mail> TinySmtp::taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
}

std::vector<std::string> TinySmtp::said() const {
    const std::lock_guard lock(mutex_);
    return said_;
}

void TinySmtp::answer(int socket, std::string_view text) const {
    std::this_thread::sleep_for(std::chrono::milliseconds(each_));
    write_text(socket, text);
}

bool TinySmtp::refuses_recipient(const Mail& mail) const {
    return manner_ == Manner::refusing_recipients || (manner_ == Manner::refusing_first && mail.asked_for == 1);
}

bool TinySmtp::take(int socket, const Mail& mail) {
    if (manner_ == Manner::refusing_content) {
        answer(socket, "554 5.7.1 <admin@diskominfo.example> wants none of this\r\n");
        return true;
    }
    {
        const std::lock_guard lock(mutex_);
        taken_.push_back(mail);
    }
    if (manner_ == Manner::leaving_at_end) return false;
    if (manner_ == Manner::silent_at_end) {
        read_until(socket, "never");
        return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(at_end_));
    answer(socket, "250 taken\r\n");
    return true;
}

void TinySmtp::serve(int socket) {
    Mail mail;
    if (manner_ == Manner::hanging) {
        read_until(socket, "never");
        return;
    }
    if (manner_ == Manner::busy) return answer(socket, "421 mail.example too busy\r\n");
    if (manner_ == Manner::refusing_us) return answer(socket, "554 mail.example not you\r\n");
    answer(socket, "220 mail.example ESMTP\r\n");
    for (;;) {
        const std::string line = read_until(socket, "\r\n");
        if (!line.ends_with("\r\n")) return;
        {
            const std::lock_guard lock(mutex_);
            said_.push_back(line.substr(0, line.size() - 2));
        }
        if (line.starts_with("EHLO ")) {
            answer(socket, "250-mail.example\r\n250-8BITMIME\r\n250 SIZE 1000000\r\n");
        } else if (line.starts_with("MAIL FROM:")) {
            mail.from = line.substr(10, line.size() - 12);
            answer(socket, "250 ok\r\n");
        } else if (line.starts_with("RCPT TO:")) {
            const std::string to = line.substr(8, line.size() - 10);
            ++mail.asked_for;
            if (refuses_recipient(mail)) {
                answer(socket, "550 5.1.1 " + to + " nobody here\r\n");
                continue;
            }
            mail.to.push_back(to);
            answer(socket, "250 ok\r\n");
        } else if (line == "DATA\r\n") {
            answer(socket, "354 go on\r\n");
            mail.text = read_until(socket, "\r\n.\r\n");
            if (!mail.text.ends_with("\r\n.\r\n")) return;
            if (!take(socket, mail)) return;
        } else if (line == "QUIT\r\n") {
            return answer(socket, "221 bye\r\n");
        } else {
            answer(socket, "500 what?\r\n");
        }
    }
}

}  // namespace presensi::test
