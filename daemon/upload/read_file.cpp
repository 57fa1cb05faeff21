#include "daemon/upload/read_file.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <utility>

#include "daemon/pull/file.hpp"
#include "daemon/pull/record.hpp"
#include "protocol/sha256.hpp"

namespace presensi::upload {

namespace json = boost::json;

namespace {

Read refused(std::string sentence) {
    Read read;
    read.refusal = std::move(sentence);
    return read;
}

Read read_pulled(std::string_view bytes, bool with_content) {
    auto content = pull::decode_file(bytes);
    if (auto* sentence = std::get_if<std::string>(&content)) return refused(std::move(*sentence));
    auto& file = std::get<pull::FileContent>(content);
    Read read;
    read.kind = "pulled";
    if (with_content) read.content = pull::redacted_file(bytes, file);
    read.serial = std::move(file.serial);
    if (file.users) {
        read.people.body = std::move(file.users->raw);
        read.people.rejects = std::move(file.users->rejects);
        read.users = std::move(file.users->people);
    }
    read.delivery = pull::delivery_of(std::move(file.attendance), Road::upload, std::move(file.how));
    return read;
}

Read read_brought(std::string_view bytes, std::size_t line_limit, const usb::Said& said, bool with_content) {
    auto content = usb::decode_attendance_file(bytes, line_limit, said);
    if (auto* sentence = std::get_if<std::string>(&content)) return refused(std::move(*sentence));
    auto& file = std::get<usb::AttendanceFile>(content);
    Read read;
    read.kind = to_string(file.kind);
    read.terminal_numbers = std::move(file.terminal_numbers);
    read.of_others = std::move(file.of_others);
    read.cut = file.cut;
    read.again = std::move(file.again);
    if (with_content) read.content = file.body;
    if (file.kind == usb::FileKind::users) {
        read.people.body = std::move(file.body);
    } else {
        // The names stand in the lines of the log; what is said of users is a delivery of its own.
        for (const auto& user : file.users) read.people.body += fmt::format("{}\t{}\n", user.pin, user.name);
        read.delivery.body = std::move(file.body);
    }
    read.users = std::move(file.users);
    read.delivery.road = Road::upload;
    read.delivery.table = "ATTLOG";
    read.delivery.query = read.kind;
    read.delivery.punches = std::move(file.punches);
    read.delivery.rejects = std::move(file.rejects);
    return read;
}

struct Word {
    const char* key;
    std::string usb::CsvColumns::*column;
};
constexpr Word words[] = {
    {"pin", &usb::CsvColumns::pin},           {"time", &usb::CsvColumns::time},
    {"date", &usb::CsvColumns::date},         {"state", &usb::CsvColumns::state},
    {"verify", &usb::CsvColumns::verify},     {"work_code", &usb::CsvColumns::work_code},
    {"terminal", &usb::CsvColumns::terminal},
};

constexpr std::pair<usb::DateOrder, std::string_view> orders[] = {
    {usb::DateOrder::by_the_file, "by_the_file"},
    {usb::DateOrder::day_first, "day_first"},
    {usb::DateOrder::month_first, "month_first"},
};

}  // namespace

Read read_file(std::string_view bytes, std::size_t line_limit, const usb::Said& said, bool with_content) {
    Read read = pull::is_pulled_file(bytes) ? read_pulled(bytes, with_content)
                                            : read_brought(bytes, line_limit, said, with_content);
    read.people.road = Road::upload;
    read.people.table = "USERINFO";
    read.people.query = read.delivery.query;
    read.sha256 = presensi::sha256(bytes);
    read.bytes = bytes.size();
    return read;
}

std::string encode_said(const usb::Said& said) {
    json::object object;
    for (const auto& [order, name] : orders) {
        if (order == said.date_order) object["date_order"] = name;
    }
    for (const auto& word : words) {
        if (!(said.columns.*word.column).empty()) object[word.key] = said.columns.*word.column;
    }
    object["serial"] = said.serial;
    return json::serialize(object);
}

usb::Said decode_said(const std::string& text) {
    const json::object object = json::parse(text).as_object();
    const auto text_of = [&](const char* key) {
        const auto* value = object.if_contains(key);
        return value == nullptr ? std::string() : std::string(value->as_string());
    };
    usb::Said said;
    for (const auto& [order, name] : orders) {
        if (text_of("date_order") == name) said.date_order = order;
    }
    for (const auto& word : words) said.columns.*word.column = text_of(word.key);
    said.serial = text_of("serial");
    return said;
}

}  // namespace presensi::upload
