// How many lines of ATTLOG one thread redacts and decodes per second of its processor time (goal G14): every check of
// the daemon included. Prints lines of build/bench/results.tsv.

#include <fmt/format.h>

#include <ctime>
#include <string>

#include "protocol/adms/attlog.hpp"
#include "protocol/adms/redact.hpp"

namespace {

constexpr std::size_t lines_per_body = 1000;
constexpr std::size_t line_limit = 64 * 1024;

std::string body_of_punches() {
    std::string body;
    for (std::size_t i = 0; i < lines_per_body; ++i) {
        fmt::format_to(std::back_inserter(body), "{}\t2026-11-20 07:{:02}:{:02}\t0\t1\t0\t0\t0\n", 1000 + i, i / 60,
                       i % 60);
    }
    return body;
}

template <typename Work>
double lines_per_second(Work work) {
    const std::clock_t started = std::clock();
    std::clock_t passed = 0;
    std::size_t bodies = 0;
    for (; passed < CLOCKS_PER_SEC / 2; passed = std::clock() - started) {
        work();
        ++bodies;
    }
    return static_cast<double>(bodies * lines_per_body) * CLOCKS_PER_SEC / static_cast<double>(passed);
}

}  // namespace

int main() {
    using namespace presensi::adms;
    const std::string body = body_of_punches();
    std::size_t punches = 0;
    const auto decode = [&](std::string_view text) { punches += decode_attlog(text, line_limit).punches.size(); };
    for (int round = 0; round < 5; ++round) {
        const double decoded = lines_per_second([&] { decode(body); });
        const double all = lines_per_second([&] { decode(redact_body(TableKind::attlog, body)); });
        fmt::print("decode\tpresensid\t{:.0f}\nredact and decode\tpresensid\t{:.0f}\n", decoded, all);
    }
    return punches % lines_per_body == 0 ? 0 : 1;
}
