// Arguments -> action -> exit code; the only catch-all.

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>

#include "config/load.hpp"
#include "daemon/access/command.hpp"
#include "daemon/app.hpp"
#include "daemon/card.hpp"
#include "daemon/cli.hpp"
#include "daemon/doctor/doctor.hpp"
#include "daemon/http/identity.hpp"
#include "daemon/installed.hpp"
#include "daemon/log.hpp"
#include "daemon/open_store.hpp"
#include "daemon/pull/command.hpp"

namespace presensi {
namespace {

constexpr auto last_words = std::chrono::seconds(1);

config::LoadResult read_settings(const std::filesystem::path& file, const config::TlsCheck& tls_check = {}) {
    const ServiceFolders folders = service_folders(file);
    return config::load_settings(file, folders.state, folders.credentials, tls_check);
}

// Every mistake at once, on standard error.
std::optional<config::Settings> load(const std::filesystem::path& file, const config::TlsCheck& tls_check = {}) {
    auto result = read_settings(file, tls_check);
    for (const auto& error : result.errors) fmt::print(stderr, "{}\n", error.text());
    return std::move(result.settings);
}

int act(const cli::Exit& action) { return action.code; }

int act(const cli::ShowVersion&) {
    fmt::print("presensid {}\n", PRESENSI_VERSION);
    return 0;
}

std::string problem_of(const config::TlsSettings& pair) {
    try {
        const http::Identity usable("", pair);
        return {};
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

int act(const cli::CheckConfig& action) {
    const auto settings = load(action.config, problem_of);
    if (!settings) return 1;
    if (!action.quiet) fmt::print("{}", config::describe(*settings));
    return 0;
}

int act(const cli::Migrate& action) {
    const auto settings = load(action.config);
    if (!settings) return 1;
    open_store(*settings, true);
    fmt::print("{}: the schema is up to date\n", place_of_store(*settings));
    return 0;
}

int act(const cli::Doctor& action) {
    const doctor::Questions questions{action.config, read_settings(action.config),
                                      access::read_token(action.token_file)};
    return doctor::run(questions, action.english, stdout) ? 0 : 1;
}

int act(const cli::Pull& action) {
    if (!action.address.empty()) {
        return pull::pull_to_file(pull::decode_place(action.address), pull::read_comm_key(action.comm_key_file),
                                  action.file);
    }
    const auto settings = load(action.config);
    return settings ? pull::pull_terminal(*settings, action.serial, access::read_token(action.token_file)) : 1;
}

int act(const cli::Import& action) {
    const auto settings = load(action.config);
    if (!settings) return 1;
    return pull::import_files(*settings, action.serial, action.files,
                              {action.said, action.dry_run, action.confirmed, access::read_token(action.token_file)});
}

int act(const cli::Account& action) {
    const auto settings = load(action.config);
    if (!settings) return 1;
    if (action.what == cli::Account::What::create) return access::create_account(*settings, action.words);
    if (action.what == cli::Account::What::revoke) return access::revoke_account(*settings, action.words.name);
    return access::list_accounts(*settings);
}

int act(const cli::Token& action) {
    const auto settings = load(action.config);
    if (!settings) return 1;
    if (action.what == cli::Account::What::create) return access::create_token(*settings, action.words);
    if (action.what == cli::Account::What::revoke) return access::revoke_token(*settings, action.words.name);
    return access::list_tokens(*settings);
}

int act(const cli::Probe& action) {
    return pull::probe_address(pull::decode_place(action.address), action.comm_key_file);
}

int act(const cli::PrintCard& action) {
    const auto settings = load(action.config);
    return settings ? print_card(*settings, action.words) : 1;
}

int act(const cli::Run& action) {
    const auto settings = load(action.config);
    if (!settings) return 1;
    log::set_up({action.debug, settings->log.format});
    std::signal(SIGHUP, SIG_IGN);  // until App listens: who asks for a reload during the start has what they want
    try {
        AppHooks hooks;
        hooks.load = [file = action.config] { return read_settings(file); };
        hooks.sockets = take_handed_sockets();
        App app(*settings, hooks);
        app.run();
    } catch (const std::exception& error) {
        // By way of the log, which waits for nobody who does not read it.
        log::error("daemon.failed", error.what());
        log::flush(last_words);
        return 1;
    }
    log::flush(last_words);
    return 0;
}

}  // namespace
}  // namespace presensi

int main(int argc, char** argv) {
    try {
        return std::visit([](const auto& action) { return presensi::act(action); },
                          presensi::cli::decode_arguments(argc, argv));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "presensid: %s\n", error.what());
        return 1;
    }
}
