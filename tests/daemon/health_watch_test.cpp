// Alarms about this computer and what is set up on it: raised, and cleared when it is over.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>

#include "daemon/health_watch.hpp"
#include "daemon/run_mark.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t GiB = 1024ULL * 1024 * 1024;

struct Gateway {
    using FileTimeProbe = std::function<FileTime(const std::filesystem::path&)>;
    explicit Gateway(config::Settings wanted = {}, FileTimeProbe file_time = {}, HealthProbes probes = {})
        : settings(std::move(wanted)) {
        probes.disk_space = [this](const auto&) { return disk; };
        probes.descriptors = [this] { return descriptors; };
        if (file_time) probes.file_time = std::move(file_time);
        watch.emplace(
            settings, registry, alarms, [this] { return now; }, probes);
    }
    void look_later(std::chrono::milliseconds time = 2min) {
        now += time;
        watch->look();
    }
    // A look, and what the file system said to it.
    void look_for_backup(std::chrono::milliseconds time = 2min) {
        look_later(time);
        hear_of_backup();
    }
    void hear_of_backup() {
        const auto until = std::chrono::steady_clock::now() + 30s;
        while (watch->asks_for_backup() && std::chrono::steady_clock::now() < until) {
            std::this_thread::sleep_for(1ms);
            watch->look();
        }
        REQUIRE_FALSE(watch->asks_for_backup());
    }
    bool stands(const char* id, const std::string& terminal = {}) const { return alarms.stands(id, terminal); }
    std::string sentence(const char* id) const {
        for (const auto& alarm : alarms.list()) {
            if (alarm.id == id) return alarm.what.en;
        }
        return {};
    }

    config::Settings settings;
    Instant now = Instant(std::chrono::hours(24 * 365 * 50));
    std::optional<DiskSpace> disk = DiskSpace{50 * GiB, 100 * GiB};
    Descriptors descriptors{10, 1000};
    Alarms alarms;
    TerminalRegistry registry{settings, [this] { return now; }};
    std::optional<HealthWatch> watch;
};

}  // namespace

TEST_CASE("disk_short: less than a fifth, or less than 500 MiB") {
    Gateway gateway;
    gateway.look_later();
    CHECK_FALSE(gateway.stands("disk_short"));
    gateway.disk = DiskSpace{19 * GiB, 100 * GiB};
    gateway.look_later();
    CHECK(gateway.stands("disk_short"));
    CHECK(gateway.sentence("disk_short").find("19456 MiB left, 19 percent") != std::string::npos);
    gateway.disk = DiskSpace{GiB / 4, GiB};  // a quarter, but little
    gateway.look_later();
    CHECK(gateway.stands("disk_short"));
    gateway.disk = DiskSpace{20 * GiB, 100 * GiB};
    gateway.look_later();
    CHECK_FALSE(gateway.stands("disk_short"));
    gateway.disk.reset();  // nobody knows
    gateway.look_later();
    CHECK_FALSE(gateway.stands("disk_short"));
    CHECK(disk_space_of("/")->all_bytes > 0);
    CHECK_FALSE(disk_space_of("/no/such/folder"));
}

TEST_CASE("descriptors_short: four fifths are in use") {
    Gateway gateway;
    gateway.descriptors = {799, 1000};
    gateway.look_later();
    CHECK_FALSE(gateway.stands("descriptors_short"));
    gateway.descriptors = {800, 1000};
    gateway.look_later();
    CHECK(gateway.stands("descriptors_short"));
    gateway.descriptors = {10'000, 0};  // no limit
    gateway.look_later();
    CHECK_FALSE(gateway.stands("descriptors_short"));
    const auto before = descriptors_of_us();
    const int one_more = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(descriptors_of_us().open == before.open + 1);
    close(one_more);
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur != RLIM_INFINITY) CHECK(before.limit == limit.rlim_cur);
}

TEST_CASE("backup_old and backup_missing: only where a stamp is configured") {
    const TemporaryFolder folder;
    Gateway without;
    without.look_for_backup();
    CHECK_FALSE(without.stands("backup_missing"));

    config::Settings settings;
    settings.backup.stamp_file = folder.path() / "stamp";
    Gateway gateway(settings);
    gateway.look_for_backup();
    CHECK(gateway.stands("backup_missing"));
    write_file(settings.backup.stamp_file, "");
    gateway.now = system_now();
    gateway.look_for_backup(1h);
    CHECK_FALSE(gateway.stands("backup_missing"));
    CHECK_FALSE(gateway.stands("backup_old"));
    gateway.look_for_backup(24h);
    CHECK_FALSE(gateway.stands("backup_old"));
    gateway.look_for_backup(2h);
    CHECK(gateway.stands("backup_old"));
    std::filesystem::last_write_time(settings.backup.stamp_file, std::chrono::file_clock::from_sys(gateway.now));
    gateway.look_for_backup();
    CHECK_FALSE(gateway.stands("backup_old"));
}

TEST_CASE("a reload that takes backup.stamp_file away, or names another, ends the alarms of the backup") {
    const TemporaryFolder folder;
    config::Settings settings;
    settings.backup.stamp_file = folder.path() / "stamp";
    for (const bool another : {false, true}) {
        for (const char* alarm : {"backup_missing", "backup_old", "backup_unreadable"}) {
            CAPTURE(alarm);
            CAPTURE(another);
            FileTime said{{}, Instant(std::chrono::hours(1))};
            if (alarm == std::string("backup_missing"))
                said.error = std::make_error_code(std::errc::no_such_file_or_directory);
            if (alarm == std::string("backup_unreadable"))
                said.error = std::make_error_code(std::errc::permission_denied);
            Gateway gateway(settings, [said, now = Instant(24h * 365 * 50)](const auto& file) {
                return file.filename() == "stamp" ? said : FileTime{{}, now};
            });
            gateway.look_for_backup();
            REQUIRE(gateway.stands(alarm));
            gateway.settings.backup.stamp_file = another ? folder.path() / "new-stamp" : std::filesystem::path();
            gateway.look_for_backup();
            CHECK(gateway.alarms.list().empty());
        }
    }
}

TEST_CASE("backup_unreadable: a stamp that nobody lets us see is not one that is missing") {
    const TemporaryFolder folder;
    config::Settings settings;
    settings.backup.stamp_file = folder.path() / "stamp";
    std::filesystem::create_symlink("stamp", settings.backup.stamp_file);  // names itself
    Gateway circle(settings);
    circle.look_for_backup();
    CHECK(circle.stands("backup_unreadable"));
    CHECK_FALSE(circle.stands("backup_missing"));

    Gateway forbidden(settings, [](const auto&) {
        return FileTime{std::make_error_code(std::errc::permission_denied), {}};
    });
    forbidden.look_for_backup();
    CHECK_FALSE(forbidden.stands("backup_missing"));
    CHECK(forbidden.sentence("backup_unreadable").ends_with("a backup was made: permission denied"));
}

TEST_CASE("a stamp on a file system that hangs holds up nobody, and no answer is an alarm until there is one") {
    config::Settings settings;
    settings.backup.stamp_file = "/hangs/stamp";
    auto hangs = std::make_shared<std::promise<void>>();
    auto asked = std::make_shared<std::atomic<int>>(0);
    Gateway gateway(settings, [until = hangs->get_future().share(), asked](const auto&) {
        ++*asked;
        until.wait();
        return FileTime{{}, Instant(24h * 365 * 50)};
    });
    const auto began = std::chrono::steady_clock::now();
    gateway.look_later();
    CHECK(gateway.alarms.list().empty());
    for (int i = 0; i < 10; ++i) gateway.look_later();
    CHECK(std::chrono::steady_clock::now() - began < 30s);
    CHECK(gateway.sentence("backup_unreadable").ends_with("its file system does not answer"));
    hangs->set_value();
    gateway.hear_of_backup();
    CHECK(*asked == 1);  // however long it lasted, one thread
    CHECK(gateway.alarms.list().empty());
}

TEST_CASE("unknown_terminals: more strangers in ten minutes than an installation brings") {
    Gateway gateway;
    gateway.look_later();
    for (int i = 0; i < 20; ++i) gateway.registry.contact("NEW" + std::to_string(i), "10.0.0.1");
    gateway.look_later(5s);
    CHECK_FALSE(gateway.stands("unknown_terminals"));
    gateway.registry.contact("NEW20", "10.0.0.1");
    gateway.look_later(5s);
    CHECK(gateway.stands("unknown_terminals"));
    CHECK(gateway.sentence("unknown_terminals").starts_with("21 serial numbers"));
    for (int i = 0; i < 200; ++i) gateway.look_later(5s);
    CHECK_FALSE(gateway.stands("unknown_terminals"));
}

TEST_CASE("new_rejects ends after a day without new ones") {
    Gateway gateway;
    gateway.registry.contact("TST1", "10.0.0.1");
    Terminal* terminal = gateway.registry.find("TST1");
    terminal->rejects_at = gateway.now;
    terminal->rejects_lately = 3;
    gateway.alarms.raise("new_rejects", "TST1", gateway.now, {{"count", both("3")}});
    gateway.look_later(23h);
    CHECK(gateway.stands("new_rejects", "TST1"));
    gateway.look_later(1h);
    CHECK_FALSE(gateway.stands("new_rejects", "TST1"));
    CHECK(terminal->rejects_lately == 0);
}

TEST_CASE("firmware_vulnerable: by the table, of approved terminals, until it is renewed") {
    CHECK(find_vulnerable("ZAM170-NF-1.8.25-7354-Ver1.0.0") != nullptr);
    CHECK(find_vulnerable("Ver 6.60 Apr 28 2017") == nullptr);
    CHECK(find_vulnerable("") == nullptr);
    for (const auto& row : vulnerable_firmwares()) {
        CHECK_FALSE(row.begins_with.empty());
        CHECK(row.advisory.starts_with("CVE-"));
        CHECK(row.known_since.size() == 10);
    }
    Gateway gateway;
    gateway.registry.contact("TST1", "10.0.0.1");
    Terminal* terminal = gateway.registry.find("TST1");
    terminal->row.firmware = "ZAM170-NF-1.8.25-7354-Ver1.0.0";
    gateway.look_later();
    CHECK_FALSE(gateway.stands("firmware_vulnerable", "TST1"));
    terminal->row.state = storage::TerminalState::approved;
    gateway.look_later();
    CHECK(gateway.stands("firmware_vulnerable", "TST1"));
    terminal->row.firmware = "ZAM170-NF-1.9.1";
    gateway.look_later();
    CHECK_FALSE(gateway.stands("firmware_vulnerable", "TST1"));
}

TEST_CASE("comm_key_zero: one alarm for all terminals that are pulled without a key") {
    config::Settings settings;
    for (const char* key : {"", "0", "000", "4711"}) {
        config::TerminalSettings terminal;
        terminal.serial = "TST" + std::to_string(settings.terminals.size());
        terminal.pull.emplace();
        terminal.pull->comm_key = config::Secret(key);
        settings.terminals.push_back(terminal);
    }
    config::TerminalSettings pushes;
    pushes.serial = "TSTPUSH";
    settings.terminals.push_back(pushes);
    Gateway gateway(settings);
    gateway.registry.load({}, {});
    gateway.look_later();
    CHECK(gateway.stands("comm_key_zero"));
    CHECK(gateway.sentence("comm_key_zero").starts_with("3 terminals"));
    for (const char* serial : {"TST0", "TST1", "TST2"})
        gateway.registry.find(serial)->row.state = storage::TerminalState::suspended;
    gateway.look_later();
    CHECK_FALSE(gateway.stands("comm_key_zero"));
}

TEST_CASE("own_mistake: said for a day after the last one, not for those of before") {
    std::uint64_t made = 7;
    HealthProbes probes;
    probes.mistakes = [&] { return made; };
    Gateway gateway({}, {}, probes);
    gateway.look_later();
    CHECK_FALSE(gateway.stands("own_mistake"));
    ++made;
    gateway.look_later(1s);
    CHECK(gateway.stands("own_mistake"));
    const std::string first = gateway.sentence("own_mistake");
    gateway.look_later(23h);
    CHECK(gateway.sentence("own_mistake") == first);
    ++made;
    gateway.look_later(1s);
    CHECK(gateway.sentence("own_mistake") != first);
    gateway.look_later(23h);
    CHECK(gateway.stands("own_mistake"));
    gateway.look_later(1h);
    CHECK_FALSE(gateway.stands("own_mistake"));
}

TEST_CASE("unclean_stop: said for a day") {
    Gateway gateway;
    gateway.watch->note_unclean_stop();
    gateway.look_later(23h);
    CHECK(gateway.stands("unclean_stop"));
    gateway.look_later(1h);
    CHECK_FALSE(gateway.stands("unclean_stop"));
}

TEST_CASE("a run leaves its mark only if it was cut") {
    const TemporaryFolder folder;
    const auto file = folder.path() / RunMark::name;
    {
        RunMark mark(folder.path());
        CHECK_FALSE(mark.last_run_was_cut());
        mark.begin();
        CHECK(std::filesystem::exists(file));
        // Two daemons on one folder, where the store lets them: the second says nothing and harms nothing.
        RunMark second(folder.path());
        CHECK_FALSE(second.last_run_was_cut());
        second.begin();
        second.end();
        CHECK(std::filesystem::exists(file));
        mark.end();
    }
    CHECK_FALSE(std::filesystem::exists(file));
    { const RunMark failed_start(folder.path()); }
    CHECK_FALSE(std::filesystem::exists(file));
    {
        RunMark cut(folder.path());
        cut.begin();
    }
    {
        const RunMark failed_start(folder.path());
        CHECK(failed_start.last_run_was_cut());
    }
    CHECK(RunMark(folder.path()).last_run_was_cut());
    CHECK_FALSE(RunMark("/no/such/folder").last_run_was_cut());
}

TEST_CASE("F40: a certificate is warned of 30 days ahead, and with the days that are left") {
    Alarms alarms;
    const Instant now{std::chrono::hours(24 * 365 * 50)};
    const auto judge = [&](std::chrono::hours first, std::chrono::hours second = 24h * 365) {
        const CertificateEnd both_ends[]{{"a.pem", now + second}, {"b.pem", now + first}};
        judge_certificates(alarms, both_ends, now);
    };
    judge(24h * 31);
    CHECK(alarms.list().empty());
    for (const int days : {30, 7, 1}) {
        judge(24h * days);
        REQUIRE(alarms.list().size() == 1);
        CHECK(alarms.list()[0].what.en == "The certificate b.pem ends in " + std::to_string(days) + " days.");
        CHECK_FALSE(alarms.list()[0].urgent);
    }
    judge(-1h);
    REQUIRE(alarms.list().size() == 1);
    CHECK(alarms.list()[0].id == "certificate_ended");
    judge(24h * 365);
    CHECK(alarms.list().empty());
    judge(24h);
    judge_certificates(alarms, {}, now);  // TLS was switched off
    CHECK(alarms.list().empty());
}
