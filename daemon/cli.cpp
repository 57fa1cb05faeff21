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
    bool quiet = false;
    app.get_subcommand("check-config")->add_flag("--quiet", quiet, "show mistakes only");
    const auto* migrate = with_config(app.add_subcommand("migrate", "bring the database schema up"));
    auto* doctor = with_config(app.add_subcommand("doctor", "look for trouble and say what to do next"));
    doctor->add_option("--lang", language, "language of the report")
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
    std::string token_file;
    const auto with_token = [&](CLI::App* command) {
        command->add_option("--token-file", token_file,
                            "file with a token for the running daemon; without it PRESENSI_TOKEN");
    };
    with_token(doctor);
    with_token(pull);
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
    with_token(import);
    Account account;
    Token token;
    auto* accounts = app.add_subcommand("account", "people who may use the admin listener")->require_subcommand(1);
    auto* tokens = app.add_subcommand("token", "programs that may use the admin listener")->require_subcommand(1);
    const std::vector<std::string> roles{"super-admin", "admin", "assistant", "reader"};
    const auto with_name = [&](CLI::App* command, std::string& name) {
        with_config(command)->add_option("NAME", name, "small letters, digits, '.', '_' and '-'")->required();
        return command;
    };
    const auto with_rights = [&](CLI::App* command, std::string& role, std::vector<std::string>& units) {
        command->add_option("--role", role, "what it may do")->required()->check(CLI::IsMember(roles));
        command->add_option("--unit", units, "code of a unit it is for; may be given again; without: all")
            ->take_all()
            ->expected(1);
    };
    auto* account_create = with_name(accounts->add_subcommand("create", "give an account"), account.words.name);
    with_rights(account_create, account.words.role, account.words.units);
    account_create->add_option("--person", account.words.person, "uuid of the person it is for");
    account_create->add_option("--mandate-number", account.words.mandate_number, "number of the mandate");
    account_create->add_option("--mandate-date", account.words.mandate_date, "its date, 2026-10-01");
    account_create->add_option("--mandate-signer", account.words.mandate_signer, "who signed it");
    account_create->add_option("--password-file", account.words.password_file,
                               "file with the password on its first line; without it you are asked");
    const auto* account_list = with_config(accounts->add_subcommand("list", "list accounts"));
    const auto* account_revoke =
        with_name(accounts->add_subcommand("revoke", "take an account away for ever"), account.words.name);
    auto* token_create =
        with_name(tokens->add_subcommand("create", "give a token; it is shown once"), token.words.name);
    with_rights(token_create, token.words.role, token.words.units);
    token.words.expires = "365d";
    token_create->add_option("--expires", token.words.expires, "how long it holds")->capture_default_str();
    const auto* token_list = with_config(tokens->add_subcommand("list", "list tokens"));
    const auto* token_revoke =
        with_name(tokens->add_subcommand("revoke", "take a token away for ever"), token.words.name);
    auto* probe = app.add_subcommand("probe", "say what machine is at an address, and the lines to configure it");
    probe->add_option("ADDRESS", address, "address[:port]")->required();
    probe->add_option("--comm-key-file", comm_key_file, "file with the terminal's comm key");
    CardWords card_words;
    auto* card =
        with_config(app.add_subcommand("card", "a page to print: how to connect a terminal, and a QR code for it"));
    card->add_option("SERIAL", card_words.serial, "serial number of the terminal")->required();
    card->add_option("--address", card_words.address,
                     "where terminals reach this computer; without it it is found out");
    card->add_option("--to", card_words.file, "the file to write; without it standard output");
    card->add_option("--lang", language, "its language")->check(CLI::IsMember({"id", "en"}))->capture_default_str();
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
    if (*check) return CheckConfig{config, quiet};
    if (*migrate) return Migrate{config};
    if (*doctor) return Doctor{config, language == "en", token_file};
    if (date_order == "day_first") said.date_order = usb::DateOrder::day_first;
    if (date_order == "month_first") said.date_order = usb::DateOrder::month_first;
    if (*pull) return Pull{config, serial, address, file, comm_key_file, token_file};
    if (*import) return Import{config, serial, {files.begin(), files.end()}, said, dry_run, confirmed, token_file};
    account.config = token.config = config;
    if (*accounts) {
        if (*account_create) account.what = Account::What::create;
        if (*account_revoke) account.what = Account::What::revoke;
        if (*account_list) account.what = Account::What::list;
        return account;
    }
    if (*tokens) {
        if (*token_create) token.what = Account::What::create;
        if (*token_revoke) token.what = Account::What::revoke;
        if (*token_list) token.what = Account::What::list;
        return token;
    }
    if (*probe) return Probe{address, comm_key_file};
    card_words.english = language == "en";
    if (*card) return PrintCard{config, card_words};
    if (*version) return ShowVersion{};
    return Exit{1};
}

}  // namespace presensi::cli
