#include "daemon/http/client.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace presensi::http {

std::optional<Answer> ask(const std::string& address, std::uint16_t port, const Question& question,
                          std::chrono::seconds patience) {
    boost::asio::ip::tcp::iostream stream;
    stream.expires_after(patience);
    const bool is_v6 = address.find(':') != std::string::npos;
    stream.connect(address, std::to_string(port));
    if (!stream) return std::nullopt;
    // HTTP/1.0: the answer ends with the connection.
    stream << question.method << ' ' << question.target
           << " HTTP/1.0\r\nHost: " << (is_v6 ? "[" + address + "]" : address)
           << "\r\nContent-Type: " << question.content_type << "\r\nContent-Length: " << question.body.size()
           << (question.token.empty() ? "" : "\r\nAuthorization: Bearer " + question.token) << "\r\n\r\n"
           << std::flush;
    constexpr std::size_t piece = 256 * 1024;
    for (std::size_t sent = 0; sent < question.body.size() && stream;) {
        const std::size_t count = std::min(piece, question.body.size() - sent);
        stream.write(question.body.data() + sent, static_cast<std::streamsize>(count)).flush();
        sent += count;
        if (question.on_sent) question.on_sent(sent);
    }
    stream.clear();  // a refusal may have come before all of it was sent
    const std::string all{std::istreambuf_iterator<char>(stream), {}};
    const auto end = all.find("\r\n\r\n");
    constexpr std::size_t status_at = 9;  // HTTP/1.1 200
    Answer answer;
    if (end == all.npos || !all.starts_with("HTTP/1.")) return std::nullopt;
    const auto [rest, error] = std::from_chars(all.data() + status_at, all.data() + status_at + 3, answer.status);
    if (error != std::errc()) return std::nullopt;
    answer.body = all.substr(end + 4);
    return answer;
}

}  // namespace presensi::http
