#include "tests/fuzz/property.hpp"

#include <set>

#include "protocol/adms/percent.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::fuzz {

namespace {

std::vector<Property>& registered() {
    static std::vector<Property> all;
    return all;
}

}  // namespace

Property::Property(const char* name_of_it, Check check_of_it) : name(name_of_it), check(check_of_it) {
    registered().push_back(*this);
}

const std::vector<Property>& properties() { return registered(); }

namespace {

std::set<std::string>& all_reached() {
    static std::set<std::string> all;
    return all;
}

}  // namespace

void reached(const char* what) { all_reached().insert(what); }

bool was_reached(const char* what) { return all_reached().contains(what); }

void require(bool holds, const char* what, std::initializer_list<std::string_view> values) {
    if (holds) return;
    constexpr std::size_t shown = 2000;
    std::string message = what;
    for (const auto value : values) message.append("\n  ").append(adms::printable(value.substr(0, shown)));
    throw Broken(message);
}

void require_stored_text(std::string_view text, std::size_t limit, const char* what) {
    require(text.size() <= limit && is_valid_utf8(text) && to_stored_text(text) == text, what, {text});
}

}  // namespace presensi::fuzz
