#pragma once
// Looks after the certificates of the listeners: takes new ones without a restart, and says in time that one ends. The
// one place for both.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <optional>
#include <vector>

#include "daemon/alarms.hpp"
#include "daemon/clock.hpp"
#include "daemon/http/identity.hpp"

namespace presensi {

class CertificateWatch {
public:
    // Whether the files changed is looked at this often, and at SIGHUP.
    static constexpr std::chrono::milliseconds usual_pause = std::chrono::minutes(1);

    // All references outlive it.
    CertificateWatch(boost::asio::io_context& io, Alarms& alarms, Now now, std::chrono::milliseconds pause);

    void add(http::Identity* identity);  // null: that listener speaks plain HTTP
    bool has_none() const { return watched_.empty(); }
    void look_at_hangups();
    boost::asio::awaitable<void> run();  // until stop()
    void stop();

private:
    struct Watched {
        http::Identity* identity;
        int last_step = 0;  // of those before its end that were told
    };
    void look(bool anyway);
    void tell_renewal(Watched& watched, http::Identity::Renewal renewal);
    void tell_end(Watched& watched, Instant now);
    void raise_alarms(Instant now);

    Alarms& alarms_;
    Now now_;
    const std::chrono::milliseconds pause_;
    boost::asio::steady_timer timer_;
    boost::asio::signal_set hangups_;
    std::vector<Watched> watched_;
    std::optional<Instant> keys_renewed_;
    bool stopping_ = false;
};

}  // namespace presensi
