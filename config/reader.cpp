#include "config/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "config/nearest.hpp"
#include "config/printable.hpp"

namespace presensi::config {
namespace {

bool contains(const std::vector<std::string_view>& keys, std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

Section::Section(const TreeNode& node, std::string path, Errors& errors)
    : node_(&node), place_(node.place), path_(std::move(path)), errors_(&errors), errors_before_(errors.size()) {
    if (node.kind == TreeNode::Kind::text || node.kind == TreeNode::Kind::list) {
        errors_->add(node.place, path_, "must hold keys, each as `key: value`");
    }
    std::map<std::string_view, int> lines;
    for (const TreeNode& child : node.children) {
        if (node.kind != TreeNode::Kind::map) break;
        const auto [first, is_new] = lines.emplace(child.key, child.key_place.line);
        if (is_new) continue;
        errors_->add(child.key_place, path_of(child.key),
                     fmt::format("duplicate key; the first one is in line {}", first->second));
    }
}

Section Section::section(std::string_view key) {
    static const TreeNode nothing;
    const TreeNode* value = find(key);
    Section result(value != nullptr ? *value : nothing, path_of(key), *errors_);
    if (value == nullptr) result.place_ = place_;
    return result;
}

std::vector<Section> Section::sections(std::string_view key) {
    std::vector<Section> result;
    for (auto& [path, value] : items(key)) result.emplace_back(*value, std::move(path), *errors_);
    return result;
}

bool Section::given(std::string_view key) const {
    const TreeNode* value = lookup(key);
    return value != nullptr && value->kind != TreeNode::Kind::nothing;
}

bool Section::holds_text(std::string_view key) const {
    const TreeNode* value = lookup(key);
    return value != nullptr && value->kind == TreeNode::Kind::text;
}

void Section::refuse(std::string_view key, std::string message) {
    errors_->add(place_of(key), path_of(key), std::move(message));
}

void Section::misplaced(std::string_view key, std::string message) { misplaced_.emplace_back(key, std::move(message)); }

void Section::finish() {
    if (node_->kind != TreeNode::Kind::map) return;
    for (const TreeNode& child : node_->children) {
        if (contains(known_, child.key)) continue;
        const auto hint = std::find_if(misplaced_.begin(), misplaced_.end(),
                                       [&](const auto& candidate) { return candidate.first == child.key; });
        errors_->add(
            child.key_place, path_of(child.key),
            "unknown key" + (hint != misplaced_.end() ? "; " + hint->second : did_you_mean(child.key, known_)));
    }
}

const TreeNode* Section::lookup(std::string_view key) const {
    if (node_->kind != TreeNode::Kind::map) return nullptr;
    const auto child = std::find_if(node_->children.begin(), node_->children.end(),
                                    [&](const TreeNode& candidate) { return candidate.key == key; });
    return child == node_->children.end() ? nullptr : &*child;
}

const TreeNode* Section::find(std::string_view key) {
    known_.push_back(key);
    return lookup(key);
}

const TreeNode* Section::find_text(std::string_view key, bool may_be_empty) {
    const TreeNode* value = find(key);
    if (value == nullptr) return nullptr;
    if (value->kind == TreeNode::Kind::nothing) {
        if (!may_be_empty) refuse(key, "has no value; write one, or leave the key out to get the default");
        return nullptr;
    }
    return is_text(*value, path_of(key)) ? value : nullptr;
}

bool Section::is_text(const TreeNode& value, const std::string& path) {
    if (value.kind == TreeNode::Kind::text) return true;
    if (value.kind == TreeNode::Kind::nothing) {
        errors_->add(value.place, path, "has no value");
    } else if (value.kind != TreeNode::Kind::refused) {
        errors_->add(value.place, path, "must be a single value, not a list or keys");
    }
    return false;
}

std::vector<std::pair<std::string, const TreeNode*>> Section::items(std::string_view key) {
    std::vector<std::pair<std::string, const TreeNode*>> result;
    const TreeNode* value = find(key);
    if (value == nullptr || value->kind == TreeNode::Kind::nothing || value->kind == TreeNode::Kind::refused)
        return result;
    if (value->kind != TreeNode::Kind::list) {
        refuse(key, "must be a list: [first, second], or one line with `- ` for each");
        return result;
    }
    for (std::size_t index = 0; index < value->children.size(); ++index) {
        result.emplace_back(fmt::format("{}[{}]", path_of(key), index), &value->children[index]);
    }
    return result;
}

std::string Section::path_of(std::string_view key) const {
    return path_.empty() ? shown(key) : path_ + "." + shown(key);
}

Place Section::place_of(std::string_view key) const {
    const TreeNode* value = lookup(key);
    return value != nullptr ? value->place : place_;
}

}  // namespace presensi::config
