#include "daemon/upload/report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "protocol/sha256.hpp"
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
    body["left_out"] = taken.left_out;
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
    body["waits_for"] = text_or_null(taken.waits_for);
    body["without_person"] = nullptr;
    if (taken.pins_without_person) {
        body["without_person"] =
            json::object{{"pins", *taken.pins_without_person},
                         {"list", json::array(taken.without_person.begin(), taken.without_person.end())}};
    }
    return body;
}

json::object to_json(const storage::UploadRow& upload) {
    boost::system::error_code unreadable;
    json::object body;
    body["upload"] = std::to_string(upload.id);
    body["terminal"] = upload.serial;
    body["state"] = upload.state;
    body["uploaded_at"] = upload.uploaded_at;
    body["uploaded_by"] = upload.uploaded_by;
    body["sha256"] = hex(upload.sha256);
    body["bytes"] = upload.bytes;
    body["kind"] = upload.kind;
    body["terminal_number"] = text_or_null(upload.terminal_number);
    body["lines"] = upload.lines;
    body["new"] = upload.new_punches;
    body["known"] = upload.known_punches;
    body["rejected"] = upload.rejects;
    body["first"] = text_or_null(upload.first);
    body["last"] = text_or_null(upload.last);
    body["delivery"] = id_or_null(upload.delivery_id);
    body["remarks"] = json::parse(upload.remarks, unreadable);
    body["waits_for"] = text_or_null(upload.waits_for);
    body["decided_at"] = text_or_null(upload.decided_at);
    body["decided_by"] = text_or_null(upload.decided_by);
    body["reason"] = text_or_null(upload.reason);
    return body;
}

}  // namespace presensi::upload
