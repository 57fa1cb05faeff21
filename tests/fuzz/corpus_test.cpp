// What fuzzing has found interesting, kept in corpus/<property>: replayed by every run of the suite.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>

#include "protocol/adms/percent.hpp"
#include "tests/fuzz/property.hpp"
#include "tests/protocol/captures.hpp"

using namespace presensi;
using presensi::fuzz::properties;

namespace {

const std::filesystem::path corpus = PRESENSI_SOURCE_DIR "/tests/fuzz/corpus";

std::vector<std::string> inputs_of(const char* property) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(corpus / property)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> inputs;
    for (const auto& path : paths) {
        std::ifstream in(path, std::ios::binary);
        inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return inputs;
}

// What the property found broken, or nothing.
std::optional<std::string> broken(const fuzz::Property& property, const std::string& input) {
    try {
        property.check(input);
        return std::nullopt;
    } catch (const fuzz::Broken& finding) {
        return adms::printable(input) + "\n" + finding.what();
    }
}

}  // namespace

TEST_CASE("every property has a corpus, and every corpus a property") {
    std::set<std::string> folders;
    for (const auto& entry : std::filesystem::directory_iterator(corpus)) folders.insert(entry.path().filename());
    std::set<std::string> names;
    for (const auto& property : properties()) names.insert(property.name);
    CHECK(folders == names);
    for (const auto& name : names) {
        CAPTURE(name);
        CHECK_FALSE(std::filesystem::is_empty(corpus / name));
    }
}

TEST_CASE("kept inputs of the fuzz targets") {
    for (const auto& property : properties()) {
        for (const auto& input : inputs_of(property.name)) {
            const auto finding = broken(property, input);
            CHECK_MESSAGE(!finding, property.name << ": " << finding.value_or(""));
        }
    }
}

TEST_CASE("kept conversations of port 4370 get as far as a log") {
    for (const auto& property : properties()) {
        if (std::string_view(property.name) != "zk_conversation") continue;
        for (const auto& input : inputs_of(property.name)) property.check(input);
    }
    for (const char* what : {"a pulled log", "a pulled log with users", "a pulled log over UDP"}) {
        CHECK_MESSAGE(fuzz::was_reached(what), what);
    }
}

TEST_CASE("kept inputs with bytes changed, put in and taken out") {
    std::mt19937 random(20261124);
    for (const auto& property : properties()) {
        if (std::string_view(property.name) == "repetition") continue;  // slow by purpose
        const auto inputs = inputs_of(property.name);
        for (int i = 0; i < 500; ++i) {
            const auto finding = broken(property, test::mutated(inputs[random() % inputs.size()], random));
            CHECK_MESSAGE(!finding, property.name << ": " << finding.value_or(""));
        }
    }
}
