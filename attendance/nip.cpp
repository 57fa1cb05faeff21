#include "attendance/nip.hpp"

#include <algorithm>

#include "protocol/text_fields.hpp"

namespace presensi::attendance {
namespace {

using namespace std::chrono;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int number_of(std::string_view digits) { return decode_number(digits, 0, 99'999'999).value_or(0); }

NipOrProblem wrong(std::string problem) { return {std::nullopt, std::move(problem)}; }

std::string problem_of_form(std::string_view text) {
    const auto digits = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_digit));
    if (digits != text.size()) {
        if (text.find_first_of(" \t") != text.npos) return "The NIP has blanks inside; write its 18 digits together.";
        if (digits > 0 && text.find_first_of("eE") != text.npos && text.find_first_of(".,+") != text.npos) {
            return "A spreadsheet has made a number of the NIP, so its last digits are lost; make the column text and "
                   "enter it again.";
        }
        return "The NIP has a character that is no digit; it has 18 digits.";
    }
    if (digits == 9) return "This is an old NIP of 9 digits; give the one of 18 digits, or leave the cell empty.";
    return "The NIP has " + std::to_string(digits) + " digits instead of 18.";
}

}  // namespace

NipOrProblem decode_nip(std::string_view text, Day today) {
    if (text.size() != 18 || !std::all_of(text.begin(), text.end(), is_digit)) return wrong(problem_of_form(text));

    const year_month_day birth{year(number_of(text.substr(0, 4))), month(unsigned(number_of(text.substr(4, 2)))),
                               day(unsigned(number_of(text.substr(6, 2))))};
    const year_month_day now{today};
    const auto shown = std::string(text.substr(0, 8));
    if (!birth.ok()) return wrong("The NIP begins with " + shown + ", which is no date of birth (YYYYMMDD).");
    constexpr int youngest = 16;
    constexpr int oldest = 90;
    if (birth.year() > now.year() - years(youngest) || birth.year() < now.year() - years(oldest)) {
        return wrong("The NIP begins with " + shown + ", a date of birth that nobody in service has.");
    }

    const year began(number_of(text.substr(8, 4)));
    const int month_or_contract = number_of(text.substr(12, 2));
    if (began < birth.year() + years(youngest) || began > now.year() + years(1)) {
        return wrong("Digits 9 to 12 of the NIP are " + std::string(text.substr(8, 4)) +
                     ", which is no year in which this person can have begun.");
    }
    if (month_or_contract == 0) {
        return wrong("Digits 13 and 14 of the NIP are 00: no month, and no code of a contract (PPPK).");
    }
    if (text[14] != '1' && text[14] != '2') {
        return wrong("Digit 15 of the NIP is " + std::string(1, text[14]) + "; it is 1 (male) or 2 (female).");
    }
    if (text.substr(15) == "000") {
        return wrong(
            "The NIP ends in 000, as a spreadsheet leaves it, which keeps only 15 digits; make the column text "
            "and enter it again.");
    }
    return {Nip{month_or_contract <= 12 ? NipForm::pns : NipForm::pppk, Day{birth}}, {}};
}

std::optional<std::string> contradiction(NipForm form, PersonKind kind) {
    if (form == NipForm::pppk && (kind == PersonKind::pns || kind == PersonKind::cpns)) {
        return "Digits 13 and 14 of the NIP are no month, as a PPPK's, and the kind says " +
               std::string(kind == PersonKind::pns ? "PNS" : "CPNS") + ".";
    }
    return std::nullopt;
}

}  // namespace presensi::attendance
