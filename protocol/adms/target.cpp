#include "protocol/adms/target.hpp"

#include <algorithm>
#include <array>

#include "protocol/adms/percent.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

constexpr std::array<std::pair<std::string_view, Endpoint>, 13> endpoints{{
    {"cdata", Endpoint::cdata},
    {"getrequest", Endpoint::getrequest},
    {"devicecmd", Endpoint::devicecmd},
    {"ping", Endpoint::ping},
    {"fdata", Endpoint::fdata},
    {"registry", Endpoint::registry},
    {"push", Endpoint::push},
    {"rtdata", Endpoint::rtdata},
    {"querydata", Endpoint::querydata},
    {"exchange", Endpoint::exchange},
    {"edata", Endpoint::edata},
    {"event", Endpoint::event},
    {"cpos", Endpoint::cpos},
}};

constexpr std::string_view prefix = "/iclock/";

// protocol-adms § 1.1: a terminal with an HTTP proxy sends scheme and authority, which mean nothing here.
std::string_view without_authority(std::string_view raw) {
    const auto scheme = raw.find("://");
    if (scheme == raw.npos || scheme > raw.find_first_of("/?")) return raw;
    const auto path = raw.find_first_of("/?", scheme + 3);
    return path == raw.npos ? std::string_view() : raw.substr(path);
}

// protocol-adms § 1.5
std::string regular_path(std::string_view raw) {
    const std::string lower = to_lower(raw);
    std::string_view path = lower;
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    for (const std::string_view extension : {".aspx", ".php"}) {
        if (path.ends_with(extension)) path.remove_suffix(extension.size());
    }
    while (path.starts_with(prefix) && path.substr(prefix.size() - 1).starts_with(prefix)) {
        path.remove_prefix(prefix.size() - 1);
    }
    return std::string(path);
}

// Below /iclock/ the whole rest counts: the path of a file that a terminal fetches may end in any word.
Endpoint endpoint_of(std::string_view path) {
    const auto last = path.starts_with(prefix) ? path.substr(prefix.size()) : path.substr(path.rfind('/') + 1);
    const auto found =
        std::find_if(endpoints.begin(), endpoints.end(), [&](const auto& known) { return known.first == last; });
    return found == endpoints.end() ? Endpoint::unknown : found->second;
}

}  // namespace

std::string_view Target::parameter(std::string_view key) const {
    for (const auto& [name, value] : parameters) {
        if (name == key) return value;
    }
    return {};
}

bool Target::has(std::string_view key) const {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const auto& parameter) { return parameter.first == key; });
}

Target decode_target(std::string_view raw) {
    raw = without_authority(raw);
    Target target;
    const auto question = raw.find('?');
    target.path = regular_path(raw.substr(0, question));
    target.endpoint = endpoint_of(target.path);
    if (question == raw.npos) return target;
    target.query = raw.substr(question + 1);
    std::string_view query = target.query;
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        query = end == query.npos ? std::string_view() : query.substr(end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        target.parameters.emplace_back(to_lower(percent_decoded(pair.substr(0, equals))),
                                       equals == pair.npos ? std::string() : percent_decoded(pair.substr(equals + 1)));
    }
    return target;
}

bool is_valid_serial(std::string_view serial) {
    constexpr std::size_t longest_serial = 32;
    return !serial.empty() && serial.size() <= longest_serial && std::all_of(serial.begin(), serial.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
    });
}

}  // namespace presensi::adms
