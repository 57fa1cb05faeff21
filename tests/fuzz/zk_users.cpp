// A user table: nothing secret comes out of it, whatever its layout.

#include "protocol/zk4370/user_table.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::zk4370;
using presensi::fuzz::require;
using presensi::fuzz::require_stored_text;

namespace {

void check(std::string_view bytes) {
    if (bytes.empty()) return;
    const auto counted = static_cast<unsigned char>(bytes.front());
    const std::optional<std::uint32_t> users = counted == 255 ? std::nullopt : std::optional<std::uint32_t>(counted);
    auto taken = take_users(std::string(bytes.substr(1)), users);
    if (const auto* problem = std::get_if<TableProblem>(&taken)) {
        require(!problem->sentence.empty(), "a problem is said");
        return;
    }
    const auto& table = std::get<UserTable>(taken);
    for (const auto& user : table.users) require_stored_text(user.name, 256, "a name is text");
    for (const auto& person : table.people) require(!person.pin.empty(), "a person has a PIN");
    if (!table.layout) {
        require(table.users.empty(), "only an empty table has no layout");
        return;
    }
    // Redacting it again finds nothing more.
    auto again = take_users(table.raw, users);
    const auto* second = std::get_if<UserTable>(&again);
    require(second != nullptr && second->raw == table.raw, "what is redacted stays as it is");
    require(second->users.size() == table.users.size(), "redacting takes nobody away");
    std::string records = table.raw.substr(4);
    redact_users(records, *table.layout);
    require(table.raw.substr(4) == records, "every record is redacted");
}

const fuzz::Property property("zk_users", check);

}  // namespace
