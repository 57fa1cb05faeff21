// The entry points that libFuzzer calls; one executable for each property.

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "tests/fuzz/property.hpp"

// Other work may share the processor, so the budget is processor time. libFuzzer ends in good order at SIGUSR1.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
    const char* seconds = std::getenv("PRESENSI_CPU_SECONDS");
    if (seconds == nullptr) return 0;
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGUSR1;
    itimerspec budget{};
    budget.it_value.tv_sec = std::atol(seconds);
    timer_t timer{};
    if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) != 0 || timer_settime(timer, 0, &budget, nullptr) != 0) {
        std::perror("timer");
        std::exit(2);
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const auto& property : presensi::fuzz::properties()) property.check(bytes);
    return 0;
}
