// Arguments -> action -> exit code; the only catch-all.

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>

#include "config/load.hpp"
#include "daemon/access/command.hpp"
#include "daemon/app.hpp"
#include "daemon/cli.hpp"
#include "daemon/doctor.hpp"
#include "daemon/http/identity.hpp"
#include "daemon/log.hpp"
#include "daemon/open_store.hpp"
#include "daemon/pull/command.hpp"

namespace presensi {
namespace {

std::string state_directory() {
    const char* value = std::getenv("STATE_DIRECTORY");
    return value == nullptr ? "" : value;
}

// Every mistake at once, on standard error.
std::optional<config::Settings> load(const std::filesystem::path& file) {
    auto result = config::load_settings(file, state_directory());
    for (const auto& error : result.errors) fmt::print(stderr, "{}\n", error.text());
    return std::move(result.settings);
}

int act(const cli::Exit& action) { return action.code; }

int act(const cli::ShowVersion&) {
    fmt::print("presensid {}\n", PRESENSI_VERSION);
    return 0;
}

int act(const cli::CheckConfig& action) {
    const auto settings = load(action.config);
    if (!settings) return 1;
    for (const auto& [name, listener] : {std::pair("terminal_listener", settings->terminal_listener),
                                         std::pair("admin_listener", settings->admin_listener)}) {
        if (listener.tls.given()) const http::Identity usable(name, listener.tls);  // throws a sentence
    }
    fmt::print("{}", config::describe(*settings));
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
    const auto settings = load(action.config);
    if (!settings) return 1;
    return run_doctor(*settings, action.english ? DoctorLanguage::english : DoctorLanguage::indonesian, stdout) ? 0 : 1;
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

int act(const cli::Run& action) {
    const auto settings = load(action.config);
    if (!settings) return 1;
    log::set_up(action.debug);
    App app(*settings);
    app.run();
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
