#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <utility>
#include <vector>

#include "tests/support/at_end.hpp"

namespace {

unsigned ran = 0;

std::vector<std::function<void()>>& last_works() {
    static std::vector<std::function<void()>> works;
    return works;
}

struct Counter : doctest::IReporter {
    explicit Counter(const doctest::ContextOptions&) {}
    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats& stats) override { ran = stats.numTestCasesPassingFilters; }
    void test_case_start(const doctest::TestCaseData&) override {}
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_end(const doctest::CurrentTestCaseStats&) override {}
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData&) override {}
    void log_message(const doctest::MessageData&) override {}
    void test_case_skipped(const doctest::TestCaseData&) override {}
};
REGISTER_LISTENER("counter", 1, Counter);

}  // namespace

void presensi::test::at_end_of_tests(std::function<void()> work) { last_works().push_back(std::move(work)); }

// A filter that matches no test is a failure: a name that ctest mangled would pass without having run.
int main(int argc, char** argv) {
    doctest::Context context(argc, argv);
    const int result = context.run();
    for (const auto& work : last_works()) work();
    if (context.shouldExit()) return result;
    if (ran == 0) {
        std::fprintf(stderr, "no test matches the filters\n");
        return 1;
    }
    return result;
}
