#include "config/organisation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "config/choices.hpp"
#include "config/file_text.hpp"
#include "config/printable.hpp"
#include "config/reader.hpp"
#include "config/text_values.hpp"

namespace presensi::config {
namespace {

using attendance::Assignment;
using attendance::CalendarDay;
using attendance::Day;
using attendance::EchelonGroup;
using attendance::Event;
using attendance::EventKind;
using attendance::HolidayKind;
using attendance::Organisation;
using attendance::Span;
using attendance::Unit;

constexpr std::size_t largest_file = MiB;
constexpr std::size_t longest_word = 64;
constexpr std::chrono::days longest_rule{366};  // a year of Mondays; the law of the next year is another one

constexpr std::array<Choice<bool>, 2> purpose_choices{{{"apel", true}, {"daily", false}}};
constexpr std::array<Choice<EchelonGroup>, 4> echelon_choices{{{"eselon_2", EchelonGroup::eselon_2},
                                                               {"eselon_3", EchelonGroup::eselon_3},
                                                               {"eselon_4", EchelonGroup::eselon_4},
                                                               {"staff", EchelonGroup::staff}}};
constexpr std::array<Choice<HolidayKind>, 3> holiday_choices{{{"national", HolidayKind::national},
                                                              {"collective_leave", HolidayKind::collective_leave},
                                                              {"local", HolidayKind::local}}};
constexpr std::array<Choice<EventKind>, 4> event_choices{{{"apel", EventKind::apel},
                                                          {"senam", EventKind::senam},
                                                          {"tausiyah", EventKind::tausiyah},
                                                          {"upacara", EventKind::upacara}}};

Decoded<Day> decode_day(std::string_view text) {
    const auto day = attendance::decode_day(text);
    if (!day) return Problem{shown(text) + " is not a day (such as 2026-11-23)"};
    return *day;
}

Decoded<bool> decode_all(std::string_view text) {
    if (text != "all") return Problem{shown(text) + " is neither all nor a list such as [first, second]"};
    return true;
}

Decoded<std::string> decode_word(std::string_view text) {
    const bool fits = !text.empty() && text.size() <= longest_word && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!fits) return Problem{shown(text) + " is not a word of small letters, digits, - or _ (at most 64)"};
    return std::string(text);
}

using Codes = std::vector<std::string_view>;

auto one_of_units(const Codes& codes) {
    return [&codes](std::string_view text) -> Decoded<std::string> {
        if (std::find(codes.begin(), codes.end(), text) != codes.end()) return std::string(text);
        return Problem{shown(text) + " is not the code of a unit in this file" + did_you_mean(text, codes)};
    };
}

Span read_span(Section& section) {
    std::optional<Day> from;
    std::optional<Day> to;
    section.require("from", from, decode_day);
    section.read_optional("to", to, decode_day);
    if (from && to && *to <= *from)
        section.refuse("to", "is not after from; it is the first day on which this holds no more");
    return {from.value_or(Day{}), to};
}

// Where something stood first.
template <typename Key>
class Once {
public:
    // The line of the same key before this one; 0: it is new.
    int add(Key key, int line) {
        const auto [first, is_new] = lines_.emplace(std::move(key), line);
        return is_new ? 0 : first->second;
    }

private:
    std::map<Key, int> lines_;
};

class Reader {
public:
    Reader(Organisation& out, const Errors& errors) : out_(out), errors_(errors) {}

    void read(Section root) {
        read_units(root.sections("units"));
        read_assignments(root.sections("assignments"));
        for (Section& holiday : root.sections("holidays")) read_holiday(holiday);
        for (Section& event : root.sections("events")) read_event(event);
        root.finish();
    }

private:
    void read_units(std::vector<Section> sections) {
        out_.units.resize(sections.size());
        Once<std::string> codes;
        for (std::size_t i = 0; i < sections.size(); ++i) {
            std::string& code = out_.units[i].code;
            sections[i].require("code", code, decode_word);
            if (code.empty()) continue;
            if (const int line = codes.add(code, sections[i].line_of("code")); line > 0)
                sections[i].refuse("code", fmt::format("{} is in this file already, in line {}", code, line));
        }
        for (const Unit& unit : out_.units) {
            if (!unit.code.empty()) codes_.push_back(unit.code);
        }
        for (std::size_t i = 0; i < sections.size(); ++i) read_unit(sections[i], out_.units[i]);
        for (std::size_t i = 0; i < sections.size(); ++i) {
            refuse_circle(sections[i], "parent", out_.units[i], &Unit::parent);
            refuse_circle(sections[i], "merged_into", out_.units[i], &Unit::merged_into);
        }
    }

    void read_unit(Section& section, Unit& unit) {
        section.require("name", unit.name, decode_text);
        section.require("kind", unit.kind, decode_word);
        section.read_optional("parent", unit.parent, one_of_units(codes_));
        section.read_list("aliases", unit.aliases, decode_text);
        unit.valid = read_span(section);
        section.read_optional("merged_into", unit.merged_into, one_of_units(codes_));
        if (section.given("merged_into") && !section.given("to"))
            section.refuse("merged_into", "needs to: the first day on which the other unit stands for it");
        section.require("source", unit.source, decode_text);
        section.finish();
        refuse_known_name(section, "name", unit.name);
        for (const auto& alias : unit.aliases) refuse_known_name(section, "aliases", alias);
    }

    // People and terminals are brought with the name of their unit.
    void refuse_known_name(Section& section, std::string_view key, const std::string& name) {
        if (name.empty()) return;
        const int line = names_.add(attendance::folded_name(name), section.line_of(key));
        if (line > 0)
            section.refuse(key, fmt::format("{} is a name in this file already, in line {}", shown(name), line));
    }

    void refuse_circle(Section& section, std::string_view key, const Unit& unit, std::string Unit::*next) {
        std::string way = unit.code;
        const Unit* at = &unit;
        for (std::size_t step = 0; step <= out_.units.size() && !(at->*next).empty(); ++step) {
            const std::string& code = at->*next;
            way += " → " + code;
            if (code == unit.code) {
                section.refuse(key, "leads back to itself: " + way);
                return;
            }
            const auto found = std::find_if(out_.units.begin(), out_.units.end(),
                                            [&](const Unit& candidate) { return candidate.code == code; });
            if (found == out_.units.end()) return;
            at = &*found;
        }
    }

    // Either `all`, or some. An empty list and a missing key are mistakes where it is required.
    template <typename T, typename Decode>
    bool read_all_or(Section& section, std::string_view key, bool required, std::vector<T>& out, const Decode& decode) {
        if (!section.given(key)) {
            bool none = false;
            section.read_optional(key, none, decode_all);
            if (required) section.refuse(key, "is missing; write all, or a list");
            return true;
        }
        bool all = false;
        if (section.holds_text(key)) {
            section.read(key, all, decode_all);
        } else {
            const auto before = errors_.size();
            section.read_list(key, out, decode);
            if (errors_.size() == before && out.empty())
                section.refuse(key, "is an empty list; write all, or name some");
        }
        return all;
    }

    void read_assignments(std::vector<Section> sections) {
        for (Section& section : sections) {
            const auto before = errors_.size();
            Assignment assignment;
            section.require("terminal", assignment.serial, decode_serial);
            std::vector<std::string> units;
            if (read_all_or(section, "units", true, units, one_of_units(codes_))) units = {""};
            std::vector<EchelonGroup> groups;
            const bool every = read_all_or(section, "echelons", false, groups, one_of(echelon_choices));
            section.require("for", assignment.apel, one_of(purpose_choices));
            assignment.valid = read_span(section);
            section.require("source", assignment.source, decode_text);
            section.finish();
            if (errors_.size() != before) continue;
            for (const auto& unit : units) {
                assignment.unit = unit;
                if (every) groups.assign(1, EchelonGroup::staff);
                for (const EchelonGroup group : groups) {
                    assignment.group = every ? std::nullopt : std::optional(group);
                    add_assignment(section, assignment);
                }
            }
        }
    }

    void add_assignment(Section& section, const Assignment& assignment) {
        const int line = section.line_of("terminal");
        auto& same = assigned_[{assignment.serial, assignment.unit, assignment.group, assignment.apel}];
        for (const auto& [span, before] : same) {
            if (!span.overlaps(assignment.valid)) continue;
            section.refuse(
                "terminal",
                fmt::format("{} is assigned to {}{} at that time already, in line {}", assignment.serial,
                            assignment.unit.empty() ? "all units" : assignment.unit,
                            assignment.group ? fmt::format(" ({})", to_string(*assignment.group)) : "", before));
            return;
        }
        same.emplace_back(assignment.valid, line);
        out_.assignments.push_back(assignment);
    }

    void read_holiday(Section& section) {
        const auto before = errors_.size();
        CalendarDay holiday;
        section.require("day", holiday.day, decode_day);
        section.require("kind", holiday.kind, one_of(holiday_choices));
        section.require("name", holiday.name, decode_text);
        section.require("source", holiday.source, decode_text);
        section.finish();
        if (errors_.size() != before) return;
        if (const int line = holidays_.add({holiday.day, holiday.kind}, section.line_of("day")); line > 0) {
            section.refuse("day", fmt::format("{} is a holiday of this kind already, in line {}",
                                              attendance::format_day(holiday.day), line));
            return;
        }
        out_.holidays.push_back(std::move(holiday));
    }

    void read_event(Section& section) {
        const auto before = errors_.size();
        Event event;
        section.require("kind", event.kind, one_of(event_choices));
        const bool is_weekly = section.given("every");
        std::chrono::weekday weekday{};
        Span span;
        if (is_weekly) {
            section.read("every", weekday, one_of(weekday_choices));
            section.misplaced("day", "an event is on one day, or every such day of the week");
            span = read_span(section);
            if (!section.given("to")) section.refuse("to", "is missing; events are planned year by year");
            if (span.to && span.from != Day{} && *span.to - span.from > longest_rule)
                section.refuse("to", "is more than a year after from; events are planned year by year");
        } else {
            section.read_optional("every", weekday, one_of(weekday_choices));
            section.require("day", event.day, decode_day);
            section.misplaced("from", "from and to belong to every: monday and the like");
            section.misplaced("to", "from and to belong to every: monday and the like");
        }
        std::optional<std::chrono::minutes> opens;
        std::optional<std::chrono::minutes> closes;
        section.require("opens", opens, decode_time_of_day);
        section.require("closes", closes, decode_time_of_day);
        if (opens && closes && *closes < *opens) section.refuse("closes", "is before opens");
        event.opens = opens.value_or(event.opens);
        event.closes = closes.value_or(event.closes);
        section.read_optional("place", event.place, decode_text);
        if (read_all_or(section, "units", false, event.units, one_of_units(codes_))) event.units.clear();
        section.require("source", event.source, decode_text);
        section.finish();
        if (errors_.size() != before) return;
        if (!is_weekly) {
            add_event(section, "day", std::move(event), out_.events);
            return;
        }
        for (Event& one : attendance::held_weekly(event, weekday, span.from, *span.to)) {
            const bool is_holiday = std::any_of(out_.holidays.begin(), out_.holidays.end(),
                                                [&](const auto& h) { return h.day == one.day; });
            if (!is_holiday && !add_event(section, "every", std::move(one), out_.weekly_events)) return;
        }
    }

    bool add_event(Section& section, std::string_view key, Event event, std::vector<Event>& list) {
        const int line = events_.add({event.day, event.kind, event.opens, event.place}, section.line_of(key));
        if (line > 0) {
            section.refuse(key, fmt::format("this {} stands on {} already, in line {}", to_string(event.kind),
                                            attendance::format_day(event.day), line));
            return false;
        }
        list.push_back(std::move(event));
        return true;
    }

    Organisation& out_;
    const Errors& errors_;
    Codes codes_;
    Once<std::string> names_;
    std::map<std::tuple<std::string, std::string, std::optional<EchelonGroup>, bool>, std::vector<std::pair<Span, int>>>
        assigned_;
    Once<std::pair<Day, HolidayKind>> holidays_;
    Once<std::tuple<Day, EventKind, std::chrono::minutes, std::string>> events_;
};

}  // namespace

OrganisationResult decode_organisation(std::string_view text, const std::string& name) {
    Organisation organisation;
    Errors errors(name);
    const TreeNode tree = parse_tree(text, errors);
    Reader(organisation, errors).read(Section(tree, "", errors));
    if (errors.size() > 0) return {std::nullopt, errors.in_order()};
    return {std::move(organisation), {}};
}

OrganisationResult load_organisation(const std::filesystem::path& file) {
    const auto content = read_file(file, largest_file);
    if (const auto* problem = std::get_if<Problem>(&content)) {
        return {std::nullopt, {{file.string(), 0, 0, "", "the file " + problem->sentence}}};
    }
    return decode_organisation(std::get<FileText>(content).text, file.string());
}

}  // namespace presensi::config
