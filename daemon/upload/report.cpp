#include "daemon/upload/report.hpp"

#include <boost/json/array.hpp>

#include "protocol/text_fields.hpp"

namespace presensi::upload {

namespace json = boost::json;

namespace {

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::value id_or_null(std::int64_t id) { return id == 0 ? json::value(nullptr) : json::value(std::to_string(id)); }

}  // namespace

json::object to_json(const Taken& taken) {
    json::object body;
    body["upload"] = id_or_null(taken.upload_id);
    body["delivery"] = id_or_null(taken.delivery_id);
    body["kind"] = taken.kind;
    body["terminal_number"] = text_or_null(taken.terminal_number);
    body["lines"] = taken.lines;
    body["new"] = taken.new_punches;
    body["known"] = taken.known_punches;
    body["rejected"] = taken.rejected;
    body["first"] = text_or_null(taken.first);
    body["last"] = text_or_null(taken.last);
    json::array rejects;
    for (const auto& reject : taken.rejects) {
        json::object line;
        line["line"] = reject.line;
        line["reason"] = to_string(reject.reason);
        line["text"] = to_stored_text(reject.bytes);
        rejects.push_back(std::move(line));
    }
    body["rejects"] = std::move(rejects);
    json::array remarks;
    for (const auto& remark : taken.remarks) remarks.emplace_back(remark);
    body["remarks"] = std::move(remarks);
    return body;
}

}  // namespace presensi::upload
