#pragma once
// Tells people of the urgent alarms by webhook and mail, and somebody outside that we are alive. Whatever becomes of
// that, intake knows nothing of it. Lives on the I/O thread.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "daemon/alarms.hpp"
#include "daemon/clock.hpp"
#include "daemon/notify/names.hpp"
#include "daemon/notify/news.hpp"
#include "daemon/notify/outbox.hpp"
#include "daemon/notify/wire.hpp"

namespace presensi::notify {

// What a test may replace.
struct NotifyHooks {
    Resolve resolve = resolve_with_system;
    News::Times news{};
    Outbox::Limits outbox{};
    std::chrono::milliseconds look_every = std::chrono::seconds(1);
    Patience patience{};
    std::chrono::milliseconds complain_after = std::chrono::minutes(10);  // an alarm that alarms cannot be sent
};

class Notifier {
public:
    // `works`: whether punches are being taken. All references outlive it.
    Notifier(boost::asio::io_context& io, const config::Settings& settings, Alarms& alarms, Now now,
             std::function<bool()> works, NotifyHooks hooks);
    ~Notifier();

    void start();
    // What is not sent yet is forgotten: alarms that still stand are raised anew by the next start.
    void stop();

    // What people were told of, for another one that goes on from there: they hear of its end once.
    const News& news() const { return news_; }
    void go_on_from(const News& before) { news_ = before; }

    struct Counts {
        std::string_view name;
        std::int64_t sent = 0;
        std::int64_t failed = 0;
        std::int64_t dropped = 0;
        std::size_t waiting = 0;
    };
    std::vector<Counts> counts() const;  // of webhook, mail and heartbeat, also where none is configured

private:
    struct Channel;

    boost::asio::awaitable<void> watch();
    boost::asio::awaitable<void> run(Channel& channel);
    boost::asio::awaitable<void> beat();
    boost::asio::awaitable<Outcome> send(const Channel& channel, const Message& message);
    boost::asio::awaitable<void> pause(Channel& channel, std::chrono::milliseconds time);
    void judge(Channel& channel, const Outcome& outcome);
    Reach reach();

    boost::asio::io_context& io_;
    const config::Settings& settings_;
    Alarms& alarms_;
    Now now_;
    std::function<bool()> works_;
    NotifyHooks hooks_;
    Names names_;
    News news_;
    std::string host_;  // ours
    std::unique_ptr<Channel> webhook_;
    std::unique_ptr<Channel> mail_;
    std::unique_ptr<Channel> heartbeat_;
    boost::asio::steady_timer watch_timer_;
    bool stopping_ = false;
};

}  // namespace presensi::notify
