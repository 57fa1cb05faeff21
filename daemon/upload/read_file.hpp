#pragma once
// What is in a file that somebody brings. Heavy: for the storage thread.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records.hpp"
#include "protocol/usb/attendance_file.hpp"
#include "protocol/zk4370/user_table.hpp"

namespace presensi::upload {

struct Read {
    std::string refusal;  // a sentence: nothing of it can be taken
    std::string serial;   // of a pulled file: whose it is
    std::string kind;     // usb::to_string(FileKind), or "pulled"
    Delivery delivery;    // without a body if the file is of users alone
    Delivery people;      // USERINFO; without a body if it says nothing of users
    std::vector<TerminalUser> users;
    std::vector<std::string> terminal_numbers;             // of an attendance file
    std::map<std::string, std::vector<Reject>> of_others;  // as usb::AttendanceFile has them
    // What may be kept of the file until somebody approves it: read again as `again` says, it is the same file.
    std::string content;
    usb::Said again;
    Sha256 sha256{};  // of the file as it was brought
    std::size_t bytes = 0;
    bool cut = false;

    std::string terminal_number() const {
        return terminal_numbers.size() == 1 ? terminal_numbers.front() : std::string();
    }
};

// `with_content`: Read::content is wanted.
Read read_file(std::string_view bytes, std::size_t line_limit, const usb::Said& said, bool with_content);

// As it stands in the store while it waits.
std::string encode_said(const usb::Said& said);
usb::Said decode_said(const std::string& text);

}  // namespace presensi::upload
