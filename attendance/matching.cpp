#include "attendance/matching.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "attendance/person_name.hpp"
#include "protocol/pin.hpp"

namespace presensi::attendance {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t most_candidates = 5;
constexpr std::size_t shortest_for_a_typing_error = 6;
constexpr std::size_t shortest_telling_word = 4;

std::string joined(const Words& words) {
    std::string all;
    for (const auto& word : words) all += word;
    return all;
}

// Everything but blanks and punctuation, titles too: what a cut leaves of a name is its beginning as it was written.
std::string letters_of(std::string_view name) {
    std::string letters;
    for (const char c : name) {
        if (c >= 'a' && c <= 'z') {
            letters += static_cast<char>(c - 'a' + 'A');
        } else if ((c & 0x80) != 0 || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            letters += c;
        }
    }
    return letters;
}

// A name in the forms that are compared.
struct Folded {
    explicit Folded(std::string_view name)
        : words(name_words(name)), joined(attendance::joined(words)), letters(letters_of(name)), bytes(name.size()) {}

    Words words;
    std::string joined;
    std::string letters;
    std::size_t bytes;
};

// protocol-4370 § 4.5: 8 or 24 bytes; one less where the last was a blank or the end of a text.
bool may_be_cut(std::size_t bytes) { return bytes == 7 || bytes == 8 || bytes == 23 || bytes == 24; }

bool begins_with(const Words& words, const Words& beginning) {
    return beginning.size() < words.size() && std::equal(beginning.begin(), beginning.end(), words.begin());
}

// One letter put in, left out, changed, or changed places with its neighbour.
bool differ_by_one(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.size() - a.size() > 1 || a == b) return false;
    std::size_t i = 0;
    while (i < a.size() && a[i] == b[i]) ++i;
    if (a.size() < b.size()) return a.substr(i) == b.substr(i + 1);
    if (a.substr(i + 1) == b.substr(i + 1)) return true;
    return i + 1 < a.size() && a[i] == b[i + 1] && a[i + 1] == b[i] && a.substr(i + 2) == b.substr(i + 2);
}

// Word by word the same or the other's initial, at least one the same; the name may go on.
bool abbreviates(const Words& shorter, const Words& name) {
    if (shorter.size() > name.size()) return false;
    bool telling = false;
    bool initial = false;
    for (std::size_t i = 0; i < shorter.size(); ++i) {
        if (shorter[i] == name[i]) {
            telling = telling || shorter[i].size() >= shortest_telling_word;
        } else if ((shorter[i].size() == 1 || name[i].size() == 1) && shorter[i][0] == name[i][0]) {
            initial = true;
        } else {
            return false;
        }
    }
    return telling && initial;
}

bool is_among(const Words& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

Resemblance compare(const Folded& terminal, const Folded& person) {
    const Words& t = terminal.words;
    const Words& p = person.words;
    if (t.empty() || p.empty()) return {};
    if (t == p) return {80, "same name"};
    if (terminal.joined == person.joined) return {78, "same name with other blanks"};
    if (t.size() == p.size() && std::is_permutation(t.begin(), t.end(), p.begin())) {
        return {72, "same words in another order"};
    }
    if (may_be_cut(terminal.bytes) && terminal.letters.size() >= shortest_telling_word &&
        (person.letters.starts_with(terminal.letters) || person.joined.starts_with(terminal.joined))) {
        return terminal.bytes > 8 ? Resemblance{70, "same name, cut at 24 bytes"}
                                  : Resemblance{60, "same name, cut at 8 bytes"};
    }
    if (std::min(terminal.joined.size(), person.joined.size()) >= shortest_for_a_typing_error &&
        differ_by_one(terminal.joined, person.joined)) {
        return {65, "one letter is another"};
    }
    if (abbreviates(t, p)) return {60, "initials"};
    if (t.size() > 1 && begins_with(p, t)) return {58, "first words of the name"};
    if (p.size() > 1 && begins_with(t, p)) return {58, "the name and more words"};
    if (t.size() > 1 && std::all_of(t.begin(), t.end(), [&](const auto& word) { return is_among(p, word); })) {
        return {52, "words of the name"};
    }
    if (t.size() == 1 && t[0].size() >= shortest_telling_word && is_among(p, t[0])) {
        return t[0] == p[0] ? Resemblance{45, "first word of the name"} : Resemblance{35, "a word of the name"};
    }
    return {};
}

// Pieces of a NIP that people enrol under (requirements 2.2, 2.3), as PIN keys: the longer, the more they say.
std::vector<std::string> pieces_of_nip(std::string_view nip) {
    std::vector<std::string> pieces;
    if (nip.size() != 18) return pieces;
    const auto add = [&](std::string_view piece) {
        auto key = pin_key(piece);
        if (key.size() >= 4 && !std::count(pieces.begin(), pieces.end(), key)) pieces.push_back(std::move(key));
    };
    add(nip);
    for (const std::size_t last : {10U, 9U, 8U, 7U, 6U, 5U, 4U}) add(nip.substr(nip.size() - last));
    add(nip.substr(0, 8));                                                                 // 19850131
    add(nip.substr(2, 6));                                                                 // 850131
    add(std::string(nip.substr(6, 2)).append(nip.substr(4, 2)).append(nip.substr(2, 2)));  // 310185
    add(nip.substr(8, 6));                                                                 // 201001
    return pieces;
}

bool shares_one(const Words& sorted, const Words& other) {
    return std::any_of(other.begin(), other.end(),
                       [&](const auto& one) { return std::binary_search(sorted.begin(), sorted.end(), one); });
}

// The people, found by whatever a terminal may have of their names.
class Index {
public:
    explicit Index(std::span<const Somebody> people) {
        names_.reserve(people.size());
        shared_words_.resize(people.size());
        for (std::size_t i = 0; i < people.size(); ++i) {
            const Folded& name = names_.emplace_back(people[i].name);
            const std::set<std::string> words(name.words.begin(), name.words.end());
            for (const auto& word : words) words_[word].push_back(i);
            beginnings_.emplace_back(name.joined, i);
            if (name.letters != name.joined) beginnings_.emplace_back(name.letters, i);
            each_without_one(name.joined, [&](const std::string& form) { forms_[form].push_back(i); });
            for (const auto& piece : nip_pieces_.emplace_back(pieces_of_nip(people[i].nip))) {
                pieces_[piece].push_back(i);
            }
        }
        std::sort(beginnings_.begin(), beginnings_.end());
    }

    const Folded& name(std::size_t i) const { return names_[i]; }
    bool has_piece_of_nip(std::size_t i, const std::string& pin_key) const {
        return std::find(nip_pieces_[i].begin(), nip_pieces_[i].end(), pin_key) != nip_pieces_[i].end();
    }

    // Everybody whom compare() might find something in common with, each once, in their order. Words that many people
    // have are not enough for names of several words: all full words of the shorter name have to be there.
    std::vector<std::size_t> find(const Folded& name, const std::string& pin) {
        std::vector<std::size_t> found;
        const auto add = [&](const auto& map, const std::string& key) {
            if (const auto place = map.find(key); place != map.end()) {
                found.insert(found.end(), place->second.begin(), place->second.end());
            }
        };
        std::vector<std::size_t> sharing;
        for (const auto& word : std::set(name.words.begin(), name.words.end())) {
            const auto place = words_.find(word);
            if (place == words_.end()) continue;
            for (const std::size_t i : place->second) {
                if (shared_words_[i] == 0) sharing.push_back(i);
                if (word.size() > 1 || shared_words_[i] == 0) ++shared_words_[i];
            }
        }
        const std::size_t full = count_full(name.words);
        for (const std::size_t i : sharing) {
            if (shared_words_[i] >= std::min(full, count_full(names_[i].words))) found.push_back(i);
            shared_words_[i] = 0;
        }
        if (!name.joined.empty()) {
            each_without_one(name.joined, [&](const std::string& form) { add(forms_, form); });
        }
        if (may_be_cut(name.bytes)) {
            for (const auto& beginning : {name.joined, name.letters}) {
                if (beginning.size() < shortest_telling_word) continue;
                auto place =
                    std::lower_bound(beginnings_.begin(), beginnings_.end(), std::pair(beginning, std::size_t{}));
                for (; place != beginnings_.end() && place->first.starts_with(beginning); ++place) {
                    found.push_back(place->second);
                }
            }
        }
        add(pieces_, pin);
        std::sort(found.begin(), found.end());
        found.erase(std::unique(found.begin(), found.end()), found.end());
        return found;
    }

private:
    static std::size_t count_full(const Words& words) {
        return static_cast<std::size_t>(
            std::count_if(words.begin(), words.end(), [](const auto& word) { return word.size() > 1; }));
    }

    // Two texts that differ by one letter share one of these forms.
    template <typename Use>
    static void each_without_one(const std::string& text, Use use) {
        use(text);
        if (text.size() < shortest_for_a_typing_error - 1) return;
        for (std::size_t i = 0; i < text.size(); ++i) {
            std::string form = text;
            form.erase(i, 1);
            use(form);
        }
    }

    std::vector<Folded> names_;
    std::vector<std::size_t> shared_words_;  // of each, with the name that find() is at; zeros between calls
    std::vector<std::vector<std::string>> nip_pieces_;
    std::unordered_map<std::string, std::vector<std::size_t>> words_;
    std::unordered_map<std::string, std::vector<std::size_t>> forms_;
    std::unordered_map<std::string, std::vector<std::size_t>> pieces_;
    std::vector<std::pair<std::string, std::size_t>> beginnings_;
};

// A candidate before its score is brought into bounds: 110 goes before 100.
struct Rated {
    std::size_t somebody = 0;
    int score = 0;
    std::string reason;
};

Rated rate(const Match& match, const Folded& name, const Somebody& somebody, std::size_t i, const Index& index) {
    Rated rated;
    rated.somebody = i;
    const auto add = [&](int score, std::string_view reason) {
        rated.score += score;
        if (!rated.reason.empty()) rated.reason += "; ";
        rated.reason += reason;
    };
    if (const Resemblance names = compare(name, index.name(i)); names.score > 0) {
        add(names.score, names.reason);
        if (match.serials.size() > 1) add(5, "the same on " + std::to_string(match.serials.size()) + " terminals");
    }
    if (index.has_piece_of_nip(i, match.pin_key)) {
        const bool long_enough = match.pin_key.size() >= 6;
        if (rated.score > 0) {
            add(long_enough ? 15 : 10, "the PIN is a piece of the NIP");
        } else if (name.words.empty()) {
            add(long_enough ? 45 : 30, "the PIN is a piece of the NIP");
        }
    }
    if (rated.score == 0) return rated;
    if (shares_one(match.serials, somebody.terminals)) {
        add(10, "a terminal of their unit");
    } else if (!somebody.terminals.empty()) {
        add(-10, "a terminal of another unit");
    }
    const auto& pins = somebody.pin_keys;
    if (!pins.empty() && std::find(pins.begin(), pins.end(), match.pin_key) == pins.end()) {
        add(-20, "has PIN " + pins.front() + " already");
    }
    return rated;
}

// The names of each PIN, those that may be one put together.
std::vector<Match> gather(std::span<const UnknownPin> pins) {
    std::map<std::string, std::vector<const UnknownPin*>> by_key;
    for (const auto& pin : pins) by_key[pin.pin_key].push_back(&pin);
    std::vector<Match> all;
    for (auto& [key, list] : by_key) {
        std::stable_sort(list.begin(), list.end(), [](const auto* a, const auto* b) {
            return std::tuple(b->name.size(), a->name, a->serial) < std::tuple(a->name.size(), b->name, b->serial);
        });
        std::vector<Match> matches;
        std::vector<std::set<std::string>> places;  // of each match
        const std::string& longest = list.front()->name;
        const bool one_name =
            std::all_of(list.begin(), list.end(), [&](const auto* pin) { return may_be_one_name(longest, pin->name); });
        // Names come first. Without one it is the same only in the same place, and only if there is no other name.
        const auto is_same = [&](std::size_t i, const UnknownPin& pin) {
            const std::string& name = matches[i].name;
            if (!pin.name.empty()) return one_name || may_be_one_name(name, pin.name);
            return places[i].contains(pin.place) && (one_name || name.empty());
        };
        for (const UnknownPin* pin : list) {
            std::size_t i = 0;
            while (i < matches.size() && !is_same(i, *pin)) ++i;
            if (i == matches.size()) {
                matches.push_back({pin->pin, key, pin->name, {}, false, {}, false});
                places.emplace_back();
            }
            matches[i].serials.push_back(pin->serial);
            places[i].insert(pin->place);
        }
        for (auto& match : matches) {
            std::sort(match.serials.begin(), match.serials.end());
            match.serials.erase(std::unique(match.serials.begin(), match.serials.end()), match.serials.end());
            match.shared = matches.size() > 1;
            all.push_back(std::move(match));
        }
    }
    return all;
}

// Nobody has two PINs on one terminal: the better one keeps them, two that are as good neither.
void settle_rivals(std::vector<Match>& matches) {
    std::map<std::int64_t, std::vector<Match*>> by_person;
    for (auto& match : matches) {
        if (match.proposed) by_person[match.candidates.front().person].push_back(&match);
    }
    for (auto& [person, rivals] : by_person) {
        std::vector<std::pair<Match*, std::string>> lost;
        for (Match* one : rivals) {
            for (const Match* other : rivals) {
                if (one == other || one->pin_key == other->pin_key || !shares_one(one->serials, other->serials))
                    continue;
                if (one->candidates.front().score >= other->candidates.front().score + least_lead) continue;
                lost.emplace_back(one, other->pin);
                break;
            }
        }
        for (auto& [match, pin] : lost) {
            match->proposed = false;
            match->candidates.front().reason += "; PIN " + pin + " fits them too";
        }
    }
}

}  // namespace

Resemblance compare_names(std::string_view on_terminal, std::string_view name) {
    return compare(Folded(on_terminal), Folded(name));
}

bool may_be_one_name(std::string_view a, std::string_view b) {
    if (a == b || a.empty() || b.empty()) return true;
    const Folded first(a);
    const Folded second(b);
    return compare(first, second).score >= least_score || compare(second, first).score >= least_score;
}

std::vector<Match> match_pins(std::span<const UnknownPin> pins, std::span<const Somebody> people) {
    std::vector<Match> matches = gather(pins);
    Index index(people);
    for (Match& match : matches) {
        const Folded name(match.name);
        std::vector<Rated> rated;
        for (const std::size_t i : index.find(name, match.pin_key)) {
            Rated one = rate(match, name, people[i], i, index);
            if (one.score > 0) rated.push_back(std::move(one));
        }
        std::stable_sort(rated.begin(), rated.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
        match.proposed = !rated.empty() && rated[0].score >= least_score &&
                         (rated.size() == 1 || rated[0].score >= rated[1].score + least_lead);
        for (std::size_t i = 0; i < std::min(rated.size(), most_candidates); ++i) {
            match.candidates.push_back(
                {people[rated[i].somebody].person, std::clamp(rated[i].score, 0, 100), std::move(rated[i].reason)});
        }
    }
    settle_rivals(matches);
    return matches;
}

}  // namespace presensi::attendance
