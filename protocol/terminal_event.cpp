#include "protocol/terminal_event.hpp"

#include <array>
#include <string>

#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"

namespace presensi {

namespace {

// protocol-adms § 3.4
constexpr std::array<std::string_view, 33> operations{
    "power_on",
    "power_off",
    "verification_failed",
    "alarm",
    "menu_entered",
    "setting_changed",
    "fingerprint_enrolled",
    "password_enrolled",
    "card_enrolled",
    "user_deleted",
    "fingerprint_deleted",
    "password_deleted",
    "card_deleted",
    "data_cleared",
    "mf_card_created",
    "mf_card_enrolled",
    "mf_card_registered",
    "mf_registration_deleted",
    "mf_card_cleared",
    "data_moved_to_card",
    "data_copied_from_card",
    "clock_set",
    "settings_restored",
    "records_deleted",
    "administrators_cleared",
    "access_group_changed",
    "user_access_changed",
    "time_period_changed",
    "unlock_combination_changed",
    "unlocked",
    "user_added",
    "fingerprint_changed",
    "duress_alarm",
};
constexpr int user_edit_begun = 70;

}  // namespace

std::string_view operation_name(int operation) {
    if (operation == user_edit_begun) return "user_edit_begun";
    const auto index = static_cast<std::size_t>(operation);
    return operation < 0 || index >= operations.size() ? "operation" : operations[index];
}

// The same event in another delivery, whatever the blanks between its columns.
Sha256 event_digest(const TerminalEvent& event) {
    const std::string time = event.device_time ? format_device_time(*event.device_time) : std::string();
    return sha256(event.kind + '\n' + std::to_string(event.operation.value_or(-1)) + '\n' + event.operator_pin + '\n' +
                  time + '\n' + event.detail);
}

}  // namespace presensi
