#include "daemon/http/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <system_error>

#include "daemon/http/head_rules.hpp"
#include "daemon/http/request_line.hpp"
#include "daemon/http/spool.hpp"
#include "daemon/http/stream.hpp"
#include "daemon/log.hpp"

namespace presensi::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Of a whole, as the kind of body may have it.
std::size_t part_for(std::size_t whole, bool is_file) { return is_file ? whole / 10 * 6 : whole / 10 * 8; }

}  // namespace

bool BodyBudget::Share::has_room_for(std::size_t bytes) const {
    const std::size_t others = budget_.used_ - bytes_;
    if (others + bytes > budget_.limit_) return false;
    if (bytes <= live_body) return true;
    // Alone among the large ones it may have everything: whatever one body may be has to be possible.
    const bool alone = budget_.large_ == (is_large_ ? bytes_ : 0);
    return alone || others + bytes <= part_for(budget_.limit_, is_file_);
}

bool BodyBudget::Share::grow_to(std::size_t bytes) {
    if (bytes <= bytes_) return true;
    if (!has_room_for(bytes)) return false;
    if (is_large_) budget_.large_ -= bytes_;
    budget_.used_ += bytes - bytes_;
    bytes_ = bytes;
    is_large_ = bytes_ > live_body;
    if (is_large_) budget_.large_ += bytes_;
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

// RFC 9112 § 7.1 lets a chunk's line say more than its size, which nobody does and readers take differently.
struct ChunkRules {
    std::size_t limit;
    bool too_large = false;
    void operator()(std::uint64_t size, beast::string_view extensions, error_code& error) {
        too_large = size > limit;
        if (too_large || !extensions.empty()) error = beast::http::error::bad_chunk_extension;
    }
};

struct Outcome {
    std::optional<Response> early;  // an answer before the request was complete; the connection ends after it
    bool gone = false;              // the peer left, or was closed by us: nothing to answer
};

class Session {
public:
    Session(tcp::socket socket, std::string peer, Connections& connections, BodyBudget& budget, Service& service,
            const SessionPolicy& policy)
        : stream_(std::move(socket), policy.identity),
          peer_(std::move(peer)),
          entry_(connections, stream_.socket(), peer_),
          connections_(connections),
          budget_(budget),
          service_(service),
          policy_(policy) {}

    asio::awaitable<void> run();

private:
    asio::awaitable<bool> receive(std::size_t at_most);
    std::optional<std::string_view> mend_first_line(std::size_t size);
    std::optional<std::string_view> look_at_lines(HeadRules& rules, std::size_t& seen);
    asio::awaitable<Outcome> read_head(Parser& parser, Request& request);
    asio::awaitable<Outcome> read_body(Parser& parser, Request& request, BodyBudget::Share& share);
    std::string head_of(Response& response, bool& keep_alive);
    asio::awaitable<bool> answer(Response response, bool& keep_alive, bool without_body);
    asio::awaitable<void> finish(bool unread_input);
    bool wants_keep_alive(const Parser& parser) const;
    Outcome fail(unsigned status, const Request& request, std::string_view sentence) {
        return {service_.failure(status, request, sentence), false};
    }

    Stream stream_;
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
    const std::size_t count = co_await stream_.read_some(buffer);
    input_.commit(count);
    co_return count > 0;
}

// The first line as it goes to the parser. A sentence: it is refused.
std::optional<std::string_view> Session::mend_first_line(std::size_t size) {
    const auto line = input_.text().substr(0, size);
    const auto inside = line.substr(0, size - std::min<std::size_t>(size, 2));
    // Some readers end a line there.
    if (inside.find_first_of(std::string_view("\r\0", 2)) != line.npos)
        return "there is a control character in the head";
    if (policy_.manner != Manner::terminal || !line.ends_with("\r\n")) return std::nullopt;
    const auto better = mend_request_line(inside);
    if (better.size() != inside.size()) input_.replace_front(inside.size(), better);
    return std::nullopt;
}

// Looks at every whole line that is there from `seen` on. A sentence: one is refused.
std::optional<std::string_view> Session::look_at_lines(HeadRules& rules, std::size_t& seen) {
    while (!rules.is_complete()) {
        auto line_end = input_.text().find('\n', seen);
        if (line_end == std::string_view::npos) return std::nullopt;
        if (seen == 0) {
            if (const auto refused = mend_first_line(line_end + 1)) return refused;
            line_end = input_.text().find('\n');
        }
        const auto line = input_.text().substr(seen, line_end + 1 - seen);
        seen = line_end + 1;
        if (const auto refused = rules.look_at(line)) return refused;
    }
    return std::nullopt;
}

asio::awaitable<Outcome> Session::read_head(Parser& parser, Request& request) {
    entry_.wait_until(Steady::now() + (served_one_ ? policy_.idle : policy_.first_byte));
    bool timed = false;
    std::size_t seen = 0;  // bytes of whole lines that are in order
    HeadRules rules(policy_.manner);
    for (;;) {
        // RFC 9112 § 2.2: empty lines in front of a request line are ignored.
        while (seen == 0 && input_.text().starts_with("\r\n")) input_.consume(2);
        if (!timed && !input_.empty()) {
            timed = true;
            entry_.wait_until(Steady::now() + policy_.header);
        }
        if (const auto refused = look_at_lines(rules, seen)) co_return fail(400, request, *refused);
        if (seen > policy_.header_limit || (!rules.is_complete() && input_.text().size() > policy_.header_limit)) {
            co_return fail(431, request, "the request head is too long");
        }
        if (rules.is_complete()) break;
        const bool more = co_await receive(Input::small);
        if (!more) co_return Outcome{{}, true};
    }
    error_code error;
    const auto used = parser.put(asio::buffer(input_.text().data(), seen), error);
    input_.consume(used);
    if ((error && error != beast::http::error::need_more) || !parser.is_header_done()) {
        co_return fail(400, request, "this is not an HTTP request");
    }
    const auto& head = parser.get();
    request.method = std::string(head.method_string());
    request.target = std::string(head.target());
    if (policy_.manner == Manner::web) request.target = std::string(without_authority(request.target));
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
    const auto most = std::min(policy_.body_limit, service_.body_limit(request));
    Receiver received(parser.get().body(), service_.spool_folder(request));
    const bool is_measured = announced || received.may_spool();
    const auto limit = is_measured ? most : std::min(most, policy_.chunked_body_limit);
    if (announced && *announced > limit) co_return fail(413, request, "the body is too large");
    const bool can_wait = service_.can_wait(request);
    if (can_wait) share.is_file();
    // For a body beyond that of live punches.
    const auto has_to_wait = [&] {
        if (!connections_.is_crowded(entry_) && share.has_room_for(BodyBudget::live_body + 1)) return false;
        if (!can_wait) connections_.evict_stalled(policy_.body_stalled);
        return true;
    };
    if (announced && *announced > BodyBudget::live_body && has_to_wait()) {
        co_return fail(503, request, "too much at once; send it again");
    }
    ChunkRules chunks{limit};
    parser.on_chunk_header(chunks);
    const auto fields = std::distance(parser.get().begin(), parser.get().end());

    const auto& head = parser.get();
    if (head.version() >= 11 && !parser.is_done() && beast::iequals(head[beast::http::field::expect], "100-continue")) {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const bool went_on = co_await stream_.write(go_on);
        if (!went_on) co_return Outcome{{}, true};
    }

    const auto started = Steady::now();
    bool may_be_live = !announced;  // so far
    std::size_t progress = 0;       // bytes of the body when the deadline was last moved
    entry_.receive_until(started + policy_.body_patience);
    std::string& body = parser.get().body();
    while (!parser.is_done()) {
        if (!input_.empty()) {
            error_code error;
            const auto all = input_.text();
            const auto used = parser.put(asio::buffer(all.data(), all.size()), error);
            input_.consume(used);
            if (chunks.too_large) co_return fail(413, request, "the body is too large");
            if (error && error != beast::http::error::need_more) {
                co_return fail(400, request, "the body is not framed as HTTP asks");
            }
            if (received.size() > limit) co_return fail(413, request, "the body is too large");
            if (may_be_live && received.size() > BodyBudget::live_body) {
                may_be_live = false;
                if (has_to_wait()) co_return fail(503, request, "too much at once; send it again");
            }
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
    if (std::distance(parser.get().begin(), parser.get().end()) != fields) {
        co_return fail(400, request, "fields after the body are not understood");
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

std::string Session::head_of(Response& response, bool& keep_alive) {
    const std::string date = policy_.date();
    try {
        return encode_head(response, policy_.manner, keep_alive, date, policy_.secure);
    } catch (const std::logic_error& mistake) {
        // Nothing of it goes out: a peer may have written it.
        log::mistake("http.bad_header", "an answer could not be sent", {{"error", mistake.what()}});
        response = service_.failure(500, Request(), "this answer could not be sent; the log says why");
        keep_alive = false;
        return encode_head(response, policy_.manner, keep_alive, date, policy_.secure);
    }
}

asio::awaitable<bool> Session::answer(Response response, bool& keep_alive, bool without_body) {
    constexpr std::size_t piece_size = 64 * 1024;
    const auto until = Steady::now() + policy_.answer;
    std::string first = head_of(response, keep_alive);
    std::string_view rest = without_body ? std::string_view() : std::string_view(response.body);
    const auto with_head = rest.substr(0, Input::small * 8);
    first += with_head;
    rest.remove_prefix(with_head.size());
    entry_.work_until(Steady::now() + policy_.write);
    const std::string_view beginning = first;
    bool sent = co_await stream_.write(beginning);
    while (sent && !rest.empty()) {
        const auto piece = rest.substr(0, piece_size);
        rest.remove_prefix(piece.size());
        entry_.work_until(std::min(Steady::now() + policy_.write, until));
        sent = co_await stream_.write(piece);
    }
    if (!sent || without_body || !response.next_piece) co_return sent;
    while (!connections_.stopping()) {
        entry_.work();
        const std::string piece = co_await response.next_piece();
        if (piece.empty()) co_return true;
        entry_.work_until(Steady::now() + policy_.write);
        const std::string_view bytes = piece;
        const bool went = co_await stream_.write(bytes);
        if (!went) co_return false;
    }
    co_return true;
}

// Closing while the peer still sends would reset the connection and could destroy the answer on its way.
asio::awaitable<void> Session::finish(bool unread_input) {
    if (!stream_.end()) co_return;
    error_code error;
    tcp::socket& socket = stream_.socket();
    const auto pending = socket.available(error);
    if (error || (!unread_input && pending == 0 && input_.empty())) co_return;
    entry_.wait_until(Steady::now() + policy_.linger);
    std::array<char, 16384> sink;
    for (;;) {
        const auto buffer = asio::buffer(sink);
        const auto [failed, count] = co_await socket.async_read_some(buffer, no_throw);
        if (failed) co_return;
    }
}

asio::awaitable<void> Session::run() {
    if (policy_.identity != nullptr) {
        entry_.wait_until(Steady::now() + policy_.header);
        const bool greeted = co_await stream_.greet();
        if (!greeted) co_return;
    }
    for (;;) {
        // On the heap and only while a request is there, so that an idle connection stays small.
        auto parser = std::make_unique<Parser>();
        parser->header_limit(static_cast<std::uint32_t>(policy_.header_limit));
        parser->body_limit(boost::none);  // ours, above, knows more
        Request request;
        request.peer = peer_;
        BodyBudget::Share share(budget_);

        bool framed = true;  // what follows is a request of its own
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
                framed = !outcome.early;
            }
        }
        if (outcome.gone) co_return;

        const bool complete = parser->is_done();
        const bool without_body = request.method == "HEAD";
        bool keep_alive = complete && framed && wants_keep_alive(*parser);
        parser.reset();
        const auto came = Steady::now();
        Response response;
        if (outcome.early) {
            response = std::move(*outcome.early);
        } else {
            entry_.work();
            response = co_await service_.handle(std::move(request));
        }
        keep_alive = keep_alive && !connections_.stopping() && !connections_.is_nearly_full() && !response.next_piece;
        if (policy_.on_answer) policy_.on_answer(response.status, Steady::now() - came);
        const bool sent = co_await answer(std::move(response), keep_alive, without_body);
        if (!sent) co_return;
        if (!keep_alive) {
            co_await finish(!complete || !framed);
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
        log::mistake("http.mistake", "session ended by an unexpected error", {{"error", mistake.what()}});
    }
}

}  // namespace presensi::http
