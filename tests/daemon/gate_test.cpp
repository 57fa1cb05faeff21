// Who asks: tokens, passwords, and what holds while the store is away.
#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>
#include <sodium.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <set>

#include "daemon/access/gate.hpp"
#include "daemon/access/holders.hpp"
#include "storage/store.hpp"
#include "storage/store_error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace std::chrono_literals;
using access::Gate;
namespace asio = boost::asio;
using access::Viewer;

namespace {

const Instant start = Instant(std::chrono::hours(24 * 20'000));

std::string basic(const std::string& name, const std::string& password) {
    const std::string pair = name + ":" + password;
    std::string text(sodium_base64_ENCODED_LEN(pair.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(pair.data()), pair.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();
    return "Basic " + text;
}

// A gate on a store of its own, whose passwords are verified by a comparison that is counted.
class TestedGate {
public:
    TestedGate() { gate_.load(*database_); }

    Gate::Verdict ask(const std::string& authorization, const std::string& peer = "10.20.0.1") {
        std::optional<Gate::Verdict> verdict;
        asio::co_spawn(io_, keep(authorization, peer, verdict), asio::detached);
        io_.run();
        io_.restart();
        return verdict.value();
    }
    // Several at once.
    std::vector<Gate::Verdict> ask_all(const std::vector<std::string>& authorizations) {
        std::vector<std::optional<Gate::Verdict>> verdicts(authorizations.size());
        for (std::size_t i = 0; i < authorizations.size(); ++i) {
            asio::co_spawn(io_, keep(authorizations[i], "10.20.0.1", verdicts[i]), asio::detached);
        }
        io_.run();
        io_.restart();
        std::vector<Gate::Verdict> all;
        for (const auto& verdict : verdicts) all.push_back(verdict.value());
        return all;
    }
    using LogIn = std::variant<Gate::LoggedIn, Gate::Refusal>;
    LogIn log_in(const std::string& name, const std::string& password, const std::string& peer = "10.20.0.1") {
        std::optional<LogIn> outcome;
        asio::co_spawn(io_, keep(name, password, peer, outcome), asio::detached);
        io_.run();
        io_.restart();
        return std::move(outcome.value());
    }
    unsigned status_of_log_in(const std::string& name, const std::string& password) {
        const auto outcome = log_in(name, password);
        const auto* refusal = std::get_if<Gate::Refusal>(&outcome);
        return refusal == nullptr ? 200 : refusal->status;
    }
    std::optional<Viewer> by_session(const std::string& session) {
        std::optional<Gate::Verdict> verdict;
        asio::co_spawn(io_, keep("", "10.20.0.1", verdict, session), asio::detached);
        io_.run();
        io_.restart();
        const auto* viewer = std::get_if<Viewer>(&verdict.value());
        return viewer == nullptr ? std::nullopt : std::optional(*viewer);
    }
    void refresh() {
        asio::co_spawn(io_, look(), asio::detached);
        io_.run();
        io_.restart();
    }
    unsigned status(const std::string& authorization, const std::string& peer = "10.20.0.1") {
        const auto verdict = ask(authorization, peer);
        const auto* refusal = std::get_if<Gate::Refusal>(&verdict);
        return refusal == nullptr ? 200 : refusal->status;
    }
    // As another process does it: the gate hears of it only by the store.
    access::Outcome add_account(const std::string& name, const std::string& password, const char* role = "reader",
                                const std::vector<std::string>& units = {}) {
        access::NewAccount account;
        account.name = name;
        account.password_hash = "made-up:" + password;
        account.role = role;
        account.units = units;
        account.mandate_number = "1";
        account.mandate_date = "2026-10-01";
        account.mandate_signer = "Kepala Dinas Contoh";
        return access::create_account(*database_, account, author());
    }
    access::Outcome add_token(const std::string& name, std::chrono::seconds valid = 24h, const char* role = "reader",
                              const std::vector<std::string>& units = {}) {
        return access::create_token(*database_, {name, role, units, valid}, author());
    }
    access::Author author() const { return {"command line:test", now_}; }
    storage::Database& database() { return *database_; }
    Gate& gate() { return gate_; }
    std::atomic<bool> available{true};
    Instant now_ = start;
    std::vector<std::string> verified() {
        const std::lock_guard lock(mutex_);
        return verified_;
    }

private:
    using Kept = std::optional<Gate::Verdict>;
    asio::awaitable<void> keep(std::string authorization, std::string peer, Kept& kept, std::string session = {}) {
        Gate::Verdict verdict = co_await gate_.ask(std::move(authorization), std::move(peer), std::move(session));
        kept = std::move(verdict);
    }
    asio::awaitable<void> keep(std::string name, std::string password, std::string peer, std::optional<LogIn>& kept) {
        LogIn outcome = co_await gate_.log_in(std::move(name), std::move(password), std::move(peer));
        kept = std::move(outcome);
    }
    asio::awaitable<void> look() { co_await gate_.refresh(10s); }
    bool verify(const std::string& hash, const std::string& password) {
        const std::lock_guard lock(mutex_);
        verified_.push_back(hash);
        return hash == "made-up:" + password;
    }

    test::TemporaryFolder folder_;
    std::unique_ptr<storage::Store> store_ = storage::open_sqlite({.path = folder_.path() / "presensi.db"});
    std::unique_ptr<storage::Database> database_ = store_->open_database();
    asio::io_context io_{1};
    StoreWorker worker_{io_, *store_, {}};
    std::mutex mutex_;
    std::vector<std::string> verified_;
    Gate gate_{io_, worker_, [this] { return available.load(); }, [this] { return now_; },
               [this](const std::string& hash, const std::string& password) { return verify(hash, password); }};
};

std::string sentence_of(const Gate::Verdict& verdict) { return std::get<Gate::Refusal>(verdict).sentence; }

}  // namespace

TEST_CASE("gate: open until the first account or token, and never again") {
    TestedGate tested;
    const auto first = tested.ask("");
    CHECK(std::get<Viewer>(first).name == "anonymous@10.20.0.1");
    CHECK(std::get<Viewer>(first).role == access::Role::super_admin);
    CHECK(tested.status(basic("anybody", "anything")) == 200);
    CHECK(tested.gate().is_open());

    const auto token = tested.add_token("sikep");
    CHECK(tested.status("") == 401);
    CHECK_FALSE(tested.gate().is_open());
    CHECK(tested.status("Bearer " + token.token) == 200);
    CHECK(access::revoke_token(tested.database(), "sikep", tested.author()).kind == access::Outcome::Kind::done);
    CHECK(tested.status("") == 401);
    CHECK(tested.status("Bearer " + token.token) == 401);
    CHECK_FALSE(tested.gate().is_open());
}

TEST_CASE("gate: a token is who it was made for, until it ends") {
    TestedGate tested;
    const auto whole = tested.add_token("sikep", 24h);
    const auto narrow = tested.add_token("dinas", 24h, "admin", {"dinas-b", "dinas-a", "dinas-b"});
    const auto viewer = std::get<Viewer>(tested.ask("bearer   " + whole.token));
    CHECK(viewer.name == "token:sikep");
    CHECK(viewer.role == access::Role::reader);
    CHECK(viewer.sees_all());
    CHECK(std::get<Viewer>(tested.ask("Bearer " + narrow.token)).units ==
          std::vector<std::string>{"dinas-a", "dinas-b"});

    std::string other = whole.token;
    other.back() = other.back() == 'A' ? 'B' : 'A';
    for (const std::string& wrong : {"Bearer " + other, std::string("Bearer "), "Token " + whole.token, whole.token,
                                     std::string("Basic x"), std::string("Basic eA=="), std::string(" ")}) {
        CAPTURE(wrong);
        CHECK(tested.status(wrong) == 401);
    }
    tested.now_ = start + 24h - 1ms;
    CHECK(tested.status("Bearer " + whole.token) == 200);
    tested.now_ = start + 24h;
    CHECK(sentence_of(tested.ask("Bearer " + whole.token)).find("expired") != std::string::npos);
}

TEST_CASE("gate: an admin or assistant without a unit is not made, and would see nothing") {
    TestedGate tested;
    for (const char* role : {"admin", "assistant"}) {
        CHECK(tested.add_token("x", 24h, role).kind == access::Outcome::Kind::faulty);
        Viewer viewer;
        viewer.role = *access::role(role);
        CHECK_FALSE(viewer.sees_all());
    }
    const struct {
        const char* name;
        const char* token;
        const char* role;
        std::vector<std::string> units;
        std::chrono::seconds valid;
    } faulty[] = {
        {"a super-admin of a unit", "x", "super-admin", {"dinas-a"}, 24h},
        {"no role", "x", "boss", {}, 24h},
        {"capitals", "X", "reader", {}, 24h},
        {"a colon", "a:b", "reader", {}, 24h},
        {"a sign in front", "-a", "reader", {}, 24h},
        {"no name", "", "reader", {}, 24h},
        {"a long name", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "reader", {}, 24h},
        {"no unit's code", "x", "reader", {"Dinas A"}, 24h},
        {"for ever", "x", "reader", {}, 24h * 10'000},
        {"for no time", "x", "reader", {}, 0s},
    };
    for (const auto& c : faulty) {
        CAPTURE(c.name);
        const auto outcome = tested.add_token(c.token, c.valid, c.role, c.units);
        CHECK(outcome.kind == access::Outcome::Kind::faulty);
        CHECK(outcome.sentence.size() > 15);
        CHECK(outcome.token.empty());
    }
    CHECK(tested.gate().is_open());
    // Where units are known, a misspelt one is found.
    tested.database().execute(
        "INSERT INTO unit (code, name, kind, parent, aliases, valid_from, merged_into, source) VALUES ('dinas-a',"
        " 'Dinas A', 'dinas', '', '[]', '2020-05-04', '', 'made up')");
    CHECK(tested.add_token("x", 24h, "admin", {"dinas-aa"}).kind == access::Outcome::Kind::faulty);
    CHECK(tested.add_token("x", 24h, "admin", {"dinas-a"}).kind == access::Outcome::Kind::done);
    CHECK(tested.add_token("x", 24h, "admin", {"dinas-a"}).kind == access::Outcome::Kind::taken);
}

TEST_CASE("gate: a password is verified once in ten minutes, and what changes holds at once") {
    TestedGate tested;
    tested.add_account("adi", "kata sandi contoh", "admin", {"dinas-a"});
    const auto header = basic("adi", "kata sandi contoh");
    const auto viewer = std::get<Viewer>(tested.ask(header));
    CHECK(viewer.name == "account:adi");
    CHECK(viewer.units == std::vector<std::string>{"dinas-a"});
    CHECK(tested.status(header) == 200);
    CHECK(tested.status(header, "10.20.0.2") == 200);
    CHECK(tested.verified().size() == 1);
    tested.now_ += 10min;
    CHECK(tested.status(header) == 200);
    CHECK(tested.verified().size() == 2);

    access::change_password(tested.database(), "adi", "made-up:kata sandi lain", tested.author());
    CHECK(tested.status(header) == 401);
    tested.now_ += 1s;
    CHECK(tested.status(basic("adi", "kata sandi lain")) == 200);
    access::revoke_account(tested.database(), "adi", tested.author());
    CHECK(tested.status(basic("adi", "kata sandi lain")) == 401);
}

TEST_CASE("gate: several requests at once verify one password once") {
    TestedGate tested;
    tested.add_account("adi", "kata sandi contoh");
    const std::vector<std::string> same(20, basic("adi", "kata sandi contoh"));
    for (const auto& verdict : tested.ask_all(same)) CHECK(std::holds_alternative<Viewer>(verdict));
    CHECK(tested.verified().size() == 1);
    // Of many guesses at once one is tried, the others wait.
    std::vector<std::string> guesses;
    for (int i = 0; i < 20; ++i) guesses.push_back(basic("adi", fmt::format("tebakan nomor {}", i)));
    for (const auto& verdict : tested.ask_all(guesses)) CHECK(std::holds_alternative<Gate::Refusal>(verdict));
    CHECK(tested.verified().size() == 2);
}

TEST_CASE("gate: an unknown name costs a verification and hears the same as a known one") {
    TestedGate tested;
    tested.add_account("adi", "kata sandi contoh");
    tested.add_account("lama", "kata sandi contoh");
    access::revoke_account(tested.database(), "lama", tested.author());
    std::set<std::string> sentences;
    for (const char* name : {"adi", "nobody", "lama", ""}) {
        CAPTURE(name);
        const std::size_t before = tested.verified().size();
        sentences.insert(sentence_of(tested.ask(basic(name, "tebakan pertama"))));
        CHECK(tested.verified().size() == before + 1);
        // And so do the waits behind it.
        const auto again = tested.ask(basic(name, "tebakan kedua"));
        CHECK(std::get<Gate::Refusal>(again).status == 429);
        CHECK(std::get<Gate::Refusal>(again).retry_after == 1s);
        CHECK(tested.verified().size() == before + 1);
    }
    CHECK(sentences.size() == 1);
    const auto verified = tested.verified();
    CHECK(verified.front() == "made-up:kata sandi contoh");
    for (std::size_t i = 1; i < verified.size(); ++i) CHECK(verified[i] == access::nobodys_hash);
}

TEST_CASE("gate: 10,000 guesses in a minute are at most ten verifications, and the right password still gets in") {
    TestedGate tested;
    tested.add_account("adi", "kata sandi contoh");
    CHECK(tested.status(basic("adi", "kata sandi contoh")) == 200);
    tested.now_ += 11min;
    const std::size_t before = tested.verified().size();
    tested.available = false;  // nothing changes: spares 10,000 looks
    for (int i = 0; i < 10'000; ++i) {
        tested.now_ += 5ms;
        const auto peer = fmt::format("198.51.{}.{}", i / 250, i % 250);
        const unsigned status = tested.status(basic("adi", fmt::format("tebakan nomor {}", i)), peer);
        CHECK((status == 401 || status == 429));
    }
    CHECK(tested.verified().size() - before <= 9);
    CHECK(tested.status(basic("adi", "kata sandi contoh")) == 200);
    CHECK(tested.verified().size() - before <= 10);
}

TEST_CASE("gate: while the store is away, those known count, and nobody else") {
    TestedGate tested;
    const auto token = tested.add_token("sikep");
    tested.add_account("adi", "kata sandi contoh");
    CHECK(tested.status("Bearer " + token.token) == 200);
    tested.available = false;
    const auto later = tested.add_token("later");
    CHECK(tested.status("Bearer " + token.token) == 200);
    CHECK(tested.status(basic("adi", "kata sandi contoh")) == 200);
    CHECK(tested.status("Bearer " + later.token) == 401);
    CHECK(tested.status("") == 401);
    tested.available = true;
    CHECK(tested.status("Bearer " + later.token) == 200);
}

TEST_CASE("gate: a change that fails leaves neither an account nor its audit row") {
    TestedGate tested;
    tested.database().execute("CREATE TRIGGER no_audit BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END");
    CHECK_THROWS(tested.add_account("adi", "kata sandi contoh"));
    CHECK_THROWS(tested.add_token("sikep"));
    CHECK(tested.database().query("SELECT name FROM account").empty());
    CHECK(tested.database().query("SELECT name FROM token").empty());
    CHECK(tested.status("") == 200);
    tested.database().execute("DROP TRIGGER no_audit");
    tested.add_account("adi", "kata sandi contoh");
    const auto audit = tested.database().query("SELECT actor, action, subject, detail FROM audit");
    REQUIRE(audit.size() == 1);
    CHECK(audit[0].text(0) == "command line:test");
    CHECK(audit[0].text(1) == "account.create");
    CHECK(audit[0].text(2) == "adi");
    CHECK(audit[0].text(3).find("password") == std::string::npos);
}

TEST_CASE("gate: a session is who logged in, until it ends") {
    TestedGate tested;
    CHECK(tested.status_of_log_in("rina", "kata sandi contoh") == 409);  // nobody has an account
    tested.add_account("rina", "kata sandi contoh", "admin", {"dinas-a"});
    auto outcome = tested.log_in("rina", "kata sandi contoh");
    const auto in = std::get<Gate::LoggedIn>(outcome);
    CHECK(in.name == "rina");
    CHECK(in.viewer.role == access::Role::admin);
    CHECK(in.expires_at == start + 12h);
    const auto viewer = tested.by_session(in.session);
    REQUIRE(viewer);
    CHECK(viewer->name == "account:rina");
    CHECK(viewer->units == std::vector<std::string>{"dinas-a"});
    CHECK(tested.gate().again(*viewer));
    CHECK_FALSE(tested.by_session("guessed"));
    CHECK_FALSE(tested.by_session(access::hash_token(in.session)));

    tested.now_ += 29min;
    CHECK(tested.by_session(in.session));
    tested.now_ += 29min;
    CHECK(tested.by_session(in.session));
    tested.now_ += 30min;
    CHECK_FALSE(tested.gate().again(*viewer));
    CHECK_FALSE(tested.by_session(in.session));

    const auto again = std::get<Gate::LoggedIn>(tested.log_in("rina", "kata sandi contoh"));
    CHECK(tested.by_session(again.session));
    tested.gate().log_out(again.session);
    CHECK_FALSE(tested.by_session(again.session));
}

TEST_CASE("gate: a session ends with its account and with its password, whoever changes them") {
    TestedGate tested;
    tested.add_account("rina", "kata sandi contoh", "super-admin");
    tested.add_account("adi", "kata sandi contoh");
    const auto of_rina = std::get<Gate::LoggedIn>(tested.log_in("rina", "kata sandi contoh"));
    const auto of_adi = std::get<Gate::LoggedIn>(tested.log_in("adi", "kata sandi contoh"));
    const auto rina = tested.by_session(of_rina.session);
    const auto adi = tested.by_session(of_adi.session);
    REQUIRE(rina);
    REQUIRE(adi);
    access::change_password(tested.database(), "rina", "made-up:yang lain sekali", tested.author());
    access::revoke_account(tested.database(), "adi", tested.author());
    tested.refresh();
    CHECK_FALSE(tested.gate().again(*rina));
    CHECK_FALSE(tested.gate().again(*adi));
    CHECK_FALSE(tested.by_session(of_rina.session));
    CHECK_FALSE(tested.by_session(of_adi.session));
    CHECK(tested.status_of_log_in("adi", "kata sandi contoh") == 401);
    tested.now_ += 1min;
    CHECK(tested.status_of_log_in("rina", "yang lain sekali") == 200);
}

TEST_CASE("gate: a log-in waits after a wrong password, as every other try does") {
    TestedGate tested;
    tested.add_account("rina", "kata sandi contoh");
    CHECK(tested.status_of_log_in("rina", "tebakan pertama") == 401);
    CHECK(tested.status_of_log_in("rina", "kata sandi contoh") == 429);
    CHECK(tested.status(basic("rina", "kata sandi contoh")) == 429);
    tested.now_ += 1s;
    CHECK(tested.status(basic("rina", "tebakan kedua")) == 401);
    CHECK(tested.status_of_log_in("rina", "kata sandi contoh") == 429);
    tested.now_ += 2s;
    CHECK(tested.status_of_log_in("rina", "kata sandi contoh") == 200);
    const auto verified = tested.verified().size();
    CHECK(tested.status_of_log_in(std::string(65, 'r'), "kata sandi contoh") == 401);
    CHECK(tested.status_of_log_in("rina", std::string(257, 'k')) == 401);
    CHECK(tested.verified().size() == verified);
}

TEST_CASE("gate: whether who was let in is in still") {
    TestedGate tested;
    const auto anonymous = std::get<Viewer>(tested.ask(""));
    CHECK(tested.gate().again(anonymous));
    tested.add_account("rina", "kata sandi contoh");
    const auto token = tested.add_token("sikep", 1h);
    const auto program = std::get<Viewer>(tested.ask("Bearer " + token.token));
    const auto person = std::get<Viewer>(tested.ask(basic("rina", "kata sandi contoh")));
    CHECK_FALSE(tested.gate().again(anonymous));
    CHECK(tested.gate().again(program));
    CHECK(tested.gate().again(person));
    tested.now_ += 1h;
    CHECK_FALSE(tested.gate().again(program));
    access::change_password(tested.database(), "rina", "made-up:yang lain sekali", tested.author());
    tested.refresh();
    CHECK_FALSE(tested.gate().again(person));
}
