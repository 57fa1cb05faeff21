#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/errors.hpp"

namespace presensi::config {

// One value of the file and the place where it stands.
struct TreeNode {
    enum class Kind { nothing, text, list, map, refused };  // refused: the error is reported already

    Kind kind = Kind::nothing;
    Place place;
    std::string text;
    std::vector<TreeNode> children;  // of a list or a map; a map keeps repeated keys

    std::string key;  // in a map
    Place key_place;
};

// Reads one YAML document. Comments alone are a document without a value.
TreeNode parse_tree(std::string_view text, Errors& errors);

}  // namespace presensi::config
