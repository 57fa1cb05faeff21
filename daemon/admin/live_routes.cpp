#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/admin/live_stream.hpp"
#include "daemon/admin/routes.hpp"

namespace presensi::admin {

namespace asio = boost::asio;

namespace {

constexpr auto come_by_every = std::chrono::seconds(1);
constexpr auto sign_of_life_every = std::chrono::seconds(15);
// So much may wait for one reader; each part has the time of an answer to be taken.
constexpr std::size_t largest_part = 64 * 1024;

}  // namespace

LiveBoard::Stream::Stream(Context& context, LiveBoard& board, access::Viewer viewer, GroupPtr group,
                          std::shared_ptr<std::size_t> all, std::shared_ptr<std::size_t> of_viewer)
    : context_(context),
      board_(board),
      viewer_(std::move(viewer)),
      group_(std::move(group)),
      all_(std::move(all)),
      of_viewer_(std::move(of_viewer)) {
    ++*all_;
    ++*of_viewer_;
}

LiveBoard::Stream::~Stream() {
    --*all_;
    --*of_viewer_;
}

bool LiveBoard::Stream::is_in() const {
    const auto now = context_.gate.again(viewer_);
    return now && now->role == viewer_.role && now->units == viewer_.units;
}

std::string LiveBoard::Stream::next_part() {
    std::string part = text_->substr(sent_, largest_part);
    sent_ += part.size();
    if (sent_ == text_->size()) text_ = nullptr;
    return part;
}

asio::awaitable<std::string> LiveBoard::Stream::next() {
    if (text_ != nullptr) co_return next_part();
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer pause(executor);
    const auto quiet_until = Steady::now() + sign_of_life_every;
    while (!context_.stopping) {
        if (is_begun_) {
            pause.expires_after(come_by_every);
            co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        is_begun_ = true;
        co_await board_.look_at_accounts(context_);
        if (!is_in()) co_return std::string();
        co_await board_.look(context_);
        co_await board_.look_at_sight(context_, *group_, viewer_);
        text_ = board_.text_since(*group_, seen_);
        if (text_ != nullptr || seen_ != 0) seen_ = board_.complete_;
        if (text_ != nullptr) {
            sent_ = 0;
            co_return next_part();
        }
        if (Steady::now() >= quiet_until) co_return std::string(": still there\n\n");
    }
    co_return std::string();
}

Reply handle_live(Context& context, Call call) {
    LiveBoard::StreamPtr stream = context.live.open(context, call.viewer);
    if (stream == nullptr) {
        http::Response busy = problem(503, "too many look on at once; close other windows, or try again in a minute");
        busy.headers.emplace_back("Retry-After", "60");
        co_return busy;
    }
    http::Response response{200, "text/event-stream", {}, {}};
    response.next_piece = [stream] { return stream->next(); };
    co_return response;
}

}  // namespace presensi::admin
