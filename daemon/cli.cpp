#include "daemon/cli.hpp"

#include <CLI/CLI.hpp>

namespace presensi::cli {

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
    bool dry_run = false;
    bool confirmed = false;
    auto* import = with_config(app.add_subcommand("import", "take files of a USB stick or of 'pull --to' in"));
    import->add_option("--terminal", serial, "serial number of the terminal that they are of")->required();
    import->add_option("FILE", files, "the files")->required();
    import->add_option("--date-order", date_order, "how 05/06/2026 is read where a file does not tell")
        ->check(CLI::IsMember({"day_first", "month_first"}));
    import->add_flag("--dry-run", dry_run, "say what would be, change nothing");
    import->add_flag("--confirm", confirmed, "they are of this terminal, although they look like another's");
    auto* probe = app.add_subcommand("probe", "say what machine is at an address, and the lines to configure it");
    probe->add_option("ADDRESS", address, "address[:port]")->required();
    probe->add_option("--comm-key-file", comm_key_file, "file with the terminal's comm key");
    const auto* version = app.add_subcommand("version", "print the version");

    try {
        app.parse(argc, argv);
        if (*pull && serial.empty() && address.empty()) {
            throw CLI::RequiredError("pull: --terminal SERIAL, or ADDRESS --to FILE,");
        }
    } catch (const CLI::ParseError& error) {
        return Exit{app.exit(error)};
    }
    if (*run) return Run{config, debug};
    if (*check) return CheckConfig{config};
    if (*migrate) return Migrate{config};
    if (*doctor) return Doctor{config, language == "en"};
    if (*pull) return Pull{config, serial, address, file, comm_key_file};
    if (*import) return Import{config, serial, {files.begin(), files.end()}, date_order, dry_run, confirmed};
    if (*probe) return Probe{address, comm_key_file};
    if (*version) return ShowVersion{};
    return Exit{1};
}

}  // namespace presensi::cli
