// The page and its files. They hold no data, so everybody may have them; what they show they ask for like any other
// program.
#include "daemon/admin/routes.hpp"
#include "daemon/web/page_files.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::admin {

namespace {

// Calls `take` with each part of a header's comma-separated list until it says true.
template <typename Take>
bool any_of_list(std::string_view list, Take take) {
    while (!list.empty()) {
        const auto end = list.find(',');
        if (take(trim_blanks(list.substr(0, end)))) return true;
        list = end == list.npos ? std::string_view() : list.substr(end + 1);
    }
    return false;
}

// RFC 9110 § 12.5.3
bool takes_gzip(std::string_view accept_encoding) {
    return any_of_list(accept_encoding, [](std::string_view part) {
        const auto semicolon = part.find(';');
        if (!equals_ignoring_case(trim_blanks(part.substr(0, semicolon)), "gzip")) return false;
        const auto weight = semicolon == part.npos ? "q=1" : trim_blanks(part.substr(semicolon + 1));
        return weight.find_first_not_of("0.", weight.find('=') + 1) != weight.npos;
    });
}

// RFC 9110 § 13.1.2: compared without the mark of a weak one.
bool is_known(std::string_view if_none_match, std::string_view tag) {
    return any_of_list(if_none_match, [&](std::string_view known) {
        if (known.starts_with("W/")) known.remove_prefix(2);
        return known == tag || known == "*";
    });
}

http::Response answer_with(const web::PageFile& file, const http::Request& request) {
    const bool gzip = !file.gzipped.empty() && takes_gzip(request.accept_encoding);
    const std::string tag = "\"" + std::string(file.digest.substr(0, 32)) + (gzip ? "-gzip\"" : "\"");
    http::Response response{200, std::string(file.content_type), {}, {}};
    response.headers = {{"Cache-Control", "no-cache"}, {"ETag", tag}, {"Vary", "Accept-Encoding"}};
    if (is_known(request.if_none_match, tag)) {
        response.status = 304;
        return response;
    }
    if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = gzip ? file.gzipped : file.bytes;
    return response;
}

http::Response answer(const std::string& name, const http::Request& request) {
    const web::PageFile* file = web::find_page_file(name);
    if (file == nullptr) file = web::find_page_file("vendor/" + name);  // other people's files, beside ours
    return file == nullptr ? problem(404, "the page has no such file") : answer_with(*file, request);
}

}  // namespace

Reply handle_page(Context&, Call call) { co_return answer("index.html", call.request); }

Reply handle_asset(Context&, Call call) { co_return answer(call.path.at(0), call.request); }

}  // namespace presensi::admin
