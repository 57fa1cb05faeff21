// `presensid import` as a clerk uses it: several files, tables, and what is refused.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <memory>

#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi::test;

namespace {

class Desk {
public:
    explicit Desk(const std::string& more = {}) {
        write_file(config(), fmt::format("terminal_listener: {{ address: 127.0.0.1, port: 0 }}\n"
                                         "admin_listener: {{ port: {} }}\n{}terminals: [{{ serial: TST7240100001 }}]\n",
                                         steady_port(), more));
    }
    std::string file(const std::string& name, const std::string& bytes) const {
        write_file(folder() / name, bytes);
        return (folder() / name).string();
    }
    CommandResult import(std::vector<std::string> words) const {
        words.insert(words.begin(), {"import", "--config", config().string(), "--terminal", "TST7240100001"});
        return run_presensid(words);
    }
    std::filesystem::path config() const { return folder() / "p.yaml"; }
    const std::filesystem::path& folder() const { return folder_.path(); }

private:
    TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("import: tables with said columns, several files and one of them wrong, by the daemon and without one") {
    const Desk desk;
    const auto table =
        desk.file("rekap 1.csv", "No Pegawai;Tgl;Jam\n501;20/11/2026;07:58:03\n502;20/11/2026;07:58:04\n");
    const auto wrong = desk.file("wrong.zip", "PK\x03\x04 an archive");
    const auto attlog = desk.file("1_attlog.dat", "7\t2026-11-20 07:00:00\t1\t0\t1\t0\r\n");
    for (const bool beside_daemon : {false, true}) {
        CAPTURE(beside_daemon);
        std::unique_ptr<DaemonProcess> daemon;
        if (beside_daemon) daemon = std::make_unique<DaemonProcess>(desk.config(), desk.folder());
        const std::string counts = beside_daemon ? "0 new, 2 known" : "2 new, 0 known";
        const auto tables =
            desk.import({"--column", "pin=No Pegawai", "--column", "date=Tgl", "--column", "time=3", table});
        CAPTURE(tables.output);
        CHECK(tables.code == 0);
        CHECK(tables.output.find(counts) != std::string::npos);
        CHECK(tables.output.find("2 PINs are nobody's yet") != std::string::npos);
        const auto several = desk.import({wrong, attlog});
        CAPTURE(several.output);
        CHECK(several.code == 1);
        CHECK(several.output.find("an archive") != std::string::npos);
        CHECK(several.output.find("1 records from 2026-11-20T07:00:00") != std::string::npos);
        // Progress where nobody looks is a line, not a bar.
        CHECK(several.output.find("1_attlog.dat") != std::string::npos);
        CHECK(several.output.find('\r') == std::string::npos);
        CHECK(desk.import({"--column", "pin", table}).code != 0);
        CHECK(desk.import({"--column", "name=x", table}).code != 0);
        CHECK(desk.import({(desk.folder() / "absent").string()}).code == 1);
    }
    CHECK(count_rows(desk.folder(), "punch") == 3);
}

TEST_CASE("import: a file that has to wait says so, by the daemon and without one") {
    const Desk desk("uploads: { second_approval: always }\n");
    const auto attlog = desk.file("1_attlog.dat", "7\t2026-11-20 07:00:00\t1\t0\t1\t0\r\n");
    for (const bool beside_daemon : {false, true}) {
        CAPTURE(beside_daemon);
        std::unique_ptr<DaemonProcess> daemon;
        if (beside_daemon) daemon = std::make_unique<DaemonProcess>(desk.config(), desk.folder());
        const auto waits = desk.import({attlog});
        CAPTURE(waits.output);
        CHECK(waits.code == 0);
        CHECK(waits.output.find("until a second person approves upload 1:") != std::string::npos);
    }
    CHECK(count_rows(desk.folder(), "punch") == 0);
    CHECK(count_rows(desk.folder(), "upload WHERE state = 'waiting'") == 1);
}
