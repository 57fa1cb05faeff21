#include "reference.hpp"

#include <yaml-cpp/yaml.h>

#include <sstream>

#include "temp_folder.hpp"

namespace presensi::config {
namespace {

void flatten(const YAML::Node& node, const std::string& path, std::map<std::string, std::string>& out) {
    if (node.IsMap()) {
        for (const auto& child : node) {
            flatten(child.second, (path.empty() ? "" : path + ".") + child.first.as<std::string>(), out);
        }
    } else if (node.IsSequence() && node.size() > 0 && node[0].IsMap()) {
        for (const auto& child : node) flatten(child, path + "[]", out);
    } else if (node.IsSequence()) {
        std::string items;
        for (const auto& child : node) items += (items.empty() ? "" : ", ") + child.as<std::string>();
        out[path] = "[" + items + "]";
    } else {
        out[path] = node.IsNull() ? "" : node.as<std::string>();
    }
}

}  // namespace

std::string uncommented_reference() {
    std::istringstream in(read_text(source("config/reference.yaml")));
    std::string text;
    for (std::string line; std::getline(in, line);) {
        const bool is_key = line.size() > 1 && line[0] == '#' && line[1] != '#';
        text += (is_key ? line.substr(1) : line) + "\n";
    }
    return text;
}

std::map<std::string, std::string> flattened(const std::string& yaml) {
    std::map<std::string, std::string> out;
    flatten(YAML::Load(yaml), "", out);
    return out;
}

}  // namespace presensi::config
