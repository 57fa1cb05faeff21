#include "daemon/notify/notifier.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <exception>
#include <random>
#include <utility>

#include "daemon/log.hpp"

namespace presensi::notify {

namespace asio = boost::asio;
using Steady = std::chrono::steady_clock;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr auto unsent_alarm = "alarms_unsent";

// As a mail's Message-ID and EHLO may hold it.
std::string name_of_this_host() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    const std::string text(name.data());
    const bool usual =
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == text.npos;
    return usual ? text : "localhost";
}

std::string new_id() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

double random_share() {
    static std::minstd_rand random{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(random);
}

}  // namespace

struct Notifier::Channel {
    Channel(asio::io_context& io, std::string_view named, Outbox::Limits limits)
        : name(named), outbox(limits), timer(io), exchange(std::make_shared<Exchange>()) {}

    std::string_view name;
    bool on = false;
    Outbox outbox;
    asio::steady_timer timer;
    std::shared_ptr<Exchange> exchange;
    std::int64_t sent = 0;
    std::int64_t failed = 0;
    bool complained = false;  // in the log, since the last success
};

Notifier::Notifier(asio::io_context& io, const config::Settings& settings, Alarms& alarms, Now now,
                   std::function<bool()> works, NotifyHooks hooks)
    : io_(io),
      settings_(settings),
      alarms_(alarms),
      now_(std::move(now)),
      works_(std::move(works)),
      hooks_(std::move(hooks)),
      names_(io, hooks_.resolve),
      news_(hooks_.news),
      host_(name_of_this_host()),
      webhook_(std::make_unique<Channel>(io, "webhook", hooks_.outbox)),
      mail_(std::make_unique<Channel>(io, "mail", hooks_.outbox)),
      heartbeat_(std::make_unique<Channel>(io, "heartbeat", hooks_.outbox)),
      watch_timer_(io) {
    webhook_->on = !settings_.alarms.webhook.url.empty();
    mail_->on = !settings_.alarms.mail.to.empty();
    heartbeat_->on = !settings_.alarms.heartbeat.url.empty();
}

Notifier::~Notifier() = default;

void Notifier::start() {
    if (webhook_->on) asio::co_spawn(io_, run(*webhook_), asio::detached);
    if (mail_->on) asio::co_spawn(io_, run(*mail_), asio::detached);
    if (webhook_->on || mail_->on) asio::co_spawn(io_, watch(), asio::detached);
    if (heartbeat_->on) asio::co_spawn(io_, beat(), asio::detached);
}

void Notifier::stop() {
    stopping_ = true;
    watch_timer_.cancel();
    for (Channel* channel : {webhook_.get(), mail_.get(), heartbeat_.get()}) {
        channel->timer.cancel();
        channel->exchange->cut();
    }
}

std::vector<Notifier::Counts> Notifier::counts() const {
    std::vector<Counts> all;
    for (const Channel* channel : {webhook_.get(), mail_.get(), heartbeat_.get()}) {
        all.push_back(
            {channel->name, channel->sent, channel->failed, channel->outbox.dropped(), channel->outbox.waiting()});
    }
    return all;
}

Reach Notifier::reach() { return {io_, names_, settings_.alarms.ca_file, hooks_.patience}; }

asio::awaitable<void> Notifier::pause(Channel& channel, std::chrono::milliseconds time) {
    if (stopping_) co_return;
    channel.timer.expires_after(time);
    co_await channel.timer.async_wait(no_throw);
}

asio::awaitable<void> Notifier::watch() {
    while (!stopping_) {
        auto message = news_.look(alarms_.urgent(), now_(), Steady::now());
        if (message) {
            message->id = new_id();
            for (Channel* channel : {webhook_.get(), mail_.get()}) {
                if (channel->on) channel->outbox.add(*message, Steady::now());
            }
        }
        watch_timer_.expires_after(hooks_.look_every);
        co_await watch_timer_.async_wait(no_throw);
    }
}

asio::awaitable<Outcome> Notifier::send(const Channel& channel, const Message& message) {
    if (&channel == mail_.get()) {
        const auto& mail = settings_.alarms.mail;
        SmtpAsk ask{mail.relay, mail.port, host_, mail.from, mail.to, {}};
        ask.mail = encode_mail(message, mail, host_, settings_.time_zone);
        Reach by = reach();
        Outcome outcome = co_await send_mail(std::move(by), std::move(ask), channel.exchange);
        co_return outcome;
    }
    HttpAsk ask{"POST", {{"Content-Type", "application/json"}}, encode_json(message, host_)};
    // When it is sent, so that a receiver can refuse what somebody recorded and sends again later.
    const std::string timestamp =
        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now_().time_since_epoch()).count());
    ask.headers.emplace_back("X-Presensi-Timestamp", timestamp);
    ask.headers.emplace_back("X-Presensi-Signature",
                             sign(settings_.alarms.webhook.secret.reveal(), timestamp, ask.body));
    config::Url url = settings_.alarms.webhook.url;
    Reach by = reach();
    Outcome outcome;
    outcome.failure = co_await ask_http(std::move(by), std::move(url), std::move(ask), channel.exchange);
    co_return outcome;
}

asio::awaitable<void> Notifier::run(Channel& channel) {
    while (!stopping_) {
        const Message* due = channel.outbox.due(Steady::now());
        if (due == nullptr) {
            co_await pause(channel, hooks_.look_every);
            continue;
        }
        const Message message = *due;
        Outcome outcome;
        try {
            outcome = co_await send(channel, message);
        } catch (const std::exception& mistake) {
            outcome.failure = mistake.what();
        }
        if (stopping_) co_return;
        if (outcome.failure.empty()) {
            channel.outbox.sent(message.id);
        } else if (outcome.for_good) {
            channel.outbox.refused(message.id);
        } else {
            channel.outbox.failed(Steady::now(), random_share());
        }
        judge(channel, outcome);
    }
}

// Once in the log for each time that it does not work, and an alarm when that lasts or a message is lost by it.
void Notifier::judge(Channel& channel, const Outcome& outcome) {
    const log::Field by{"channel", channel.name};
    if (outcome.failure.empty()) {
        ++channel.sent;
        if (channel.complained) log::info("notify.again", "sending works again", {by});
        channel.complained = false;
        if (!outcome.refused_recipients.empty()) {
            log::warn("notify.recipients_refused", "some recipients were refused; the others have the message",
                      {by, {"refused", fmt::format("{}", fmt::join(outcome.refused_recipients, ", "))}});
        }
        if (outcome.unanswered)
            log::warn("notify.unanswered", "a message arrived whole and no answer came; it counts as sent", {by});
        const bool other_fails = webhook_->complained || mail_->complained;
        if (!other_fails) alarms_.clear(unsent_alarm, "");
        return;
    }
    ++channel.failed;
    if (outcome.for_good) {
        log::warn("notify.refused", "a message was refused for good and is dropped", {by, {"reason", outcome.failure}});
    } else if (!channel.complained) {
        log::warn("notify.failed", "sending does not work; it is tried on", {by, {"reason", outcome.failure}});
    }
    channel.complained = true;
    const bool lasts = channel.outbox.delay(Steady::now()) >= hooks_.complain_after;
    if ((outcome.for_good || lasts) && &channel != heartbeat_.get()) {
        alarms_.raise(unsent_alarm, "", now_(),
                      {{"channel", both(std::string(channel.name))}, {"reason", both(outcome.failure)}});
    }
}

asio::awaitable<void> Notifier::beat() {
    while (!stopping_) {
        // Silence is the message where punches are not taken.
        if (works_()) {
            Outcome outcome;
            try {
                config::Url url = settings_.alarms.heartbeat.url;
                HttpAsk ask{"GET", {}, {}};
                Reach by = reach();
                outcome.failure =
                    co_await ask_http(std::move(by), std::move(url), std::move(ask), heartbeat_->exchange);
            } catch (const std::exception& mistake) {
                outcome.failure = mistake.what();
            }
            if (stopping_) co_return;
            judge(*heartbeat_, outcome);
        }
        co_await pause(*heartbeat_, settings_.alarms.heartbeat.every);
    }
}

}  // namespace presensi::notify
