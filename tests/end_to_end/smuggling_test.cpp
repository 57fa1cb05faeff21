// Requests that a proxy and we could frame differently: refused, alone and behind HAProxy.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/smuggling.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/tls.hpp"

using namespace presensi;
using namespace presensi::test;

namespace {

const std::string upload_target = "/iclock/cdata?SN=TST1&table=ATTLOG";
const std::string smuggled_punch = "666\t2026-11-20 07:58:30\t0\t1\n";
// Named, so that a proxy can be told to let none through that it sees.
const std::string hidden_upload =
    fmt::format("POST {}&hidden=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
                upload_target, smuggled_punch.size(), smuggled_punch);
const std::string hidden_question = "GET /healthz?hidden=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

std::size_t answers_in(std::string_view bytes) {
    std::size_t count = 0;
    constexpr std::string_view begin = "HTTP/1.1 ";
    for (auto at = bytes.find(begin); at != bytes.npos; at = bytes.find(begin, at + 1)) {
        const auto status = bytes.substr(at + begin.size(), 3);
        count += status.size() == 3 && status.find_first_not_of("0123456789") == status.npos;
    }
    return count;
}

int status_of(const std::string& bytes) { return bytes.size() < 12 ? 0 : std::atoi(bytes.substr(9, 3).c_str()); }

// Sent as a whole; everything until the end of the connection.
template <typename Connection>
std::string answer_to(std::uint16_t port, const std::string& request) {
    Connection connection(port);
    connection.send(request);
    return connection.receive_to_end();
}

template <typename Connection>
void check_refused(std::uint16_t port, const std::vector<Smuggled>& corpus) {
    REQUIRE(corpus.size() >= 60);
    for (const auto& c : corpus) {
        CAPTURE(c.name);
        const auto begun = std::chrono::steady_clock::now();
        const std::string answer = answer_to<Connection>(port, c.bytes);
        CHECK(answers_in(answer) == 1);
        const int status = status_of(answer);
        const bool is_refusal = status == 400 || status == 413;
        CHECK_MESSAGE(is_refusal, answer);
        CHECK(answer.find("Connection: close") != std::string::npos);
        CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));  // no deadline had to help
    }
}

// Started by us, ended by us.
class Haproxy {
public:
    Haproxy(const std::filesystem::path& folder, std::uint16_t terminals, std::uint16_t admin)
        : terminal_port_(steady_port()), admin_port_(steady_port()) {
        const auto file = (folder / "haproxy.cfg").string();
        const std::string config = fmt::format(
            "defaults\n  mode http\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n"
            "  retries 0\n  http-reuse always\n"
            "listen terminals\n  bind 127.0.0.1:{0}\n  {4}\n  server s 127.0.0.1:{1}\n"
            "listen admin\n  bind 127.0.0.1:{2}\n  {4}\n  server s 127.0.0.1:{3}\n",
            terminal_port_, terminals, admin_port_, admin, "http-request deny if { query -m sub hidden=1 }");
        std::FILE* out = std::fopen(file.c_str(), "w");
        std::fputs(config.c_str(), out);
        std::fclose(out);
        pid_ = fork();
        if (pid_ == 0) {
            execl("/usr/sbin/haproxy", "haproxy", "-q", "-db", "-f", file.c_str(), static_cast<char*>(nullptr));
            _exit(127);
        }
        for (int i = 0; i < 500 && !answers(); ++i) usleep(10'000);
    }
    ~Haproxy() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    Haproxy(const Haproxy&) = delete;
    Haproxy& operator=(const Haproxy&) = delete;
    std::uint16_t terminal_port() const { return terminal_port_; }
    std::uint16_t admin_port() const { return admin_port_; }

private:
    bool answers() const {
        try {
            return presensi::test::exchange(admin_port_, get_request("/healthz")).status == 200;
        } catch (const std::runtime_error&) {
            return false;
        }
    }
    std::uint16_t terminal_port_;
    std::uint16_t admin_port_;
    pid_t pid_ = -1;
};

bool has_punch_of_666(const std::filesystem::path& folder) {
    return !stored_texts(folder, "SELECT pin FROM punch WHERE pin = '666'").empty();
}

}  // namespace

TEST_CASE("T09 smuggling: each of the corpus is refused with one answer, and the connection ends") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {"TST1"}));
    check_refused<RawConnection>(app.terminal_port(), smuggling_corpus(upload_target, hidden_upload));
    check_refused<RawConnection>(app.admin_port(),
                                 smuggling_corpus("/api/v1/terminals/TST1/uploads?dry_run=1", hidden_question));
    CHECK_FALSE(has_punch_of_666(state.path()));
    CHECK(exchange(app.terminal_port(), hidden_upload).body == "OK: 1");  // by itself it is one
}

TEST_CASE("T09 smuggling: the same by TLS") {
    const TemporaryFolder state;
    const KeyPair pair = make_key_pair("gateway.example", std::chrono::hours(24 * 365));
    for (const auto& [name, text] : {std::pair("tls.crt", pair.certificate), std::pair("tls.key", pair.key)}) {
        std::FILE* out = std::fopen((state.path() / name).c_str(), "w");
        std::fputs(text.c_str(), out);
        std::fclose(out);
    }
    std::filesystem::permissions(state.path() / "tls.key", std::filesystem::perms::owner_read);
    auto settings = RunningApp::settings(state.path(), {"TST1"});
    settings.terminal_listener.tls = settings.admin_listener.tls = {state.path() / "tls.crt", state.path() / "tls.key"};
    RunningApp app(settings);
    check_refused<TlsConnection>(app.terminal_port(), smuggling_corpus(upload_target, hidden_upload));
    check_refused<TlsConnection>(app.admin_port(),
                                 smuggling_corpus("/api/v1/terminals/TST1/uploads?dry_run=1", hidden_question));
    CHECK_FALSE(has_punch_of_666(state.path()));
}

TEST_CASE("T09 a target in absolute form: on the admin listener only of the host that is asked") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {"TST1"}));
    const auto ask = [&](std::string_view target, std::string_view host) {
        return exchange(app.admin_port(),
                        fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", target, host))
            .status;
    };
    CHECK(ask("http://127.0.0.1/healthz", "127.0.0.1") == 200);
    CHECK(ask("HTTP://LOCALHOST:80/healthz", "localhost:80") == 200);
    CHECK(ask("http://evil.example/healthz", "127.0.0.1") == 400);
    CHECK(ask("http://127.0.0.1@evil.example/healthz", "127.0.0.1") == 400);
    CHECK(ask("http:///healthz", "127.0.0.1") == 400);
    CHECK(ask("ftp://127.0.0.1/healthz", "127.0.0.1") == 400);
    CHECK(ask("healthz", "127.0.0.1") == 400);
    CHECK(ask("*", "127.0.0.1") == 400);
    CHECK(ask("/healthz#x", "127.0.0.1") == 400);
    CHECK(ask("/healthz", "evil.example/x") == 400);
    CHECK(exchange(app.admin_port(), "GET /healthz HTTP/1.1\r\n\r\n").status == 400);
    CHECK(exchange(app.admin_port(), "GET /healthz HTTP/1.0\r\n\r\n").status == 200);
    // Terminals are told an address and repeat whatever they make of it (architecture 3.8).
    CHECK(exchange(app.terminal_port(), get_request("http://elsewhere.example:9/iclock/ping?SN=TST1")).body == "OK");
}

TEST_CASE("T09 smuggling behind HAProxy: no hidden request is ever answered or stored") {
    if (::access("/usr/sbin/haproxy", X_OK) != 0) {
        MESSAGE("SKIPPED: there is no /usr/sbin/haproxy; scripts/setup.sh test installs it");
        return;
    }
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {"TST1"}));
    const Haproxy proxy(state.path(), app.terminal_port(), app.admin_port());
    REQUIRE(exchange(proxy.terminal_port(), post_request(upload_target, "1\t2026-11-20 07:58:30\t0\t1\n")).body ==
            "OK: 1");
    const auto check = [](std::uint16_t port, const std::vector<Smuggled>& corpus) {
        std::size_t by_proxy = 0;
        std::size_t by_us = 0;
        for (const auto& c : corpus) {
            CAPTURE(c.name);
            // What the proxy sees as a request of its own it denies: whatever hidden one we answered, it did not see.
            RawConnection connection(port);
            connection.send(c.bytes);
            connection.end_of_sending();
            const std::string answer = connection.receive_to_end();
            CHECK(answer.find("alive") == std::string::npos);
            const bool is_ours = answer.find("content-length: ") != std::string::npos;  // its own pages write it large
            by_us += is_ours ? 1 : 0;
            by_proxy += is_ours ? 0 : 1;
        }
        MESSAGE(by_proxy << " of " << corpus.size() << " ended at the proxy, " << by_us << " reached us");
        CHECK(by_us > 0);  // so there was something to show
    };
    REQUIRE(exchange(proxy.terminal_port(), hidden_upload).status == 403);
    REQUIRE(exchange(proxy.admin_port(), hidden_question).status == 403);
    check(proxy.terminal_port(), smuggling_corpus(upload_target, hidden_upload));
    check(proxy.admin_port(), smuggling_corpus("/api/v1/terminals/TST1/uploads?dry_run=1", hidden_question));
    CHECK_FALSE(has_punch_of_666(state.path()));
    CHECK(exchange(proxy.terminal_port(), post_request(upload_target, "2\t2026-11-20 07:58:30\t0\t1\n")).body ==
          "OK: 1");
}
