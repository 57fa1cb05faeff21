#include "tests/support/test_store.hpp"

#include <cstdlib>
#include <map>
#include <string_view>

#include "tests/support/at_end.hpp"

namespace presensi::test {

bool on_postgres() {
    static const char* const chosen = std::getenv("PRESENSI_TEST_STORE");
    return chosen != nullptr && std::string_view(chosen) == "postgres";
}

const PostgresDatabaseOfTest& postgres_of(const std::filesystem::path& folder) {
    static std::map<std::filesystem::path, PostgresDatabaseOfTest> databases;
    if (databases.empty()) at_end_of_tests([] { databases.clear(); });
    return databases[folder];
}

void settle(const std::filesystem::path& folder) {
    if (on_postgres()) postgres_of(folder).settle();
}

std::string storage_in_yaml(const std::filesystem::path& folder) {
    if (!on_postgres()) return {};
    const auto& database = postgres_of(folder);
    return "storage: { backend: postgres, postgres: { url: \"" + database.url() + "\", owner_url: \"" +
           database.owner_url() + "\" } }\n";
}

}  // namespace presensi::test
