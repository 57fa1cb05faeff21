#pragma once
// The reference for every option: plain structs with the defaults in place (architecture 5.2). docs/configuration.md
// says the same in prose, and a test compares both with config/reference.yaml.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "attendance/organisation.hpp"
#include "config/network.hpp"
#include "config/secret.hpp"
#include "config/url.hpp"

namespace presensi::config {

enum class Backend { sqlite, postgres };
enum class UnknownTerminals { hold, approve };
enum class SendDate { automatic, always, never };  // "auto" in the file
enum class TerminalRole { apel, daily };
enum class TransFlag { text, digits };
enum class SecondApproval { off, suspicious, always };
enum class LogFormat { text, json };  // key=value, or one JSON object a line

// PEM files; both or neither.
struct TlsSettings {
    std::filesystem::path certificate;  // with the chain that leads to its issuer
    std::filesystem::path key;
    bool given() const { return !certificate.empty(); }
};

struct ListenerSettings {
    std::string address;     // an IP address
    std::uint16_t port = 0;  // 0: any free port, for tests
    TlsSettings tls{};       // not given: plain HTTP
};

struct StorageSettings {
    Backend backend = Backend::sqlite;
    std::filesystem::path sqlite_path = "presensi.db";  // relative to the state folder
    std::string postgres_url = "postgresql:///presensi";
    Secret postgres_password;  // read from password_file
    std::string postgres_owner_url;
    bool migrate = true;
};

struct LimitSettings {
    std::size_t connections = 16384;                               // open at once, on each listener
    std::size_t connections_per_address = 512;                     // of one peer address
    std::size_t header = std::size_t{8} * 1024;                    // bytes of request line and headers
    std::size_t body = std::size_t{16} * 1024 * 1024;              // bytes of one body
    std::size_t bodies_in_flight = std::size_t{64} * 1024 * 1024;  // bytes of all bodies that are being read or stored
    std::size_t line = std::size_t{64} * 1024;                     // bytes of one line of an upload
    std::size_t upload = std::size_t{64} * 1024 * 1024;            // bytes of one uploaded file
};

struct QuietHours {
    std::chrono::minutes from{};  // since local midnight
    std::chrono::minutes to{};
    bool operator==(const QuietHours&) const = default;
};

struct PullSettings {
    std::vector<Network> networks;  // only addresses in these are ever connected to
    std::vector<QuietHours> quiet;
    std::chrono::seconds every = std::chrono::hours(24 * 7);
};

// How a terminal that pushes is asked whether all of it is here (protocol-adms § 4.2, VERIFY SUM).
struct CompletenessSettings {
    std::chrono::seconds after_gap = std::chrono::minutes(10);  // a silence that is longer is asked about
    std::chrono::minutes nightly{90};                           // since local midnight
    std::size_t days = 3;                                       // that each night looks back; 0: none
};

// Where alarms are sent to, and how the receiver knows that it was us.
struct WebhookSettings {
    Url url;        // empty: none
    Secret secret;  // read from secret_file
};

// By a relay of this network, without log-in.
struct MailSettings {
    std::string relay = "localhost";
    std::uint16_t port = 25;
    std::string from = "presensid@localhost";
    std::vector<std::string> to;  // empty: none
};

// Asked again and again while intake works, so that somebody else notices when it does not.
struct HeartbeatSettings {
    Url url;  // empty: none
    std::chrono::seconds every = std::chrono::minutes(5);
};

struct AlarmSettings {
    std::vector<std::chrono::weekday> apel_days{std::chrono::Monday, std::chrono::Friday};
    std::chrono::minutes apel_deadline{12 * 60};  // since local midnight; by then apel terminals have delivered
    QuietHours working_hours{std::chrono::hours(7), std::chrono::hours(16)};  // Monday to Friday
    std::filesystem::path ca_file;  // whose certificates https targets may have; empty: those of the system
    WebhookSettings webhook;
    MailSettings mail;
    HeartbeatSettings heartbeat;
};

struct LogSettings {
    LogFormat format = LogFormat::text;
};

struct BackupSettings {
    std::filesystem::path stamp_file;  // touched by each backup that worked; empty: nobody says so
};

// Files that people bring.
struct UploadSettings {
    // Whether another person than the one who brings a file has to approve it first: never, where there is doubt, each.
    SecondApproval second_approval = SecondApproval::off;
};

enum class OutsideWindow { keep, refuse };

// The monthly duty of Perbup 32/2020 ps. 3(d).
struct PeriodSettings {
    std::size_t working_days = 3;                        // fewer of them from the 1st to the 5th: too few
    OutsideWindow outside_window = OutsideWindow::keep;  // files and submissions before or after it
};

struct TerminalPullSettings {
    std::string address;
    std::uint16_t port = 4370;
    Secret comm_key;  // read from comm_key_file
    std::optional<std::chrono::seconds> every;
    bool disable_while_reading = false;  // nobody can punch meanwhile; for boards that spoil a read otherwise
};

struct TerminalSettings {
    std::string serial;
    std::string name;  // empty: not given
    std::optional<std::string> unit;
    std::optional<std::string> time_zone;  // not given: the global one
    TerminalRole role = TerminalRole::daily;
    bool portable = false;
    std::vector<Network> networks;  // who may speak for it; empty: any
    TransFlag trans_flag = TransFlag::text;
    Secret push_key;     // read from push_key_file; what it shows at its handshake (pushcommkey)
    Secret path_secret;  // read from path_secret_file; stands before /iclock in its server address
    std::optional<TerminalPullSettings> pull;
};

struct Settings {
    std::filesystem::path file;          // the configuration file
    std::filesystem::path state_folder;  // $STATE_DIRECTORY, else the folder of the file
    std::string time_zone = "Asia/Makassar";
    StorageSettings storage;
    ListenerSettings terminal_listener{"0.0.0.0", 8081};
    ListenerSettings admin_listener{"127.0.0.1", 8080};
    UnknownTerminals unknown_terminals = UnknownTerminals::hold;
    SendDate send_date = SendDate::automatic;
    LimitSettings limits;
    PullSettings pull;
    CompletenessSettings completeness;
    AlarmSettings alarms;
    LogSettings log;
    BackupSettings backup;
    UploadSettings uploads;
    PeriodSettings periods;
    std::optional<std::filesystem::path> units_file;
    attendance::Organisation organisation;  // what units_file says
    std::vector<TerminalSettings> terminals;

    std::filesystem::path database_path() const { return state_folder / storage.sqlite_path; }
};

}  // namespace presensi::config
