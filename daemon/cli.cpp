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
    const auto* version = app.add_subcommand("version", "print the version");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return Exit{app.exit(error)};
    }
    if (*run) return Run{config, debug};
    if (*check) return CheckConfig{config};
    if (*migrate) return Migrate{config};
    if (*doctor) return Doctor{config, language == "en"};
    if (*version) return ShowVersion{};
    return Exit{1};
}

}  // namespace presensi::cli
