#include "daemon/upload/turns.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace presensi::upload {

namespace asio = boost::asio;

asio::awaitable<Turns::Turn> Turns::next() {
    if (taken_) {
        const auto executor = co_await asio::this_coro::executor;
        auto called = std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
        waiting_.push_back(called);
        const auto no_throw = asio::as_tuple(asio::use_awaitable);
        co_await called->async_wait(no_throw);  // whoever was before passes the turn on
    }
    taken_ = true;
    co_return Turn(*this);
}

void Turns::pass_on() {
    if (waiting_.empty()) {
        taken_ = false;
        return;
    }
    const auto called = waiting_.front();
    waiting_.pop_front();
    called->cancel();
}

}  // namespace presensi::upload
