#pragma once
// The words of the file for every value that is one of a few.

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "config/decoded.hpp"
#include "config/nearest.hpp"
#include "config/printable.hpp"
#include "config/settings.hpp"

namespace presensi::config {

template <typename T>
struct Choice {
    std::string_view word;
    T value;
};

inline constexpr std::array<Choice<bool>, 2> truth_choices{{{"true", true}, {"false", false}}};
inline constexpr std::array<Choice<Backend>, 2> backend_choices{
    {{"sqlite", Backend::sqlite}, {"postgres", Backend::postgres}}};
inline constexpr std::array<Choice<UnknownTerminals>, 2> unknown_terminals_choices{
    {{"hold", UnknownTerminals::hold}, {"approve", UnknownTerminals::approve}}};
inline constexpr std::array<Choice<SendDate>, 3> send_date_choices{
    {{"auto", SendDate::automatic}, {"always", SendDate::always}, {"never", SendDate::never}}};
inline constexpr std::array<Choice<TerminalRole>, 2> role_choices{
    {{"apel", TerminalRole::apel}, {"daily", TerminalRole::daily}}};
inline constexpr std::array<Choice<OutsideWindow>, 2> outside_window_choices{
    {{"keep", OutsideWindow::keep}, {"refuse", OutsideWindow::refuse}}};
inline constexpr std::array<Choice<LogFormat>, 2> log_format_choices{
    {{"text", LogFormat::text}, {"json", LogFormat::json}}};
inline constexpr std::array<Choice<TransFlag>, 2> trans_flag_choices{
    {{"text", TransFlag::text}, {"digits", TransFlag::digits}}};

inline constexpr std::array<Choice<SecondApproval>, 3> second_approval_choices{
    {{"off", SecondApproval::off}, {"suspicious", SecondApproval::suspicious}, {"always", SecondApproval::always}}};

inline constexpr std::array<Choice<std::chrono::weekday>, 7> weekday_choices{{{"monday", std::chrono::Monday},
                                                                              {"tuesday", std::chrono::Tuesday},
                                                                              {"wednesday", std::chrono::Wednesday},
                                                                              {"thursday", std::chrono::Thursday},
                                                                              {"friday", std::chrono::Friday},
                                                                              {"saturday", std::chrono::Saturday},
                                                                              {"sunday", std::chrono::Sunday}}};

template <typename T, std::size_t Count>
Decoded<T> decode_choice(std::string_view text, const std::array<Choice<T>, Count>& choices) {
    std::vector<std::string_view> words;
    for (const Choice<T>& choice : choices) {
        if (choice.word == text) return choice.value;
        words.push_back(choice.word);
    }
    return Problem{
        fmt::format("{} is not one of {}{}", shown(text), fmt::join(words, ", "), did_you_mean(text, words))};
}

template <typename T, std::size_t Count>
auto one_of(const std::array<Choice<T>, Count>& choices) {
    return [&choices](std::string_view text) { return decode_choice(text, choices); };
}

template <typename T, std::size_t Count>
std::string_view word_of(T value, const std::array<Choice<T>, Count>& choices) {
    for (const Choice<T>& choice : choices) {
        if (choice.value == value) return choice.word;
    }
    return "";
}

}  // namespace presensi::config
