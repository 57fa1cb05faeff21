#pragma once
// Files of a terminal's menu that are no attendance: users, and what we do not keep (protocol-4370 § 8.2).

#include <string>
#include <string_view>
#include <variant>

#include "protocol/usb/attendance_file.hpp"

namespace presensi::usb {

// Whether the bytes begin as user records do, so that nothing of them may be shown: passwords and cards are in them.
bool begins_like_users(std::string_view bytes);

// A file of user records alone, redacted; the sentence, if it is none or its record size is not settled.
std::variant<AttendanceFile, std::string> decode_user_file(std::string_view bytes);

// What the file is, for a person, if it is known and nothing that is taken: templates, faces, pictures, archives,
// encrypted exports. Empty: nobody knows.
std::string describe_other_export(std::string_view bytes);

// The same of text: an operation log. Its columns are not certain enough to read it.
std::string describe_other_text(std::string_view text);

}  // namespace presensi::usb
