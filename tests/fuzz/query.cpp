// The query string: what of it is kept, and its parameters.

#include <algorithm>

#include "protocol/adms/percent.hpp"
#include "protocol/adms/redact.hpp"
#include "protocol/adms/target.hpp"
#include "protocol/text_fields.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::adms;
using presensi::fuzz::require;

namespace {

auto ampersands(std::string_view text) { return std::count(text.begin(), text.end(), '&'); }

void check_redaction(std::string_view query) {
    const std::string once = redact_query(query);
    require(std::all_of(once.begin(), once.end(), [](char c) { return c > 0x20 && c < 0x7f; }),
            "a kept query is printable ASCII", {once});
    require(redact_query(once) == once, "redacting twice is redacting once", {query, once, redact_query(once)});
    require(ampersands(once) == ampersands(query), "pairs stay pairs", {query, once});
    // The shortest template, "Tmp=1" in percent signs, becomes a measure of some 90 characters.
    require(once.size() <= 64 * query.size(), "a kept query is bounded");
}

void check_parameters(std::string_view query) {
    const Target target = decode_target(std::string("/iclock/cdata?SN=T1&").append(query));
    require(target.endpoint == Endpoint::cdata && target.path == "/iclock/cdata", "a query changes no path");
    require(target.parameter("sn") == "T1", "the first of a name counts", {query});
    require(target.parameters.size() <= static_cast<std::size_t>(ampersands(query)) + 2, "a pair is one parameter");
    std::size_t bytes = 0;
    for (const auto& [key, value] : target.parameters) {
        require(to_lower(key) == key && target.has(key), "keys are in lower case", {key});
        bytes += key.size() + value.size();
    }
    require(bytes <= target.query.size(), "decoding makes nothing longer");
}

// Whatever stands around a secret: what is kept does not depend on it.
void check_secrets(std::string_view query) {
    const auto middle = std::min(query.find('&', query.size() / 2), query.size());
    for (const std::string_view key : {"pushcommkey=", "Passwd=", "P%61sswd=", "x=Card%3D", "Passwd%3D"}) {
        const auto kept = [&](std::string_view secret) {
            return redact_query(std::string(query.substr(0, middle))
                                    .append("&")
                                    .append(key)
                                    .append(secret)
                                    .append(query.substr(middle)));
        };
        const std::string once = kept("Zq7CaNaRy");
        require(once == kept("b3XxWtPmK"), "a secret is gone", {query, once});
    }
}

void check(std::string_view query) {
    require(percent_decoded(percent_encoded(query)) == query, "encoding can be taken back");
    check_redaction(query);
    check_parameters(query);
    check_secrets(query);
}

const fuzz::Property property("query", check);

}  // namespace
