#include "tests/convergence/plan.hpp"

#include <fmt/format.h>
#include <rapidcheck.h>

#include <ostream>

namespace presensi::convergence {

namespace {

using terminals::Profile;
using terminals::ZkLayout;

// Of all sizes alike, and shrunk to the smallest.
rc::Gen<int> number(int first, int last) {
    return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(first, last + 1));
}

// One of first–last that shrinks further, to `smallest`.
rc::Gen<int> number_down_to(int smallest, int first, int last) {
    return rc::gen::shrink(rc::gen::noShrink(number(first, last)),
                           [smallest](int value) { return rc::shrink::towards(value, smallest); });
}

rc::Gen<bool> seldom() {
    return rc::gen::map(number(0, 5), [](int value) { return value == 5; });
}

rc::Gen<TerminalPlan> any_terminal() {
    return rc::gen::build<TerminalPlan>(
        rc::gen::set(&TerminalPlan::profile, rc::gen::element(Profile::mb10, Profile::x100c, Profile::senseface)),
        rc::gen::set(&TerminalPlan::layout, rc::gen::element(ZkLayout::r40, ZkLayout::r16, ZkLayout::a8, ZkLayout::b8,
                                                             ZkLayout::r22, ZkLayout::r49)));
}

rc::Gen<Way> any_way() {
    return rc::gen::element(Way::push, Way::pull, Way::stick, Way::stick_utf16, Way::pushed_file, Way::pulled_file);
}

rc::Gen<Trip> any_trip() {
    return rc::gen::build<Trip>(
        rc::gen::set(&Trip::way, any_way()), rc::gen::set(&Trip::terminal, number(0, terminals_in_plan - 1)),
        rc::gen::set(&Trip::from, rc::gen::oneOf(rc::gen::just(0), number(0, 1000))),
        rc::gen::set(&Trip::to, rc::gen::oneOf(rc::gen::just(1000), number(0, 1000))),
        rc::gen::set(&Trip::lines, rc::gen::oneOf(number(1, 8), number(8, 200))),
        rc::gen::set(&Trip::form, number(0, 11)), rc::gen::set(&Trip::copies, number(1, 3)),
        rc::gen::set(&Trip::junk, rc::gen::oneOf(rc::gen::just(0), number(0, 4))), rc::gen::set(&Trip::cut, seldom()));
}

rc::Gen<OddPunch> any_odd_punch() {
    return rc::gen::build<OddPunch>(
        rc::gen::set(&OddPunch::odd,
                     rc::gen::element(Odd::again, Odd::neighbour, Odd::elsewhere, Odd::long_ago, Odd::ahead)),
        rc::gen::set(&OddPunch::beside, number(0, 400)));
}

rc::Gen<Step> any_step() {
    return rc::gen::build<Step>(rc::gen::set(&Step::deliveries, rc::gen::oneOf(number(1, 8), number(8, 300))),
                                rc::gen::set(&Step::other_writer), rc::gen::set(&Step::restart, seldom()));
}

template <typename T>
rc::Gen<std::vector<T>> up_to(int most, rc::Gen<T> element) {
    return rc::gen::resize(most, rc::gen::container<std::vector<T>>(std::move(element)));
}

}  // namespace

rc::Gen<Plan> any_plan() {
    return rc::gen::build<Plan>(
        rc::gen::set(&Plan::days, number_down_to(1, 30, 30)), rc::gen::set(&Plan::people, number_down_to(1, 3, 6)),
        rc::gen::set(&Plan::first_person, number(0, 11)),
        rc::gen::set(&Plan::terminals, rc::gen::container<std::array<TerminalPlan, terminals_in_plan>>(any_terminal())),
        rc::gen::set(&Plan::odd, up_to(12, any_odd_punch())), rc::gen::set(&Plan::trips, up_to(18, any_trip())),
        rc::gen::set(&Plan::rest, rc::gen::element(Way::push, Way::stick, Way::stick_utf16, Way::pushed_file)),
        rc::gen::set(&Plan::order, number(0, 1'000'000)), rc::gen::set(&Plan::steps, up_to(8, any_step())));
}

namespace {

const char* name_of(Way way) {
    constexpr const char* names[] = {"push", "pull", "stick", "stick_utf16", "pushed_file", "pulled_file"};
    return names[static_cast<std::size_t>(way)];
}

const char* name_of(Odd odd) {
    constexpr const char* names[] = {"again", "neighbour", "elsewhere", "long_ago", "ahead"};
    return names[static_cast<std::size_t>(odd)];
}

const char* name_of(Profile profile) {
    constexpr const char* names[] = {"x100c", "senseface", "mb10"};
    return names[static_cast<std::size_t>(profile)];
}

const char* name_of(ZkLayout layout) {
    constexpr const char* names[] = {"8A", "8B", "16", "22", "40", "49"};
    return names[static_cast<std::size_t>(layout)];
}

}  // namespace

void showValue(const Plan& plan, std::ostream& out) {
    out << fmt::format("{} days, {} people from {}, order {}, the rest by {}\n", plan.days, plan.people,
                       plan.first_person, plan.order, name_of(plan.rest));
    for (const auto& terminal : plan.terminals)
        out << fmt::format("  terminal: {}, records of {}\n", name_of(terminal.profile), name_of(terminal.layout));
    for (const auto& odd : plan.odd) out << fmt::format("  odd punch: {} beside {}\n", name_of(odd.odd), odd.beside);
    for (const auto& trip : plan.trips) {
        out << fmt::format("  trip: {} of terminal {}, {}-{} per mille, {} lines, form {}, copies {}, junk {}{}\n",
                           name_of(trip.way), trip.terminal, trip.from, trip.to, trip.lines, trip.form, trip.copies,
                           trip.junk, trip.cut ? ", cut" : "");
    }
    for (const auto& step : plan.steps) {
        out << fmt::format("  step: {} deliveries{}{}\n", step.deliveries,
                           step.other_writer ? ", by the other writer" : "", step.restart ? ", after a restart" : "");
    }
}

}  // namespace presensi::convergence
