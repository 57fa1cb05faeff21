#pragma once
// Requests that two readers could frame differently (T09), for either listener. Each carries, where a careless reader
// would take it for a request of its own, a punch of PIN 666 or a question for /smuggled.

#include <string>
#include <string_view>
#include <vector>

namespace presensi::test {

struct Smuggled {
    std::string name;
    std::string bytes;
};

// `target`: of an upload or of a question that would be answered; `hidden`: a whole request.
std::vector<Smuggled> smuggling_corpus(std::string_view target, std::string_view hidden);

}  // namespace presensi::test
