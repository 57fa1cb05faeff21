#include "daemon/certificate_watch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "daemon/health_watch.hpp"
#include "daemon/log.hpp"
#include "protocol/text_fields.hpp"

namespace presensi {

namespace asio = boost::asio;
using std::chrono::days;
using Renewal = http::Identity::Renewal;

namespace {

// Before the end; the alarm stands from the first on.
constexpr std::array<days, 4> steps{days(30), days(7), days(1), days(0)};

// A client's ticket is good for two hours; the keys of tickets that somebody recorded are gone after a day.
constexpr auto keys_live = days(1);

int step_at(std::chrono::sys_seconds end, Instant now) {
    const auto passed = [&](days before) { return now + before >= end; };
    return static_cast<int>(std::count_if(steps.begin(), steps.end(), passed));
}

}  // namespace

CertificateWatch::CertificateWatch(asio::io_context& io, Alarms& alarms, Now now, std::chrono::milliseconds pause)
    : alarms_(alarms), now_(std::move(now)), pause_(pause), timer_(io), hangups_(io) {}

void CertificateWatch::add(http::Identity* identity) {
    if (identity != nullptr) watched_.push_back({identity});
}

void CertificateWatch::look_at_hangups() {
    if (has_none()) return;
    boost::system::error_code ignored;
    hangups_.add(SIGHUP, ignored);
    hangups_.async_wait([this](const boost::system::error_code& error, int) {
        if (error || stopping_) return;
        look(true);
        look_at_hangups();
    });
}

asio::awaitable<void> CertificateWatch::run() {
    while (!stopping_ && !has_none()) {
        const Instant now = now_();
        const bool old_keys = keys_renewed_ && now - *keys_renewed_ >= keys_live;
        if (!keys_renewed_ || old_keys) keys_renewed_ = now;
        look(old_keys);
        timer_.expires_after(pause_);
        const auto [cancelled] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        static_cast<void>(cancelled);
    }
}

void CertificateWatch::stop() {
    stopping_ = true;
    timer_.cancel();
    boost::system::error_code ignored;
    hangups_.cancel(ignored);
}

// Two small files; reading them holds nobody up.
void CertificateWatch::look(bool anyway) {
    const Instant now = now_();
    for (Watched& watched : watched_) {
        const std::string before = watched.identity->problem();
        const Renewal renewal = watched.identity->renew(anyway);
        if (renewal != Renewal::refused || watched.identity->problem() != before) tell_renewal(watched, renewal);
        tell_end(watched, now);
    }
    raise_alarms(now);
}

void CertificateWatch::tell_renewal(Watched& watched, Renewal renewal) {
    const http::Identity& identity = *watched.identity;
    if (renewal == Renewal::renewed) {
        watched.last_step = 0;
        log::info("tls.renewed", "a new certificate is shown from now on",
                  {{"listener", identity.listener()}, {"ends", format_utc(Instant(identity.expires()))}});
    } else if (renewal == Renewal::refused) {
        log::warn("tls.refused", "a new certificate cannot be used; the old one goes on",
                  {{"listener", identity.listener()}, {"reason", identity.problem()}});
    }
}

void CertificateWatch::tell_end(Watched& watched, Instant now) {
    const int step = step_at(watched.identity->expires(), now);
    if (step > watched.last_step) {
        const auto left = std::chrono::floor<days>(watched.identity->expires() - now).count();
        log::warn("tls.ends", left < 0 ? "a certificate has ended" : "a certificate ends soon",
                  {{"listener", watched.identity->listener()},
                   {"ends", format_utc(Instant(watched.identity->expires()))},
                   {"days_left", left}});
    }
    watched.last_step = step;
}

// Of both listeners together: the earliest end, and what is wrong with either.
void CertificateWatch::raise_alarms(Instant now) {
    std::string problems;
    std::vector<CertificateEnd> ends;
    for (const Watched& watched : watched_) {
        const http::Identity& identity = *watched.identity;
        if (!identity.problem().empty())
            problems += fmt::format("{}{}: {}", problems.empty() ? "" : " ", identity.listener(), identity.problem());
        ends.push_back({identity.file().string(), Instant(identity.expires())});
    }
    if (problems.empty()) {
        alarms_.clear("certificate_refused", "");
    } else {
        alarms_.raise("certificate_refused", "", now, {{"reason", both(problems)}});
    }
    judge_certificates(alarms_, ends, now);
}

}  // namespace presensi
