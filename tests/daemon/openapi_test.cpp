#include <doctest/doctest.h>

#include <yaml-cpp/yaml.h>

#include <map>
#include <set>

#include "daemon/admin/routes.hpp"

namespace {

std::string upper(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

using Described = std::map<std::string, std::set<std::string>>;  // "GET /path" -> query parameters

Described described(const YAML::Node& document) {
    Described all;
    for (const auto& path : document["paths"]) {
        for (const auto& operation : path.second) {
            const auto method = upper(operation.first.as<std::string>());
            if (method == "PARAMETERS") continue;
            auto& parameters = all[method + " " + path.first.as<std::string>()];
            for (YAML::Node parameter : operation.second["parameters"]) {
                if (parameter["$ref"]) {
                    const auto name = parameter["$ref"].as<std::string>();
                    parameter.reset(document["components"]["parameters"][name.substr(name.rfind('/') + 1)]);
                }
                if (parameter["in"].as<std::string>() == "query")
                    parameters.insert(parameter["name"].as<std::string>());
            }
        }
    }
    return all;
}

}  // namespace

TEST_CASE("docs/openapi.yaml and the routes are the same") {
    Described served;
    for (const auto& route : presensi::admin::routes()) {
        auto& parameters = served[std::string(route.method) + " " + std::string(route.path)];
        std::string word;
        for (const char c : std::string(route.parameters) + " ") {
            if (c != ' ') {
                word += c;
            } else if (!word.empty()) {
                parameters.insert(word);
                word.clear();
            }
        }
    }
    const Described documented = described(YAML::LoadFile(PRESENSI_SOURCE_DIR "/docs/openapi.yaml"));
    for (const auto& route : served) {
        CAPTURE(route.first);
        REQUIRE(documented.count(route.first) == 1);
        CHECK(documented.at(route.first) == route.second);
    }
    for (const auto& route : documented) {
        CAPTURE(route.first);
        CHECK(served.count(route.first) == 1);
    }
}
