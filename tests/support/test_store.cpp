#include "tests/support/test_store.hpp"

#include <cstdlib>
#include <map>
#include <string_view>

#include "tests/support/postgres_cluster.hpp"

namespace presensi::test {

bool on_postgres() {
    static const char* const chosen = std::getenv("PRESENSI_TEST_STORE");
    return chosen != nullptr && std::string_view(chosen) == "postgres";
}

const std::string& postgres_of(const std::filesystem::path& folder) {
    shared_postgres();  // outlives the databases
    static std::map<std::filesystem::path, PostgresDatabaseOfTest> databases;
    return databases[folder].url();
}

std::string storage_in_yaml(const std::filesystem::path& folder) {
    if (!on_postgres()) return {};
    return "storage: { backend: postgres, postgres: { url: \"" + postgres_of(folder) + "\" } }\n";
}

}  // namespace presensi::test
