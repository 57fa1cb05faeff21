// The entry points that libFuzzer calls; one executable for each property.

#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "tests/fuzz/property.hpp"

namespace {

void start_timer(int signal, itimerspec when) {
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = signal;
    timer_t timer{};
    if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) == 0 && timer_settime(timer, 0, &when, nullptr) == 0)
        return;
    std::perror("timer");
    std::exit(2);
}

// Between libFuzzer's lines, so that they say when they were written (scripts/fuzz.sh).
void tell_time(int) {
    static int percent = 0;
    char line[] = "budget: 000 %\n";
    ++percent;
    line[8] = static_cast<char>('0' + percent / 100 % 10);
    line[9] = static_cast<char>('0' + percent / 10 % 10);
    line[10] = static_cast<char>('0' + percent % 10);
    [[maybe_unused]] const auto written = write(STDERR_FILENO, line, sizeof line - 1);
}

}  // namespace

// Other work may share the processor, so the budget is processor time. libFuzzer ends in good order at SIGUSR1.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
    const char* text = std::getenv("PRESENSI_CPU_SECONDS");
    if (text == nullptr) return 0;
    const long seconds = std::atol(text);
    itimerspec budget{};
    budget.it_value.tv_sec = seconds;
    start_timer(SIGUSR1, budget);
    struct sigaction action {};
    action.sa_handler = tell_time;
    action.sa_flags = SA_RESTART;
    sigaction(SIGPROF, &action, nullptr);
    const long hundredth = seconds * 10'000'000;  // ns
    const timespec step{hundredth / 1'000'000'000, hundredth % 1'000'000'000};
    start_timer(SIGPROF, {step, step});
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const auto& property : presensi::fuzz::properties()) property.check(bytes);
    return 0;
}
