#include "daemon/http/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>

#include "daemon/http/request_line.hpp"
#include "daemon/http/spool.hpp"
#include "daemon/log.hpp"

namespace presensi::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

bool BodyBudget::Share::grow_to(std::size_t bytes) {
    if (bytes <= bytes_) return true;
    if (budget_.used_ + (bytes - bytes_) > budget_.limit_) return false;
    budget_.used_ += bytes - bytes_;
    bytes_ = bytes;
    return true;
}

bool BodyBudget::Share::take_spool() {
    constexpr std::size_t most = 32;
    if (has_spool_) return true;
    if (budget_.spools_ == most) return false;
    ++budget_.spools_;
    has_spool_ = true;
    return true;
}

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

// A body that grows with what arrives. Beast's own string_body reserves the announced length at once, which lets 4,000
// slow clients claim memory that they never fill.
struct GrowingBody {
    using value_type = std::string;
    class reader {
    public:
        template <bool is_request, class Fields>
        reader(beast::http::header<is_request, Fields>&, value_type& body) : body_(body) {}
        void init(const boost::optional<std::uint64_t>&, error_code& error) { error = {}; }
        template <class Buffers>
        std::size_t put(const Buffers& buffers, error_code& error) {
            error = {};
            const auto before = body_.size();
            for (auto it = asio::buffer_sequence_begin(buffers); it != asio::buffer_sequence_end(buffers); ++it) {
                const asio::const_buffer part(*it);
                body_.append(static_cast<const char*>(part.data()), part.size());
            }
            return body_.size() - before;
        }
        void finish(error_code& error) { error = {}; }

    private:
        value_type& body_;
    };
};

using Parser = beast::http::request_parser<GrowingBody>;

// Received bytes that are not parsed yet. Small while idle: a connection that only waits costs little memory.
class Input {
public:
    std::string_view text() const { return {data_.data() + begin_, data_.size() - begin_}; }
    bool empty() const { return begin_ == data_.size(); }
    void consume(std::size_t count) {
        begin_ += count;
        if (empty()) {
            data_.clear();
            begin_ = 0;
        }
    }
    void replace_front(std::size_t count, std::string_view with) { data_.replace(begin_, count, with); }
    void shrink_if_empty() {
        if (empty() && data_.capacity() > small) data_ = std::string();
    }
    asio::mutable_buffer prepare(std::size_t count) {
        // What was consumed goes: a client that sends its next request early never lets the buffer run empty.
        data_.erase(0, begin_);
        begin_ = 0;
        size_ = data_.size();
        data_.resize(size_ + count);
        return asio::buffer(data_.data() + size_, count);
    }
    void commit(std::size_t count) { data_.resize(size_ + count); }

    static constexpr std::size_t small = 1024;  // a head of usual size with a punch or two

private:
    std::string data_;
    std::size_t begin_ = 0;
    std::size_t size_ = 0;
};

// Of a body that may wait on the disk so much is in memory.
constexpr std::size_t held_of_spooled = 256 * 1024;

// A body that may be large: what came so far is in memory or, beyond a little, on the disk.
class Receiver {
public:
    Receiver(std::string& body, std::filesystem::path folder) : body_(body), folder_(std::move(folder)) {}
    bool may_spool() const { return !folder_.empty(); }
    std::size_t size() const { return body_.size() + (spool_ ? spool_->size() : 0); }

    // A short write to the page cache, here; reading it is for another thread. False: there is no room.
    bool move_to_disk(BodyBudget::Share& share, bool all) {
        if (!may_spool() || body_.size() < (all && spool_ ? 1 : held_of_spooled)) return true;
        if (!share.take_spool()) return false;
        try {
            if (!spool_) spool_ = std::make_shared<Spool>(folder_);
            spool_->append(body_);
        } catch (const std::system_error& error) {
            log::warn("upload.no_room", "an upload finds no room on the disk",
                      {{"folder", folder_.string()}, {"error", error.what()}});
            return false;
        }
        body_.clear();
        return true;
    }
    std::shared_ptr<const Spool> take_spool() { return std::move(spool_); }

private:
    std::string& body_;
    const std::filesystem::path folder_;
    std::shared_ptr<Spool> spool_;
};

struct Outcome {
    std::optional<Response> early;  // an answer before the request was complete; the connection ends after it
    bool gone = false;              // the peer left, or was closed by us: nothing to answer
};

class Session {
public:
    Session(tcp::socket socket, std::string peer, Connections& connections, BodyBudget& budget, Service& service,
            const SessionPolicy& policy)
        : socket_(std::move(socket)),
          peer_(std::move(peer)),
          entry_(connections, socket_, peer_),
          connections_(connections),
          budget_(budget),
          service_(service),
          policy_(policy) {}

    asio::awaitable<void> run();

private:
    asio::awaitable<bool> receive(std::size_t at_most);
    asio::awaitable<Outcome> read_head(Parser& parser, Request& request);
    asio::awaitable<Outcome> read_body(Parser& parser, Request& request, BodyBudget::Share& share);
    asio::awaitable<bool> answer(Response response, bool keep_alive, bool without_body);
    asio::awaitable<void> finish(bool unread_input);
    bool wants_keep_alive(const Parser& parser) const;
    Outcome fail(unsigned status, const Request& request, std::string_view sentence) {
        return {service_.failure(status, request, sentence), false};
    }

    tcp::socket socket_;
    std::string peer_;
    Connections::Entry entry_;
    Connections& connections_;
    BodyBudget& budget_;
    Service& service_;
    const SessionPolicy& policy_;
    Input input_;
    bool served_one_ = false;
};

asio::awaitable<bool> Session::receive(std::size_t at_most) {
    const auto buffer = input_.prepare(at_most);
    const auto [error, count] = co_await socket_.async_read_some(buffer, no_throw);
    input_.commit(count);
    co_return !error;
}

asio::awaitable<Outcome> Session::read_head(Parser& parser, Request& request) {
    entry_.wait_until(Steady::now() + (served_one_ ? policy_.idle : policy_.first_byte));
    bool timed = false;
    bool mended = false;
    for (;;) {
        // RFC 9112 § 2.2: empty lines in front of a request line are ignored.
        while (!mended && (input_.text().starts_with('\n') || input_.text().starts_with("\r\n"))) {
            input_.consume(input_.text().front() == '\n' ? 1 : 2);
        }
        const auto text = input_.text();
        if (!timed && !text.empty()) {
            timed = true;
            entry_.wait_until(Steady::now() + policy_.header);
        }
        const auto line_end = text.find('\n');
        if (!mended && line_end != text.npos) {
            mended = true;
            if (policy_.manner == Manner::terminal) {
                const auto line = text.substr(0, line_end > 0 && text[line_end - 1] == '\r' ? line_end - 1 : line_end);
                const auto better = mend_request_line(line);
                if (better.size() != line.size()) input_.replace_front(line.size(), better);
            }
        }
        if (mended) {
            error_code error;
            const auto all = input_.text();
            const auto used = parser.put(asio::buffer(all.data(), all.size()), error);
            input_.consume(used);
            if (error && error != beast::http::error::need_more) {
                const bool too_long = error == beast::http::error::header_limit;
                co_return fail(too_long ? 431 : 400, request,
                               too_long ? "the request head is too long" : "this is not an HTTP request");
            }
            if (parser.is_header_done()) break;
        }
        // Beast counts only what it has seen; this counts a first line that never ends.
        if (input_.text().size() > policy_.header_limit) co_return fail(431, request, "the request head is too long");
        const bool more = co_await receive(Input::small);
        if (!more) co_return Outcome{{}, true};
    }
    const auto& head = parser.get();
    request.method = std::string(head.method_string());
    request.target = std::string(head.target());
    request.host = std::string(head[beast::http::field::host]);
    request.origin = std::string(head[beast::http::field::origin]);
    request.accept = std::string(head[beast::http::field::accept]);
    request.content_type = std::string(head[beast::http::field::content_type]);
    if (policy_.manner == Manner::terminal) co_return Outcome{};
    request.secure = policy_.secure;
    request.authorization = std::string(head[beast::http::field::authorization]);
    request.cookie = std::string(head[beast::http::field::cookie]);
    request.fetch_site = std::string(head["Sec-Fetch-Site"]);
    request.fetch_mode = std::string(head["Sec-Fetch-Mode"]);
    request.requested_with = std::string(head["X-Requested-With"]);
    request.accept_encoding = std::string(head[beast::http::field::accept_encoding]);
    request.if_none_match = std::string(head[beast::http::field::if_none_match]);
    co_return Outcome{};
}

asio::awaitable<Outcome> Session::read_body(Parser& parser, Request& request, BodyBudget::Share& share) {
    const auto announced = parser.content_length();
    // Of a terminal's upload that is a fault; elsewhere there is no body (RFC 9112 § 6.3), as curl -X POST says it.
    if (!announced && !parser.chunked() && request.method == "POST" && policy_.manner != Manner::web) {
        co_return fail(400, request, "a POST needs a Content-Length");
    }
    if (parser.get().count(beast::http::field::transfer_encoding) > 0 && !parser.chunked()) {
        co_return fail(400, request, "only chunked is understood as Transfer-Encoding");
    }
    const auto most = std::min(policy_.body_limit, service_.body_limit(request));
    Receiver received(parser.get().body(), service_.spool_folder(request));
    const bool is_measured = announced || received.may_spool();
    const auto limit = is_measured ? most : std::min(most, policy_.chunked_body_limit);
    if (announced && *announced > limit) co_return fail(413, request, "the body is too large");

    const auto& head = parser.get();
    if (head.version() >= 11 && !parser.is_done() && beast::iequals(head[beast::http::field::expect], "100-continue")) {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto buffer = asio::buffer(go_on.data(), go_on.size());
        const auto [error, count] = co_await asio::async_write(socket_, buffer, no_throw);
        if (error) co_return Outcome{{}, true};
    }

    const auto started = Steady::now();
    std::size_t progress = 0;  // bytes of the body when the deadline was last moved
    entry_.receive_until(started + policy_.body_patience);
    std::string& body = parser.get().body();
    while (!parser.is_done()) {
        if (!input_.empty()) {
            error_code error;
            const auto all = input_.text();
            const auto used = parser.put(asio::buffer(all.data(), all.size()), error);
            input_.consume(used);
            if (error && error != beast::http::error::need_more) {
                co_return fail(400, request, "the body is not framed as HTTP asks");
            }
            if (received.size() > limit) co_return fail(413, request, "the body is too large");
            if (!received.move_to_disk(share, false)) {
                co_return fail(503, request, "there is no room for this file now; send it again");
            }
            if (!share.grow_to(body.size())) {
                connections_.evict_stalled(policy_.body_stalled);
                co_return fail(503, request, "too many bodies at once; send it again");
            }
            if (used > 0) continue;
            // What the parser leaves is the line of a chunk or a trailer, which nobody else bounds.
            if (input_.text().size() > policy_.header_limit) {
                co_return fail(400, request, "the body is not framed as HTTP asks");
            }
        }
        if (received.size() >= progress + 1024) {
            progress = received.size();
            entry_.receive_until(std::min(Steady::now() + policy_.body_patience, started + policy_.body));
        }
        const auto left = announced ? static_cast<std::size_t>(*announced) - received.size() : 16384;
        const bool more = co_await receive(std::clamp<std::size_t>(left, 512, 65536));
        if (!more) co_return Outcome{{}, true};  // cut short: the whole request is discarded (protocol-adms § 3.0)
    }
    if (!received.move_to_disk(share, true)) {
        co_return fail(503, request, "there is no room for this file now; send it again");
    }
    request.body = std::move(body);
    request.spool = received.take_spool();
    co_return Outcome{};
}

bool Session::wants_keep_alive(const Parser& parser) const {
    if (connections_.stopping()) return false;
    if (policy_.manner == Manner::web) return parser.get().keep_alive();
    // Architecture 3.8: any other or unknown token counts as close.
    return parser.get().version() >= 11 && beast::iequals(parser.get()[beast::http::field::connection], "keep-alive");
}

asio::awaitable<bool> Session::answer(Response response, bool keep_alive, bool without_body) {
    entry_.work_until(Steady::now() + policy_.write);
    const std::string date = policy_.date();
    const std::string head = encode_head(response, policy_.manner, keep_alive, date, policy_.secure);
    const std::array<asio::const_buffer, 2> buffers{
        asio::buffer(head), asio::buffer(response.body.data(), without_body ? 0 : response.body.size())};
    const auto [error, count] = co_await asio::async_write(socket_, buffers, no_throw);
    if (error || without_body || !response.next_piece) co_return !error;
    while (!connections_.stopping()) {
        entry_.work();
        const std::string piece = co_await response.next_piece();
        if (piece.empty()) co_return true;
        entry_.work_until(Steady::now() + policy_.write);
        const auto buffer = asio::buffer(piece);
        const auto [broken, written] = co_await asio::async_write(socket_, buffer, no_throw);
        if (broken) co_return false;
    }
    co_return true;
}

// Closing while the peer still sends would reset the connection and could destroy the answer on its way.
asio::awaitable<void> Session::finish(bool unread_input) {
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    if (error) co_return;
    const auto pending = socket_.available(error);
    if (error || (!unread_input && pending == 0 && input_.empty())) co_return;
    entry_.wait_until(Steady::now() + policy_.linger);
    std::array<char, 16384> sink;
    for (;;) {
        const auto buffer = asio::buffer(sink);
        const auto [failed, count] = co_await socket_.async_read_some(buffer, no_throw);
        if (failed) co_return;
    }
}

asio::awaitable<void> Session::run() {
    for (;;) {
        // On the heap and only while a request is there, so that an idle connection stays small.
        auto parser = std::make_unique<Parser>();
        parser->header_limit(static_cast<std::uint32_t>(policy_.header_limit));
        parser->body_limit(boost::none);  // ours, above, knows more
        Request request;
        request.peer = peer_;
        BodyBudget::Share share(budget_);

        auto outcome = co_await read_head(*parser, request);
        if (!outcome.gone && !outcome.early) {
            entry_.work_until(Steady::now() + policy_.body_patience);
            outcome.early = service_.refuse(request);
            if (!outcome.early && policy_.manner == Manner::web) {
                entry_.work();
                outcome.early = co_await service_.admit(request);
            }
            if (outcome.early && parser->is_done()) {
                // Nothing of the request is left unread, so the connection can go on.
            } else if (!outcome.early) {
                outcome = co_await read_body(*parser, request, share);
            }
        }
        if (outcome.gone) co_return;

        const bool complete = parser->is_done();
        const bool without_body = request.method == "HEAD";
        bool keep_alive = complete && wants_keep_alive(*parser);
        parser.reset();
        const auto came = Steady::now();
        Response response;
        if (outcome.early) {
            response = std::move(*outcome.early);
        } else {
            entry_.work();
            response = co_await service_.handle(std::move(request));
        }
        keep_alive = keep_alive && !connections_.stopping() && !response.next_piece;
        if (policy_.on_answer) policy_.on_answer(response.status, Steady::now() - came);
        const bool sent = co_await answer(std::move(response), keep_alive, without_body);
        if (!sent) co_return;
        if (!keep_alive) {
            co_await finish(!complete);
            co_return;
        }
        served_one_ = true;
        input_.shrink_if_empty();
    }
}

}  // namespace

asio::awaitable<void> run_session(tcp::socket socket, std::string peer, Connections& connections, BodyBudget& budget,
                                  Service& service, const SessionPolicy& policy) {
    Session session(std::move(socket), std::move(peer), connections, budget, service, policy);
    try {
        co_await session.run();
    } catch (const std::exception& mistake) {
        // Our own mistake; this connection ends, the daemon lives on.
        log::error("http.mistake", "session ended by an unexpected error", {{"error", mistake.what()}});
    }
}

}  // namespace presensi::http
