#include "attendance/pin_claims.hpp"

#include <algorithm>
#include <utility>

#include "attendance/matching.hpp"
#include "protocol/pin.hpp"

namespace presensi::attendance {

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

std::string PinClaims::describe(std::int64_t person, Day day) const {
    const Person* found = directory_.find_person(person);
    if (found == nullptr) return "somebody of another line";
    const auto memberships = directory_.memberships_of(person);
    const bool shown = reach_.everything() || reach_.has_person(person, day) ||
                       (!memberships.empty() && reach_.has_unit(memberships.back()->unit, day));
    return shown ? found->name : "somebody of another unit";
}

PinClaims::Answer PinClaims::ask_one(const PinWish& wish, const std::string& serial, const std::string& key) const {
    Span span{wish.from, std::nullopt};
    const auto held = held_.find(key);
    if (held == held_.end()) return {{}, {}, {{wish.person, serial, wish.pin, span}}};
    // Until a later one of their own begins.
    for (const auto& pin : held->second) {
        if (pin.person != wish.person || pin.serial != serial) continue;
        if (pin.valid.holds(wish.from)) return {};
        const bool never_held = pin.valid.to && *pin.valid.to <= pin.valid.from;
        if (!never_held && wish.from < pin.valid.from && (!span.to || pin.valid.from < *span.to)) {
            span.to = pin.valid.from;
        }
    }
    for (const auto& pin : held->second) {
        const bool never_held = pin.valid.to && *pin.valid.to <= pin.valid.from;
        if (pin.person == wish.person || pin.serial != serial || never_held || !pin.valid.overlaps(span)) continue;
        std::string sentence = "PIN " + wish.pin + (serial.empty() ? "" : " on terminal " + serial) + " is " +
                               describe(pin.person, wish.from) + "'s from " + format_day(pin.valid.from);
        if (pin.valid.to) sentence += " to " + format_day(*pin.valid.to);
        return {sentence + "; end that first, or begin when it has ended.", {}, {}};
    }
    return {{}, {}, {{wish.person, serial, wish.pin, span}}};
}

void PinClaims::look_at_terminals(const PinWish& wish, const std::string& key, Answer& answer) const {
    const auto found = names_.find(key);
    if (found == names_.end()) return;
    for (const auto& [serial, name] : found->second) {
        const bool concerned =
            wish.serials.empty() || std::find(wish.serials.begin(), wish.serials.end(), serial) != wish.serials.end();
        if (!concerned || may_be_one_name(name, wish.name)) continue;
        // Somebody has it there alone, so what is claimed for all terminals does not reach it.
        const Person* holder = directory_.person_of(serial, key, wish.from);
        const auto held = held_.find(key);
        if (wish.serials.empty() && holder != nullptr && held != held_.end() &&
            std::any_of(held->second.begin(), held->second.end(), [&, serial = serial](const auto& pin) {
                return pin.serial == serial && pin.valid.holds(wish.from);
            })) {
            continue;
        }
        if (reach_.has_terminal(serial, wish.from)) {
            answer.warning = "Terminal " + serial + " has PIN " + wish.pin + " under another name (" + name + ").";
        } else {
            answer = {"A terminal that is not yours has PIN " + wish.pin +
                          " under another name; say on which of your terminals it is theirs.",
                      {},
                      {}};
            return;
        }
    }
}

PinClaims::Answer PinClaims::ask(const PinWish& wish) const {
    const std::string key = pin_key(wish.pin);
    Answer answer;
    for (const auto& serial : wish.serials) {
        const auto& terminals = directory_.facts().terminals;
        const bool known = std::any_of(terminals.begin(), terminals.end(),
                                       [&, serial = serial](const auto& place) { return place.serial == serial; });
        if (!known && reach_.everything()) return {"There is no terminal " + serial + ".", {}, {}};
        if (!reach_.has_terminal(serial, wish.from)) return {"Terminal " + serial + " is not yours.", {}, {}};
    }
    const std::vector<std::string> everywhere{""};
    for (const auto& serial : wish.serials.empty() ? everywhere : wish.serials) {
        Answer one = ask_one(wish, serial, key);
        if (!one.problem.empty()) return one;
        answer.claims.insert(answer.claims.end(), one.claims.begin(), one.claims.end());
    }
    if (answer.claims.empty()) return answer;
    if (wish.serials.empty()) {
        for (const auto& pin : directory_.pins_of(wish.person)) {
            if (!pin.serial.empty() || pin.pin_key == key || !pin.valid.holds(wish.from)) continue;
            answer.warning = "They have PIN " + pin.pin_key + " already; both are theirs.";
        }
    }
    look_at_terminals(wish, key, answer);
    return answer;
}

}  // namespace presensi::attendance
