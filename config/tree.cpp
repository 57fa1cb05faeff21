// The only file that knows yaml-cpp. We take its events instead of its nodes: nodes hide repeated keys, and shared
// ones (aliases) let a small file grow without bound.

#include "config/tree.hpp"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <sstream>
#include <utility>

#include "config/printable.hpp"

namespace presensi::config {
namespace {

// Turns bytes into places; columns count characters, yaml-cpp counts bytes.
class Lines {
public:
    explicit Lines(std::string_view text) {
        for (std::size_t start = 0; start <= text.size();) {
            const std::size_t end = std::min(text.find('\n', start), text.size());
            lines_.push_back(text.substr(start, end - start));
            start = end + 1;
        }
    }

    Place place(const YAML::Mark& mark) const {
        if (mark.is_null()) return {};
        return place(static_cast<std::size_t>(mark.line), static_cast<std::size_t>(mark.column));
    }

    Place place_of(std::size_t offset) const {
        std::size_t line = 0;
        while (line + 1 < lines_.size() && offset > lines_[line].size()) offset -= lines_[line++].size() + 1;
        return place(line, offset);
    }

    // yaml-cpp has no words for the most common mistake, and stumbles over it only later.
    std::string tab_hint(const YAML::Mark& mark) const {
        for (std::size_t line = 0; line < lines_.size() && static_cast<int>(line) <= mark.line; ++line) {
            const std::string_view indent = lines_[line].substr(0, lines_[line].find_first_not_of(" \t"));
            if (indent.find('\t') == std::string_view::npos) continue;
            return fmt::format("; line {} is indented with a tab, use blanks", line + 1);
        }
        return "";
    }

private:
    Place place(std::size_t line, std::size_t bytes) const {
        line = std::min(line, lines_.size() - 1);
        const std::string_view before = lines_[line].substr(0, bytes);
        const auto characters = std::count_if(before.begin(), before.end(), [](char c) { return (c & 0xC0) != 0x80; });
        return {static_cast<int>(line) + 1, static_cast<int>(characters) + 1};
    }

    std::vector<std::string_view> lines_;
};

class TreeBuilder : public YAML::EventHandler {
public:
    TreeBuilder(const Lines& lines, Errors& errors) : lines_(lines), errors_(errors) {}

    TreeNode take_root() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ == 2) {
            errors_.add(lines_.place(mark), "", "a second document begins here; the configuration is one document");
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { add(node(TreeNode::Kind::nothing, mark)); }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        TreeNode alias = node(TreeNode::Kind::refused, mark);
        errors_.add(alias.place, "", "aliases (*name) are not used here; write the value out");
        add(std::move(alias));
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
        TreeNode scalar = node(TreeNode::Kind::text, mark, tag);
        scalar.text = value;
        add(std::move(scalar));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        open_.push_back({node(TreeNode::Kind::list, mark, tag), std::nullopt});
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {
        open_.push_back({node(TreeNode::Kind::map, mark, tag), std::nullopt});
    }
    void OnMapEnd() override { close(); }

private:
    struct Open {
        TreeNode node;
        std::optional<TreeNode> key;  // of a map: the key whose value comes next
    };

    TreeNode node(TreeNode::Kind kind, const YAML::Mark& mark, const std::string& tag = "") {
        TreeNode node;
        node.kind = kind;
        node.place = lines_.place(mark);
        // yaml-cpp says "?" where no tag was written, and "!" for a quoted text.
        if (!tag.empty() && tag != "?" && tag != "!") {
            errors_.add(node.place, "", fmt::format("tags ({}) are not used here", shown(tag)));
            node.kind = TreeNode::Kind::refused;
        }
        return node;
    }

    void close() {
        TreeNode closed = std::move(open_.back().node);
        open_.pop_back();
        add(std::move(closed));
    }

    // yaml-cpp marks a value that is not there at whatever comes next; here it gets the place of its list or key.
    void add(TreeNode node) {
        if (documents_ > 1) return;
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node.kind == TreeNode::Kind::list) {
            if (node.kind == TreeNode::Kind::nothing) node.place = parent.node.place;
            parent.node.children.push_back(std::move(node));
        } else if (parent.node.kind == TreeNode::Kind::map) {
            add_to_map(parent, std::move(node));
        }
    }

    void add_to_map(Open& parent, TreeNode node) {
        if (!parent.key) {
            if (node.kind != TreeNode::Kind::text && node.kind != TreeNode::Kind::refused) {
                errors_.add(node.place, "", "a key must be a plain word");
                node.kind = TreeNode::Kind::refused;
            }
            parent.key = std::move(node);
            return;
        }
        const TreeNode key = *std::exchange(parent.key, std::nullopt);
        if (key.kind == TreeNode::Kind::refused) return;
        if (node.kind == TreeNode::Kind::nothing) node.place = key.place;
        node.key = key.text;
        node.key_place = key.place;
        parent.node.children.push_back(std::move(node));
    }

    const Lines& lines_;
    Errors& errors_;
    int documents_ = 0;
    std::vector<Open> open_;
    TreeNode root_;
};

bool is_plain_text(std::string_view text, const Lines& lines, Errors& errors) {
    if (const std::size_t at = text.find('\0'); at != std::string_view::npos) {
        errors.add(lines.place_of(at), "", "a NUL byte stands here; the file must be plain UTF-8 text");
        return false;
    }
    if (const std::size_t at = find_invalid_utf8(text); at != std::string_view::npos) {
        errors.add(lines.place_of(at), "", "this is not UTF-8; save the file as UTF-8");
        return false;
    }
    return true;
}

}  // namespace

TreeNode parse_tree(std::string_view text, Errors& errors) {
    // Unicode, section 23.8: a byte order mark at the start is no part of the text.
    if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
    const Lines lines(text);
    TreeNode refused;
    refused.kind = TreeNode::Kind::refused;
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        errors.add({}, "", "the file is empty");
        return refused;
    }
    if (!is_plain_text(text, lines, errors)) return refused;

    TreeBuilder builder(lines, errors);
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
        return builder.take_root();
    } catch (const YAML::DeepRecursion& error) {
        errors.add(lines.place(error.mark), "", "lists and keys are nested too deeply");
    } catch (const YAML::Exception& error) {
        errors.add(lines.place(error.mark), "", "not valid YAML: " + error.msg + lines.tab_hint(error.mark));
    } catch (const std::exception& error) {
        errors.add({}, "", fmt::format("not valid YAML: {}", error.what()));
    }
    return refused;
}

}  // namespace presensi::config
