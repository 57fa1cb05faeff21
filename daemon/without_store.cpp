#include "daemon/without_store.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "daemon/admin/routes.hpp"
#include "daemon/alarms.hpp"
#include "daemon/http/identity.hpp"
#include "daemon/http/listener.hpp"
#include "daemon/log.hpp"
#include "daemon/must_not_fail.hpp"
#include "daemon/notify/notifier.hpp"
#include "storage/store_error.hpp"

namespace presensi {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr auto pause = 500ms;  // between attempts

// Every request ends with its head.
class Refusal : public http::Service {
public:
    std::optional<http::Response> refuse(const http::Request& head) final { return answer(head); }
    asio::awaitable<http::Response> handle(http::Request request) final { co_return answer(request); }
    http::Response failure(unsigned status, const http::Request&, std::string_view sentence) final {
        return {status, "text/plain", std::string(sentence) + "\n", {}};
    }

private:
    virtual http::Response answer(const http::Request& head) = 0;
};

class ForTerminals : public Refusal {
    http::Response answer(const http::Request&) override { return {503, "text/plain", "ERROR\n", {}}; }
};

class ForPeople : public Refusal {
    http::Response answer(const http::Request& head) override {
        if (head.target == "/healthz") return {200, "text/plain", "alive\n", {}};
        if (head.target == "/metrics") {
            return {200,
                    "text/plain; version=0.0.4; charset=utf-8",
                    "presensi_ready 0\npresensi_store_available 0\n"
                    "presensi_alarms{alarm=\"store_unavailable\",urgent=\"true\"} 1\n",
                    {}};
        }
        if (head.target != "/") return admin::problem(503, "the database cannot be reached; nothing is acknowledged");
        return {503,
                "text/html; charset=utf-8",
                "<!doctype html>\n<html lang=\"id\">\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Presensi Gateway</title>\n"
                "<h1>Basis data belum dapat dihubungi</h1>\n"
                "<p>Mesin menyimpan absensinya sendiri dan mengirimnya nanti. Periksa apakah PostgreSQL berjalan dan "
                "disknya masih punya ruang; presensid melanjutkan sendiri sesudahnya.</p>\n"
                "<p lang=\"en\">The database cannot be reached. Terminals keep their punches and send them later. Look "
                "whether PostgreSQL runs and its disk has room; presensid goes on by itself.</p>\n",
                {}};
    }
};

http::SessionPolicy policy_of(const config::Settings& settings, http::Manner manner, const http::Identity* identity) {
    http::SessionPolicy policy;
    policy.manner = manner;
    policy.header_limit = settings.limits.header;
    policy.identity = identity;
    policy.secure = identity != nullptr;
    policy.date = [manner] {
        // A terminal would set its clock by it (protocol-adms § 1.4).
        if (manner == http::Manner::terminal) return std::string();
        return http::format_http_date(std::chrono::floor<std::chrono::seconds>(system_now()));
    };
    return policy;
}

// A thread, as a database may make us wait.
class Attempts {
public:
    // `unavailable` hears why an attempt failed, `ended` that there will be no more; both on that thread.
    Attempts(const std::function<void()>& start, std::function<void(std::string reason)> unavailable,
             std::function<void()> ended)
        : thread_([this, &start, unavailable = std::move(unavailable),
                   ended = std::move(ended)](const std::stop_token& stop) {
              while (!stop.stop_requested()) {
                  try {
                      start();
                      break;
                  } catch (const storage::StoreUnavailable& error) {
                      unavailable(error.what());
                  } catch (...) {
                      failure_ = std::current_exception();
                      break;
                  }
                  std::unique_lock lock(mutex_);
                  wake_.wait_for(lock, stop, pause, [] { return false; });
              }
              ended();
          }) {}

    // After they ended.
    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::exception_ptr failure_;
    std::jthread thread_;
};

class Waiting {
public:
    Waiting(const config::Settings& settings, const AppHooks& hooks, http::Connections::Limits limits)
        : now_(hooks.now),
          bodies_(settings.limits.bodies_in_flight),
          terminal_identity_(http::open_identity("terminal_listener", settings.terminal_listener)),
          admin_identity_(http::open_identity("admin_listener", settings.admin_listener)),
          terminals_(io_, "terminal_listener", settings.terminal_listener.address, settings.terminal_listener.port,
                     limits, bodies_, for_terminals_,
                     policy_of(settings, http::Manner::terminal, terminal_identity_.get()), hooks.sockets.terminals),
          admin_(io_, "admin_listener", settings.admin_listener.address, settings.admin_listener.port, limits, bodies_,
                 for_people_, policy_of(settings, http::Manner::web, admin_identity_.get()), hooks.sockets.admin),
          notifier_(
              io_, settings, alarms_, now_, [] { return false; }, hooks.notify),
          timer_(io_) {
        terminals_.open();
        admin_.open();
    }

    // Returns after post_end().
    void run(const std::string& reason) {
        learn(reason);
        asio::co_spawn(io_, serve(), must_not_fail);
        io_.run();
    }

    // From any thread.
    void post_reason(std::string reason) {
        asio::post(io_, [this, reason = std::move(reason)] { learn(reason); });
    }
    void post_end() {
        asio::post(io_, [this] { over_ = true; });
    }

    const notify::News& told() const { return notifier_.news(); }

private:
    void learn(const std::string& reason) {
        if (reason == reason_) return;
        reason_ = reason;
        log::warn("start.waiting", "waiting for the database", {{"reason", reason}});
        alarms_.raise("store_unavailable", "", now_(), {{"reason", both(reason)}});
    }

    asio::awaitable<void> serve() {
        notifier_.start();
        terminals_.start();
        admin_.start();
        while (!over_) {
            timer_.expires_after(100ms);
            co_await timer_.async_wait(no_throw);
            terminals_.close_overdue();
            admin_.close_overdue();
        }
        notifier_.stop();
        terminals_.stop_accepting();
        admin_.stop_accepting();
        terminals_.close_all();
        admin_.close_all();
    }

    Now now_;
    asio::io_context io_{1};
    Alarms alarms_;
    http::BodyBudget bodies_;
    ForTerminals for_terminals_;
    ForPeople for_people_;
    std::unique_ptr<http::Identity> terminal_identity_;
    std::unique_ptr<http::Identity> admin_identity_;
    http::Listener terminals_;
    http::Listener admin_;
    notify::Notifier notifier_;
    asio::steady_timer timer_;
    std::string reason_;
    bool over_ = false;
};

}  // namespace

notify::News serve_without_store(const config::Settings& settings, const AppHooks& hooks,
                                 http::Connections::Limits limits, const std::string& reason,
                                 const std::function<void()>& start) {
    Waiting waiting(settings, hooks, limits);
    const Attempts attempts(
        start, [&waiting](std::string why) { waiting.post_reason(std::move(why)); },
        [&waiting] { waiting.post_end(); });
    waiting.run(reason);
    attempts.rethrow();
    return waiting.told();
}

}  // namespace presensi
