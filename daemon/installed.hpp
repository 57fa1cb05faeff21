#pragma once
// The service as the package installs it, for whoever runs a command by hand beside it.

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace presensi {

inline constexpr auto installed_config = "/etc/presensi/presensi.yaml";
inline constexpr auto service_user = "presensid";

// What the service manager hands to the service as $STATE_DIRECTORY and $CREDENTIALS_DIRECTORY. By hand nobody sets
// them; with the installed configuration those of the service are meant.
struct ServiceFolders {
    std::string state;
    std::string credentials;
};
ServiceFolders service_folders(const std::filesystem::path& config);

// PostgreSQL's peer log-in goes by the effective user, and its superuser is not root: with the installed configuration
// root asks as the service's own user, as long as this lives. For anybody else, and without such a user, it does
// nothing.
class AsServiceUser {
public:
    explicit AsServiceUser(const std::filesystem::path& config, const char* user = service_user);
    ~AsServiceUser();
    AsServiceUser(const AsServiceUser&) = delete;
    AsServiceUser& operator=(const AsServiceUser&) = delete;

private:
    bool changed_ = false;
};

}  // namespace presensi
