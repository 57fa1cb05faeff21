#include "protocol/usb/other_export.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "protocol/adms/body_lines.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "protocol/zk4370/little_endian.hpp"
#include "protocol/zk4370/user_table.hpp"

namespace presensi::usb {

namespace {

using zk4370::UserLayout;

constexpr std::array file_layouts{UserLayout::bytes_72, UserLayout::bytes_28};

std::string size_prefix(std::size_t size) {
    std::string prefix;
    for (int shift = 0; shift < 32; shift += 8) prefix.push_back(static_cast<char>(size >> shift & 0xff));
    return prefix;
}

// A pull knows how many users there are and a file does not: so here each must be a user beyond doubt.
bool is_certain(const zk4370::UserTable& table) {
    if (table.layout != UserLayout::bytes_72 && table.layout != UserLayout::bytes_28) return false;
    std::set<std::uint16_t> slots;
    std::set<std::string> pins;
    for (const auto& user : table.users) {
        const bool alone = slots.insert(user.slot).second && pins.insert(user.user_id).second;
        if (!alone || user.level == "unknown" || (user.privilege & 0xf0) != 0) return false;
    }
    return table.rejects.empty() && !table.people.empty();
}

// u16 size with this head, u16 uid, u8 finger, u8 valid, data; the chain ends where the file does.
bool is_template_chain(std::string_view bytes) {
    constexpr std::size_t head = 6;
    std::size_t at = 0;
    while (at < bytes.size()) {
        if (bytes.size() - at < head) return false;
        const std::size_t size = zk4370::u16_at(bytes, at);
        const bool sane =
            zk4370::u16_at(bytes, at + 2) > 0 && zk4370::u8_at(bytes, at + 4) < 16 && zk4370::u8_at(bytes, at + 5) <= 3;
        if (!sane || size <= head || size > bytes.size() - at) return false;
        at += size;
    }
    return at > 0;
}

// Records of one size that begin with a size not beyond it, a uid, a number and a flag.
bool is_of_records(std::string_view bytes, std::size_t record) {
    if (bytes.empty() || bytes.size() % record != 0) return false;
    for (std::size_t at = 0; at < bytes.size(); at += record) {
        const std::size_t size = zk4370::u16_at(bytes, at);
        if (size == 0 || size > record || zk4370::u16_at(bytes, at + 2) == 0 || zk4370::u8_at(bytes, at + 5) > 3)
            return false;
    }
    return true;
}

// Bits of information in a byte; text has four to five, what was encrypted nearly eight.
double entropy_of(std::string_view bytes) {
    std::array<std::size_t, 256> counts{};
    for (const char c : bytes) ++counts[static_cast<unsigned char>(c)];
    double bits = 0;
    for (const auto count : counts) {
        if (count == 0) continue;
        const double share = static_cast<double>(count) / static_cast<double>(bytes.size());
        bits -= share * std::log2(share);
    }
    return bits;
}

bool is_like_noise(std::string_view bytes) {
    constexpr std::size_t enough = 512;
    constexpr std::size_t looked_at = 64 * 1024;
    return bytes.size() >= enough && entropy_of(bytes.substr(0, looked_at)) > 7.2;
}

struct Magic {
    std::string_view bytes;
    std::string_view what;
};
using namespace std::string_view_literals;
constexpr std::array magics{
    Magic{"\xff\xd8\xff"sv, "a photo"},
    Magic{"\x89PNG"sv, "a picture"},
    Magic{"BM"sv, "a picture"},
    Magic{"GIF8"sv, "a picture"},
    Magic{"PK\x03\x04"sv, "an archive or a workbook of an office program"},
    Magic{"PK\x05\x06"sv, "an empty archive"},
    Magic{"\xd0\xcf\x11\xe0"sv, "a workbook of an office program"},
    Magic{"\x1f\x8b"sv, "an archive"},
    Magic{"7z\xbc\xaf\x27\x1c"sv, "an archive"},
    Magic{"Rar!"sv, "an archive"},
    Magic{"BZh"sv, "an archive"},
    Magic{"\xfd"
          "7zXZ"sv,
          "an archive"},
    Magic{"\x28\xb5\x2f\xfd"sv, "an archive"},
    Magic{"%PDF"sv, "a document"},
};

std::string nothing_kept(std::string_view what, std::string_view bytes) {
    return fmt::format("This is {}; nothing of it was kept ({} bytes, SHA-256 {}).", what, bytes.size(),
                       hex(sha256(bytes)));
}

}  // namespace

bool begins_like_users(std::string_view bytes) {
    for (const auto layout : zk4370::all_user_layouts) {
        const std::size_t size = zk4370::record_size(layout);
        if (bytes.size() >= size && zk4370::detect_users(bytes.substr(0, size), 1)) return true;
    }
    return false;
}

std::variant<AttendanceFile, std::string> decode_user_file(std::string_view bytes) {
    const auto unsettled = [&] {
        return fmt::format(
            "This looks like a terminal's users (user.dat), but the size of its records is not settled, so passwords "
            "in it could not be told from names: nothing of it was kept ({} bytes, SHA-256 {}). Pull the terminal "
            "instead.",
            bytes.size(), hex(sha256(bytes)));
    };
    bool possible = false;
    for (const auto layout : file_layouts) possible = possible || bytes.size() % zk4370::record_size(layout) == 0;
    if (bytes.empty() || !possible) return unsettled();
    auto taken = zk4370::take_users(size_prefix(bytes.size()) + std::string(bytes), std::nullopt);
    auto* table = std::get_if<zk4370::UserTable>(&taken);
    if (table == nullptr || !is_certain(*table)) return unsettled();
    AttendanceFile file;
    file.kind = FileKind::users;
    file.body = table->raw.substr(size_prefix(0).size());
    file.users = std::move(table->people);
    return file;
}

std::string describe_other_export(std::string_view bytes) {
    constexpr std::size_t face = 2576;
    constexpr std::size_t fingerprint = 608;
    if (is_of_records(bytes, face)) return nothing_kept("a file of face templates (ssrface.dat)", bytes);
    if (is_of_records(bytes, fingerprint)) return nothing_kept("a file of fingerprint templates (template.dat)", bytes);
    if (is_template_chain(bytes)) return nothing_kept("a file of fingerprint templates (template.fp10)", bytes);
    for (const auto& magic : magics) {
        if (bytes.starts_with(magic.bytes)) return nothing_kept(magic.what, bytes);
    }
    if (!is_like_noise(bytes)) return {};
    return nothing_kept(
        "an encrypted or packed file, perhaps of a terminal whose menu encrypts what it exports: switch that off there "
        "and export it again",
        bytes);
}

std::string describe_other_text(std::string_view text) {
    constexpr int lines_to_look_at = 100;
    int lines = 0;
    int operations = 0;
    while (!text.empty() && lines < lines_to_look_at) {
        auto line = adms::take_line(text);
        if (trim_blanks(line).empty()) continue;
        ++lines;
        const bool named = line.starts_with("OPLOG");
        // A punch has its time in the second column.
        bool late_time = false;
        for (int column = 1; !line.empty(); ++column) {
            const auto end = line.find('\t');
            late_time = late_time || (column > 2 && decode_device_time(line.substr(0, end)).has_value());
            line = end == line.npos ? std::string_view() : line.substr(end + 1);
        }
        operations += named || late_time ? 1 : 0;
    }
    if (operations * 2 <= lines) return {};
    return "This looks like an operation log (oplog.dat): what somebody did at the terminal, not who punched. Its "
           "columns "
           "differ by firmware, so nothing of it was taken; a pull reads that log from the terminal itself.";
}

}  // namespace presensi::usb
