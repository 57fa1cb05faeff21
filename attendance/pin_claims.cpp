#include "attendance/pin_claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "attendance/matching.hpp"
#include "protocol/pin.hpp"

namespace presensi::attendance {
namespace {

bool never_held(const PinAssignment& pin) { return pin.valid.to && *pin.valid.to <= pin.valid.from; }

}  // namespace

PinClaims::PinClaims(const Directory& directory, const Reach& reach, const NamesOfPins& names)
    : directory_(directory), reach_(reach), names_(names) {
    for (const auto& pin : directory.facts().pins) held_[pin.pin_key].push_back(pin);
}

void PinClaims::keep(const std::vector<PinClaim>& claims) {
    for (const auto& claim : claims) {
        const std::string key = pin_key(claim.pin);
        held_[key].push_back({claim.person, claim.serial, key, claim.valid});
    }
}

// "PIN 43 on terminal T1 is Ana's from 2026-01-01 to 2026-03-01"
std::string PinClaims::describe(const PinAssignment& pin, const PinWish& wish) const {
    std::string sentence = "PIN " + wish.pin + (pin.serial.empty() ? "" : " on terminal " + pin.serial) + " is " +
                           describe(pin.person, wish.from) + "'s from " + format_day(pin.valid.from);
    if (pin.valid.to) sentence += " to " + format_day(*pin.valid.to);
    return sentence;
}

std::string PinClaims::describe(std::int64_t person, Day day) const {
    const Person* found = directory_.find_person(person);
    if (found == nullptr) return "somebody of another line";
    const auto memberships = directory_.memberships_of(person);
    const bool shown = reach_.everything() || reach_.has_person(person, day) ||
                       (!memberships.empty() && reach_.has_unit(memberships.back()->unit, day));
    return shown ? found->name : "somebody of another unit";
}

PinClaims::Answer PinClaims::ask_one(const PinWish& wish, const std::string& serial, const std::string& key) const {
    Span span = *reach_.span_of(wish.person, wish.from);
    const auto held = held_.find(key);
    if (held == held_.end()) return {{}, {}, {{wish.person, serial, wish.pin, span}}};
    // Until a later one of their own begins.
    for (const auto& pin : held->second) {
        if (pin.person != wish.person || pin.serial != serial) continue;
        if (pin.valid.holds(wish.from)) return {};
        if (!never_held(pin) && wish.from < pin.valid.from && (!span.to || pin.valid.from < *span.to)) {
            span.to = pin.valid.from;
        }
    }
    for (const auto& pin : held->second) {
        if (pin.person == wish.person || pin.serial != serial || never_held(pin) || !pin.valid.overlaps(span)) continue;
        return {describe(pin, wish) + "; end that first, or begin when it has ended.", {}, {}};
    }
    Answer answer{{}, {}, {{wish.person, serial, wish.pin, span}}};
    if (!serial.empty()) look_at_all_terminals(wish, key, answer);
    return answer;
}

void PinClaims::look_at_all_terminals(const PinWish& wish, const std::string& key, Answer& answer) const {
    const PinClaim claim = answer.claims.front();
    for (const auto& pin : held_.at(key)) {
        if (pin.person == wish.person || !pin.serial.empty() || never_held(pin) || !pin.valid.overlaps(claim.valid)) {
            continue;
        }
        const std::string sentence = describe(pin, wish) + " on all terminals";
        if (!reach_.everything()) {
            answer = {sentence + "; end that first, or ask a super-admin.", {}, {}};
            return;
        }
        answer.warn(sentence + "; on terminal " + claim.serial + " it is now " + wish.name + "'s instead.");
    }
}

bool PinClaims::is_held_alone(const std::string& serial, const std::string& key, Day day) const {
    const auto held = held_.find(key);
    return held != held_.end() && std::any_of(held->second.begin(), held->second.end(), [&](const auto& pin) {
               return pin.serial == serial && pin.valid.holds(day);
           });
}

bool PinClaims::has_other_name(const PinWish& wish, const std::string& serial, const std::string& key) const {
    const auto found = names_.find(key);
    return found != names_.end() && std::any_of(found->second.begin(), found->second.end(), [&](const auto& one) {
               return one.serial == serial && !may_be_one_name(one.name, wish.name);
           });
}

std::vector<std::string> PinClaims::needed(const PinWish& wish) const {
    const Membership* recorded = directory_.membership_of(wish.person, wish.from);
    if (wish.unit.empty() && recorded == nullptr) return {};
    const std::string& unit = wish.unit.empty() ? recorded->unit : wish.unit;
    const EchelonGroup group = wish.unit.empty() ? recorded->group : wish.group;
    auto serials = directory_.daily_terminals(unit, wish.from);
    const auto apel = directory_.apel_terminals(unit, group, wish.from);
    serials.insert(serials.end(), apel.begin(), apel.end());
    return serials;
}

PinClaims::Answer PinClaims::ask_everywhere(const PinWish& wish, const std::string& key) const {
    Answer answer = ask_one(wish, "", key);
    const auto names = names_.find(key);
    if (answer.claims.empty() || reach_.everything() || names == names_.end()) return answer;
    const auto theirs = needed(wish);
    const bool is_elsewhere = std::any_of(names->second.begin(), names->second.end(), [&](const auto& one) {
        if (reach_.has_terminal(one.serial, wish.from)) return false;
        // Somebody has it there alone, so what is claimed for all terminals does not reach it.
        if (is_held_alone(one.serial, key, wish.from)) return false;
        const bool is_needed = std::find(theirs.begin(), theirs.end(), one.serial) != theirs.end();
        // A name tells whose it is there; without one it is theirs only where they have to punch.
        return one.name.empty() ? !is_needed : !may_be_one_name(one.name, wish.name);
    });
    return is_elsewhere ? ask_where_theirs(wish, key) : answer;
}

PinClaims::Answer PinClaims::ask_where_theirs(const PinWish& wish, const std::string& key) const {
    std::vector<std::string> serials = needed(wish);
    for (const auto& place : directory_.facts().terminals) {
        if (!place.apel && !place.retired && reach_.has_unit(place.unit, wish.from)) serials.push_back(place.serial);
    }
    std::sort(serials.begin(), serials.end());
    serials.erase(std::unique(serials.begin(), serials.end()), serials.end());
    Answer answer;
    std::string named;
    bool is_anywhere = false;
    for (const auto& serial : serials) {
        if (has_other_name(wish, serial, key)) continue;
        Answer one = ask_one(wish, serial, key);
        if (!one.problem.empty()) continue;  // another's there
        is_anywhere = true;
        named += (named.empty() ? "" : ", ") + serial;
        answer.claims.insert(answer.claims.end(), one.claims.begin(), one.claims.end());
    }
    const std::string sentence = "A terminal that is not yours has PIN " + wish.pin + ", too";
    if (!is_anywhere) return {sentence + "; say on which of your terminals it is theirs.", {}, {}};
    if (!answer.claims.empty()) answer.warn(sentence + ", so it is theirs on these only: " + named + ".");
    return answer;
}

void PinClaims::look_at_names(const PinWish& wish, const std::string& key, Answer& answer) const {
    const auto found = names_.find(key);
    if (found == names_.end()) return;
    for (const auto& [serial, name] : found->second) {
        const bool concerned =
            std::any_of(answer.claims.begin(), answer.claims.end(), [&, serial = serial](const auto& claim) {
                return claim.serial == serial || (claim.serial.empty() && !is_held_alone(serial, key, wish.from));
            });
        if (!concerned || may_be_one_name(name, wish.name)) continue;
        answer.warn(fmt::format("Terminal {} has PIN {} under another name ({}).", serial, wish.pin, name));
    }
}

PinClaims::Answer PinClaims::ask(const PinWish& wish) const {
    const std::string key = pin_key(wish.pin);
    const auto theirs = reach_.span_of(wish.person, wish.from);
    if (!theirs) return {"On " + format_day(wish.from) + " they are of a unit that is not yours.", {}, {}};
    Answer answer;
    for (const auto& serial : wish.serials) {
        const auto& terminals = directory_.facts().terminals;
        const bool known = std::any_of(terminals.begin(), terminals.end(),
                                       [&, serial = serial](const auto& place) { return place.serial == serial; });
        if (!known && reach_.everything()) return {"There is no terminal " + serial + ".", {}, {}};
        if (!reach_.has_terminal(serial, wish.from)) return {"Terminal " + serial + " is not yours.", {}, {}};
        Answer one = ask_one(wish, serial, key);
        if (!one.problem.empty()) return one;
        if (!one.warning.empty()) answer.warn(one.warning);
        answer.claims.insert(answer.claims.end(), one.claims.begin(), one.claims.end());
    }
    if (wish.serials.empty()) answer = ask_everywhere(wish, key);
    if (answer.claims.empty()) return answer;
    if (wish.serials.empty()) {
        for (const auto& pin : directory_.pins_of(wish.person)) {
            if (!pin.serial.empty() || pin.pin_key == key || !pin.valid.holds(wish.from)) continue;
            answer.warn("They have PIN " + pin.pin_key + " already; both are theirs.");
        }
    }
    look_at_names(wish, key, answer);
    if (theirs->to) {
        answer.warn("From " + format_day(*theirs->to) +
                    " on they are of a unit that is not yours; until then it is theirs.");
    }
    return answer;
}

}  // namespace presensi::attendance
