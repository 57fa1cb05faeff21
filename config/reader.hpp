#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/decoded.hpp"
#include "config/errors.hpp"
#include "config/tree.hpp"

namespace presensi::config {

// One map of the file, read key by key. Whatever is wrong is added to the errors and leaves the output as it was. A
// decoder takes the text of a value and returns a Decoded<T>.
class Section {
public:
    // `node` and `errors` must outlive the section.
    Section(const TreeNode& node, std::string path, Errors& errors);

    template <typename T, typename Decode>
    void read(std::string_view key, T& out, const Decode& decode) {
        if (const TreeNode* value = find_text(key, false)) decode_into(*value, path_of(key), out, decode);
    }

    // Reads a key that has no default: written without a value it counts as not given.
    template <typename T, typename Decode>
    void read_optional(std::string_view key, T& out, const Decode& decode) {
        if (const TreeNode* value = find_text(key, true)) decode_into(*value, path_of(key), out, decode);
    }

    template <typename T, typename Decode>
    void require(std::string_view key, T& out, const Decode& decode) {
        if (given(key)) {
            read(key, out, decode);
        } else {
            find(key);
            if (may_hold_keys()) refuse(key, "is missing");
        }
    }

    template <typename T, typename Decode>
    void read_list(std::string_view key, std::vector<T>& out, const Decode& decode) {
        for (const auto& [path, value] : items(key)) {
            T item{};
            if (is_text(*value, path) && decode_into(*value, path, item, decode)) out.push_back(std::move(item));
        }
    }

    // A part that is not given is an empty section at the place of this one.
    Section section(std::string_view key);
    std::vector<Section> sections(std::string_view key);

    // Whether the key stands there with a value.
    bool given(std::string_view key) const;
    // Whether it stands there with a single value, neither a list nor keys.
    bool holds_text(std::string_view key) const;
    // Whether reading this section has added no error so far.
    bool clean() const { return errors_->size() == errors_before_; }
    int line_of(std::string_view key) const { return place_of(key).line; }

    // Adds an error at the value of `key`, or at this section if there is none.
    void refuse(std::string_view key, std::string message);
    // A key that people might try, and what to say to them.
    void misplaced(std::string_view key, std::string message);
    // Reports every key that nobody has asked for.
    void finish();

private:
    template <typename T, typename Decode>
    bool decode_into(const TreeNode& value, const std::string& path, T& out, const Decode& decode) {
        auto decoded = decode(std::string_view(value.text));
        if (auto* problem = std::get_if<Problem>(&decoded)) {
            errors_->add(value.place, path, std::move(problem->sentence));
            return false;
        }
        out = std::get<0>(std::move(decoded));
        return true;
    }

    bool may_hold_keys() const { return node_->kind == TreeNode::Kind::map || node_->kind == TreeNode::Kind::nothing; }
    const TreeNode* lookup(std::string_view key) const;
    const TreeNode* find(std::string_view key);
    const TreeNode* find_text(std::string_view key, bool may_be_empty);
    bool is_text(const TreeNode& value, const std::string& path);
    std::vector<std::pair<std::string, const TreeNode*>> items(std::string_view key);
    std::string path_of(std::string_view key) const;
    Place place_of(std::string_view key) const;

    const TreeNode* node_;
    Place place_;
    std::string path_;
    Errors* errors_;
    std::size_t errors_before_;
    std::vector<std::string_view> known_;
    std::vector<std::pair<std::string_view, std::string>> misplaced_;
};

}  // namespace presensi::config
