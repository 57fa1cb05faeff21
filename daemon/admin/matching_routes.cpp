// The matching sheet: whose PIN might it be? Proposals out, what the clerk accepted in.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

#include "attendance/matching.hpp"
#include "attendance/matching_sheet.hpp"
#include "daemon/admin/people_answers.hpp"
#include "daemon/people/pins_of_terminals.hpp"

namespace presensi::admin {

namespace json = boost::json;
using namespace attendance;

namespace {

// PINs that punched so long ago are looked at, too.
constexpr std::chrono::days look_back{62};

struct SheetQuery {
    std::string unit;
    std::string terminal;
    access::Viewer viewer;
    Day today{};
    bool csv = false;
};

// A line as this viewer may see it.
struct Visible {
    const Match* match = nullptr;
    std::vector<const Candidate*> candidates;
    bool proposed = false;
    std::size_t hidden = 0;  // candidates of other units
};

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const auto& word : words) all += (all.empty() ? "" : " ") + word;
    return all;
}

class Sheet {
public:
    Sheet(const Directory& directory, const SheetQuery& query)
        : directory_(directory), query_(query), reach_(people::reach_of(directory, query.viewer)) {}

    Shown show(const std::vector<Match>& matches) {
        std::string csv = sheet_header();
        json::array rows;
        for (const Match& match : matches) {
            const Visible row = visible(match);
            if (!is_asked_for(row)) continue;
            for (const auto* candidate : row.candidates) shown_.people.push_back(candidate->person);
            if (query_.csv) {
                csv += csv_of(row);
            } else {
                rows.push_back(json_of(row));
            }
        }
        if (query_.csv) {
            shown_.response = csv_response(std::move(csv));
        } else {
            json::object body;
            body["rows"] = std::move(rows);
            shown_.response = json_response(200, json::serialize(body));
        }
        return std::move(shown_);
    }

private:
    Visible visible(const Match& match) const {
        Visible row;
        row.match = &match;
        for (const auto& candidate : match.candidates) {
            if (may_look_at(reach_, directory_, candidate.person, query_.today)) {
                row.candidates.push_back(&candidate);
            } else {
                ++row.hidden;
            }
        }
        row.proposed = match.proposed && !row.candidates.empty() && row.candidates.front() == &match.candidates.front();
        return row;
    }

    bool is_asked_for(const Visible& row) const {
        const auto& serials = row.match->serials;
        if (!query_.terminal.empty() && !std::binary_search(serials.begin(), serials.end(), query_.terminal)) {
            return false;
        }
        if (query_.unit.empty()) return true;
        const auto is_of_unit = [&](const std::string& unit) {
            return directory_.is_within(unit, query_.unit, query_.today);
        };
        for (const auto& terminal : directory_.facts().terminals) {
            if (std::binary_search(serials.begin(), serials.end(), terminal.serial) && is_of_unit(terminal.unit)) {
                return true;
            }
        }
        return std::any_of(row.candidates.begin(), row.candidates.end(), [&](const Candidate* candidate) {
            return is_of_unit(directory_.unit_of(candidate->person, query_.today));
        });
    }

    std::string csv_of(const Visible& row) const {
        SheetLine line;
        line.pin = row.match->pin;
        line.terminals = joined(row.match->serials);
        line.name_on_terminal = row.match->name;
        if (row.match->shared) line.only_on = line.terminals;
        if (row.candidates.empty()) {
            if (row.hidden > 0) line.reason = "somebody of another unit resembles it";
            return sheet_record(line);
        }
        std::string lines;
        for (const Candidate* candidate : row.candidates) {
            const Person* person = directory_.find_person(candidate->person);
            line.person = person->uuid;
            line.nip = person->nip;
            line.name = person->name;
            line.unit = directory_.unit_of(person->id, query_.today);
            line.score = std::to_string(candidate->score);
            line.reason = candidate->reason;
            lines += sheet_record(line);
            if (row.proposed) break;  // the others are shown as JSON only
        }
        return lines;
    }

    json::object json_of(const Candidate& candidate) const {
        json::object out = brief_json(*directory_.find_person(candidate.person), directory_, query_.today);
        out["score"] = candidate.score;
        out["reason"] = candidate.reason;
        return out;
    }

    json::object json_of(const Visible& row) const {
        json::object out;
        out["pin"] = row.match->pin;
        out["terminals"] = json::array(row.match->serials.begin(), row.match->serials.end());
        out["name_on_terminal"] = row.match->name.empty() ? json::value(nullptr) : json::value(row.match->name);
        out["shared"] = row.match->shared;
        out["proposal"] = row.proposed ? json::value(json_of(*row.candidates.front())) : json::value(nullptr);
        json::array candidates;
        for (const Candidate* candidate : row.candidates) candidates.push_back(json_of(*candidate));
        out["candidates"] = std::move(candidates);
        out["hidden"] = row.hidden;
        return out;
    }

    const Directory& directory_;
    const SheetQuery& query_;
    const Reach reach_;
    Shown shown_;
};

}  // namespace

Reply handle_matching(Context& context, Call call) {
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    const Day today = today_at(context);
    const Reach reach = people::reach_of(*directory, call.viewer);
    auto refusal = refuse_unit(call, *directory, reach, today);
    if (!refusal) refusal = refuse_terminal(call, *directory, reach, today);
    if (refusal) co_return std::move(*refusal);
    const SheetQuery query{text_of(call, "unit"), text_of(call, "terminal"), call.viewer, today, wants_csv(call)};
    auto read = [directory, query](StoreWorker::Reader reader) {
        auto pins = people::find_unknown_pins(reader.database, *directory, query.today, query.today - look_back,
                                              query.today + std::chrono::days(1));
        // What terminals of others call it is nothing of theirs.
        const Reach theirs = people::reach_of(*directory, query.viewer);
        std::erase_if(pins, [&](const auto& pin) { return !theirs.has_terminal(pin.serial, query.today); });
        // Of everybody, so that a namesake of another unit is seen; what is shown is of the viewer's.
        return Sheet(*directory, query).show(match_pins(pins, people::everybody(*directory, query.today)));
    };
    Shown shown = co_await context.worker.read(std::move(read));
    http::Response response = co_await answer_naming(context, std::move(call.viewer), std::move(shown));
    co_return response;
}

Reply handle_matching_import(Context& context, Call call) {
    http::Response response = co_await take_lines(context, std::move(call), LinesOf::matching);
    co_return response;
}

}  // namespace presensi::admin
