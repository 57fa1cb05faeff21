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
#include "daemon/must_not_fail.hpp"
#include "daemon/notify/notifier.hpp"
#include "daemon/open_store.hpp"
#include "storage/store_error.hpp"

namespace presensi {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr auto looked_for_every = 500ms;
constexpr auto last_message = 5s;  // that it is there: so long may the sending take

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
    policy.date = [] { return std::string(); };
    return policy;
}

// Opening may take as long as the database makes us wait, so a thread does it.
class Opening {
public:
    Opening(const config::Settings& settings, std::function<void()> ended)
        : thread_([this, &settings, ended = std::move(ended)](const std::stop_token& stop) {
              try {
                  while (!stop.stop_requested() && !is_there(settings)) {
                      std::unique_lock lock(mutex_);
                      wake_.wait_for(lock, stop, looked_for_every, [] { return false; });
                  }
              } catch (...) {
                  failure_ = std::current_exception();
              }
              ended();
          }) {}

    // After it ended.
    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    static bool is_there(const config::Settings& settings) {
        try {
            open_store(settings, settings.storage.migrate)->open_database();
            return true;
        } catch (const storage::StoreUnavailable&) {
            return false;
        }
    }

    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::exception_ptr failure_;
    std::jthread thread_;
};

struct Waiting {
    Waiting(const config::Settings& settings, const AppHooks& hooks)
        : now(hooks.now),
          bodies(settings.limits.bodies_in_flight),
          terminal_identity(http::open_identity("terminal_listener", settings.terminal_listener)),
          admin_identity(http::open_identity("admin_listener", settings.admin_listener)),
          terminals(io, "terminal_listener", settings.terminal_listener.address, settings.terminal_listener.port,
                    limits_of(settings), bodies, for_terminals,
                    policy_of(settings, http::Manner::terminal, terminal_identity.get()), hooks.sockets.terminals),
          admin(io, "admin_listener", settings.admin_listener.address, settings.admin_listener.port,
                limits_of(settings), bodies, for_people, policy_of(settings, http::Manner::web, admin_identity.get()),
                hooks.sockets.admin),
          notifier(
              io, settings, alarms, now, [] { return false; }, hooks.notify),
          pause(io) {}

    static http::Connections::Limits limits_of(const config::Settings& settings) {
        const std::size_t few = std::min<std::size_t>(settings.limits.connections, 256);
        return {few, std::min(settings.limits.connections_per_address, few)};
    }

    std::int64_t sent() const {
        std::int64_t count = 0;
        for (const auto& channel : notifier.counts()) count += channel.name == "heartbeat" ? 0 : channel.sent;
        return count;
    }

    asio::awaitable<void> serve(std::string reason) {
        alarms.raise("store_unavailable", "", now(), {{"reason", both(std::move(reason))}});
        notifier.start();
        terminals.start();
        admin.start();
        while (!over) {
            pause.expires_after(100ms);
            co_await pause.async_wait(no_throw);
            terminals.close_overdue();
            admin.close_overdue();
        }
        // Who was told that it is away hears that it is back.
        alarms.clear("store_unavailable", "");
        const std::int64_t told = sent();
        for (std::chrono::milliseconds left = last_message; told > 0 && sent() == told && left > 0ms; left -= 100ms) {
            pause.expires_after(100ms);
            co_await pause.async_wait(no_throw);
        }
        notifier.stop();
        terminals.stop_accepting();
        admin.stop_accepting();
        terminals.close_all();
        admin.close_all();
    }

    Now now;
    asio::io_context io{1};
    Alarms alarms;
    http::BodyBudget bodies;
    ForTerminals for_terminals;
    ForPeople for_people;
    std::unique_ptr<http::Identity> terminal_identity;
    std::unique_ptr<http::Identity> admin_identity;
    http::Listener terminals;
    http::Listener admin;
    notify::Notifier notifier;
    asio::steady_timer pause;
    bool over = false;
};

}  // namespace

void serve_without_store(const config::Settings& settings, const AppHooks& hooks, const std::string& reason) {
    Waiting waiting(settings, hooks);
    Opening opening(settings, [&waiting] { asio::post(waiting.io, [&waiting] { waiting.over = true; }); });
    asio::co_spawn(waiting.io, waiting.serve(reason), must_not_fail);
    waiting.io.run();
    opening.rethrow();
}

}  // namespace presensi
