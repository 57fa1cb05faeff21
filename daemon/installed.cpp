#include "daemon/installed.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace presensi {

namespace {

// systemd/presensid.service.in: StateDirectory=, LoadCredential=
constexpr auto state_folder = "/var/lib/presensi";
constexpr auto credentials_folder = "/etc/credstore";

std::string variable_or(const char* name, const char* folder, bool installed) {
    if (const char* value = std::getenv(name); value != nullptr) return value;
    std::error_code error;
    return installed && std::filesystem::is_directory(folder, error) ? folder : "";
}

void require(int result) {
    if (result != 0) throw std::system_error(errno, std::generic_category(), "the user cannot be changed");
}

}  // namespace

ServiceFolders service_folders(const std::filesystem::path& config) {
    const bool installed = config == installed_config;
    return {variable_or("STATE_DIRECTORY", state_folder, installed),
            variable_or("CREDENTIALS_DIRECTORY", credentials_folder, installed)};
}

AsServiceUser::AsServiceUser(const std::filesystem::path& config, const char* user) {
    if (config != installed_config || ::geteuid() != 0) return;
    const passwd* entry = ::getpwnam(user);
    if (entry == nullptr) return;
    require(::setegid(entry->pw_gid));
    require(::seteuid(entry->pw_uid));
    changed_ = true;
}

AsServiceUser::~AsServiceUser() {
    if (!changed_) return;
    // Back to what the process really is; nobody is refused that.
    if (::seteuid(::getuid()) != 0 || ::setegid(::getgid()) != 0) std::abort();
}

}  // namespace presensi
