#pragma once
// multipart/form-data, as a browser's form sends a file (RFC 7578). Pure.

#include <string>
#include <string_view>

namespace presensi::http {

bool is_multipart(std::string_view content_type);

struct FilePart {
    std::string_view content;  // a view into the body
    std::string problem;       // a sentence, if there is none
};

// The first part that is a file. The name that the sender gives it is read over.
FilePart find_file_part(std::string_view content_type, std::string_view body);

}  // namespace presensi::http
