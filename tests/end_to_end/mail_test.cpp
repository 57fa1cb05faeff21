// Mail by relays that refuse, dawdle, hang up or say nothing; and hosts of which one address is dead.
#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <thread>
#include <type_traits>

#include "daemon/notify/notifier.hpp"
#include "daemon/notify/wire.hpp"
#include "tests/end_to_end/fire.hpp"
#include "tests/support/tiny_server.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using Manner = TinySmtp::Manner;
using Addresses = std::vector<asio::ip::address>;

namespace {

const notify::Patience quick{500ms, 3s, 3s, 3s};

notify::SmtpAsk ask_for(std::uint16_t port, std::vector<std::string> to = {"admin@diskominfo.example"}) {
    notify::SmtpAsk ask;
    ask.relay = "relay.example";
    ask.port = port;
    ask.our_name = "gateway.example";
    ask.from = "presensi@diskominfo.example";
    ask.to = std::move(to);
    ask.mail = "Subject: x\r\n\r\nx\r\n";
    return ask;
}

notify::Outcome send(notify::SmtpAsk ask, notify::Patience patience = quick, Addresses addresses = {}) {
    if (addresses.empty()) addresses.push_back(asio::ip::make_address("127.0.0.1"));
    asio::io_context io;
    notify::Names names(io, [addresses](const std::string&) { return addresses; });
    notify::Reach reach{io, names, {}, patience};
    auto outcome = asio::co_spawn(io, notify::send_mail(reach, std::move(ask), std::make_shared<notify::Exchange>()),
                                  asio::use_future);
    io.run();
    return outcome.get();
}

// 127.0.0.2 answers nobody on this port: its queue is full, and whoever else calls waits.
class DeadAddress {
public:
    explicit DeadAddress(std::uint16_t port) {
        address_.sin_family = AF_INET;
        address_.sin_port = htons(port);
        inet_pton(AF_INET, "127.0.0.2", &address_.sin_addr);
        sockets_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(bind(sockets_[0], reinterpret_cast<sockaddr*>(&address_), sizeof address_) == 0);
        REQUIRE(listen(sockets_[0], 0) == 0);
        for (int i = 0; i < 20 && connects(); ++i) {
        }
        REQUIRE_FALSE(connects());
    }
    ~DeadAddress() {
        for (const int each : sockets_) close(each);
    }
    DeadAddress(const DeadAddress&) = delete;
    DeadAddress& operator=(const DeadAddress&) = delete;

private:
    bool connects() {
        const int line = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        sockets_.push_back(line);
        if (connect(line, reinterpret_cast<sockaddr*>(&address_), sizeof address_) == 0) return true;
        pollfd wait{line, POLLOUT, 0};
        return poll(&wait, 1, 200) == 1;
    }
    sockaddr_in address_{};
    std::vector<int> sockets_;
};

// A notifier by itself, with the one alarm that is urgent here.
class Teller {
public:
    explicit Teller(std::uint16_t port, notify::Patience patience = quick) {
        settings_.alarms.mail = {"127.0.0.1", port, "presensi@diskominfo.example", {"admin@diskominfo.example"}};
        notify::NotifyHooks hooks;
        hooks.news.gather = 100ms;
        hooks.outbox.first_retry = 100ms;
        hooks.outbox.longest_retry = 200ms;
        hooks.look_every = 20ms;
        hooks.patience = patience;
        notifier_.emplace(
            io_, settings_, alarms_, system_now, [] { return true; }, hooks);
        notifier_->start();
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Teller() {
        asio::post(io_, [this] { notifier_->stop(); });
        thread_.join();
    }
    Teller(const Teller&) = delete;
    Teller& operator=(const Teller&) = delete;

    void raise() {
        here([this] { alarms_.raise("clock_off", "TST1", system_now(), {{"difference", both("95 s")}}); });
    }
    void clear() {
        here([this] { alarms_.clear("clock_off", "TST1"); });
    }
    bool is_unsent() {
        return here([this] { return alarms_.stands("alarms_unsent", ""); });
    }
    notify::Notifier::Counts mail() {
        return here([this] { return notifier_->counts()[1]; });
    }

private:
    template <typename Do>
    std::invoke_result_t<Do> here(Do what) {
        return asio::post(io_, asio::use_future(what)).get();
    }
    asio::io_context io_;
    config::Settings settings_;
    Alarms alarms_;
    std::optional<notify::Notifier> notifier_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("mail: one recipient that is refused keeps nobody else's mail, and is named by its place alone") {
    TinySmtp relay(Manner::refusing_first);
    const auto outcome = send(ask_for(relay.port(), {"gone@diskominfo.example", "admin@diskominfo.example"}));
    CHECK(outcome.failure == "");
    CHECK(outcome.refused_recipients == std::vector<std::string>{"alarms.mail.to[0]: 550 5.1.1"});
    REQUIRE(relay.taken().size() == 1);
    CHECK(relay.taken()[0].to == std::vector<std::string>{"<admin@diskominfo.example>"});
}

TEST_CASE("mail: what is refused for good and what may be taken later are told apart") {
    const struct {
        const char* name;
        Manner manner;
        bool for_good;
        const char* failure;
    } cases[] = {
        {"every recipient", Manner::refusing_recipients, true,
         "no recipient is accepted: alarms.mail.to[0]: 550 5.1.1"},
        {"the mail", Manner::refusing_content, true, "the relay said: 554 5.7.1 … wants none of this"},
        {"us", Manner::refusing_us, false, "the relay said: 554 mail.example not you"},
        {"a busy relay", Manner::busy, false, "the relay said: 421 mail.example too busy"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        TinySmtp relay(c.manner);
        const auto outcome = send(ask_for(relay.port()));
        CHECK(outcome.failure == c.failure);
        CHECK(outcome.for_good == c.for_good);
        CHECK(relay.taken().empty());
    }
}

TEST_CASE("mail: a relay may think about each step, and longer about the whole mail") {
    TinySmtp relay;
    relay.think(700ms, 4s);
    // The whole takes longer than any one step may, and the end longer than the others.
    const auto outcome = send(ask_for(relay.port()), {500ms, 3s, 3s, 60s});
    CHECK(outcome.failure == "");
    CHECK_FALSE(outcome.unanswered);
    CHECK(relay.taken().size() == 1);
}

TEST_CASE("mail: what arrived whole and was not answered counts as sent, and what did not does not") {
    const struct {
        const char* name;
        Manner manner;
        bool unanswered;
    } cases[] = {{"silent", Manner::silent_at_end, true},
                 {"hangs up", Manner::leaving_at_end, true},
                 {"hangs before", Manner::hanging, false}};
    for (const auto& c : cases) {
        CAPTURE(c.name);
        TinySmtp relay(c.manner);
        const auto outcome = send(ask_for(relay.port()), {500ms, 1s, 1s, 1s});
        CHECK(outcome.unanswered == c.unanswered);
        CHECK(outcome.failure == (c.unanswered ? "" : "no answer in time"));
        CHECK(relay.taken().size() == (c.unanswered ? 1 : 0));
    }
}

TEST_CASE("a host with a dead address is reached by its other one, by mail and by HTTP") {
    const Addresses both_addresses{asio::ip::make_address("127.0.0.2"), asio::ip::make_address("127.0.0.1")};
    {
        TinySmtp relay;
        const DeadAddress dead(relay.port());
        CHECK(send(ask_for(relay.port()), quick, both_addresses).failure == "");
        CHECK(relay.taken().size() == 1);
        CHECK(send(ask_for(relay.port()), quick, {both_addresses[0]}).failure == "no answer in time");
    }
    TinyHttp receiver;
    const DeadAddress dead(receiver.port());
    asio::io_context io;
    notify::Names names(io, [&](const std::string&) { return both_addresses; });
    notify::Reach reach{io, names, {}, quick};
    config::Url url{false, "alarms.example", receiver.port(), "/"};
    auto failure = asio::co_spawn(
        io, notify::ask_http(reach, url, {"GET", {}, {}}, std::make_shared<notify::Exchange>()), asio::use_future);
    io.run();
    CHECK(failure.get() == "");
    CHECK(receiver.count() == 1);
}

TEST_CASE("mail: a message that is refused for good is dropped, counted and complained of, and the next one goes") {
    for (const auto manner : {Manner::refusing_recipients, Manner::refusing_content}) {
        CAPTURE(static_cast<int>(manner));
        TinySmtp relay(manner);
        Teller teller(relay.port());
        teller.raise();
        REQUIRE(await([&] { return teller.mail().dropped == 1; }, 30s));
        CHECK(await([&] { return teller.is_unsent(); }, 30s));
        CHECK(teller.mail().waiting == 0);
        relay.be(Manner::good);
        teller.clear();
        REQUIRE(await([&] { return teller.mail().sent == 1; }, 30s));
        CHECK(relay.taken().size() == 1);
        CHECK_FALSE(teller.is_unsent());
        CHECK(teller.mail().dropped == 1);
    }
}

TEST_CASE("mail: a relay that takes a mail and never says so gets it once") {
    TinySmtp relay(Manner::silent_at_end);
    Teller teller(relay.port(), {500ms, 3s, 3s, 300ms});
    teller.raise();
    REQUIRE(await([&] { return teller.mail().sent == 1; }, 30s));
    relay.be(Manner::good);
    teller.clear();
    REQUIRE(await([&] { return teller.mail().sent == 2; }, 30s));
    REQUIRE(relay.taken().size() == 2);
    CHECK(relay.taken()[0].text != relay.taken()[1].text);
    CHECK(teller.mail().failed == 0);
}
