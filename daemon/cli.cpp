#include "daemon/cli.hpp"

#include <CLI/CLI.hpp>

#include <map>

namespace presensi::cli {

namespace {

usb::CsvColumns decode_columns(const std::vector<std::string>& words) {
    usb::CsvColumns columns;
    const std::map<std::string, std::string*> parts{{"pin", &columns.pin},          {"time", &columns.time},
                                                    {"date", &columns.date},        {"state", &columns.state},
                                                    {"verify", &columns.verify},    {"work_code", &columns.work_code},
                                                    {"terminal", &columns.terminal}};
    for (const auto& word : words) {
        const auto equals = word.find('=');
        const auto part = parts.find(word.substr(0, equals));
        if (part == parts.end() || equals == std::string::npos || equals + 1 == word.size()) {
            throw CLI::ValidationError("--column", word +
                                                       " is not one of pin, time, date, state, verify, work_code, "
                                                       "terminal with = and a column behind it");
        }
        *part->second = word.substr(equals + 1);
    }
    return columns;
}

}  // namespace

Action decode_arguments(int argc, char** argv) {
    CLI::App app{"presensid: collects every punch from every attendance terminal, exactly once"};
    app.require_subcommand(1);

    std::string config = default_config;
    bool debug = false;
    std::string language = "id";
    const auto with_config = [&](CLI::App* command) {
        command->add_option("--config", config, "configuration file")->capture_default_str();
        return command;
    };
    const auto* run = with_config(app.add_subcommand("run", "run the daemon"));
    app.get_subcommand("run")->add_flag("--debug", debug, "log one line per exchange");
    const auto* check =
        with_config(app.add_subcommand("check-config", "show every mistake in the configuration, or the settings"));
    const auto* migrate = with_config(app.add_subcommand("migrate", "bring the database schema up"));
    const auto* doctor = with_config(app.add_subcommand("doctor", "look for trouble and say what to do next"));
    app.get_subcommand("doctor")
        ->add_option("--lang", language, "language of the report")
        ->check(CLI::IsMember({"id", "en"}))
        ->capture_default_str();
    std::string serial;
    std::string address;
    std::string file;
    std::string comm_key_file;
    std::vector<std::string> files;
    auto* pull = with_config(app.add_subcommand("pull", "pull a terminal now, or a log on any network to a file"));
    auto* of_terminal = pull->add_option("--terminal", serial, "serial number of a terminal of the configuration");
    auto* of_address = pull->add_option("ADDRESS", address, "address[:port] of a terminal");
    auto* to_file = pull->add_option("--to", file, "the file to write");
    pull->add_option("--comm-key-file", comm_key_file, "file with the terminal's comm key")->needs(of_address);
    of_address->needs(to_file)->excludes(of_terminal);
    to_file->needs(of_address);
    std::string date_order;
    std::vector<std::string> columns;
    bool dry_run = false;
    bool confirmed = false;
    auto* import = with_config(app.add_subcommand("import", "take files of a USB stick or of 'pull --to' in"));
    import->add_option("--terminal", serial, "serial number of the terminal that they are of")->required();
    import->add_option("FILE", files, "the files")->required();
    import->add_option("--date-order", date_order, "how 05/06/2026 is read where a file does not tell")
        ->check(CLI::IsMember({"day_first", "month_first"}));
    import
        ->add_option("--column", columns, "which column of a table is what, by its name or its number from 1: pin=NIP")
        ->type_name("PART=COLUMN");
    import->add_flag("--dry-run", dry_run, "say what would be, change nothing");
    import->add_flag("--confirm", confirmed, "they are of this terminal, although they look like another's");
    auto* probe = app.add_subcommand("probe", "say what machine is at an address, and the lines to configure it");
    probe->add_option("ADDRESS", address, "address[:port]")->required();
    probe->add_option("--comm-key-file", comm_key_file, "file with the terminal's comm key");
    usb::Said said;
    const auto* version = app.add_subcommand("version", "print the version");

    try {
        app.parse(argc, argv);
        if (*pull && serial.empty() && address.empty()) {
            throw CLI::RequiredError("pull: --terminal SERIAL, or ADDRESS --to FILE,");
        }
        said.columns = decode_columns(columns);
    } catch (const CLI::ParseError& error) {
        return Exit{app.exit(error)};
    }
    if (*run) return Run{config, debug};
    if (*check) return CheckConfig{config};
    if (*migrate) return Migrate{config};
    if (*doctor) return Doctor{config, language == "en"};
    if (*pull) return Pull{config, serial, address, file, comm_key_file};
    if (date_order == "day_first") said.date_order = usb::DateOrder::day_first;
    if (date_order == "month_first") said.date_order = usb::DateOrder::month_first;
    if (*import) return Import{config, serial, {files.begin(), files.end()}, said, dry_run, confirmed};
    if (*probe) return Probe{address, comm_key_file};
    if (*version) return ShowVersion{};
    return Exit{1};
}

}  // namespace presensi::cli
