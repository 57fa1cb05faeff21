#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace presensi::config {

struct Place {
    int line = 0;    // from 1; 0: the whole file
    int column = 0;  // from 1, in characters as an editor counts them
};

// Collects what is wrong with one file.
class Errors {
public:
    explicit Errors(std::string file) : file_(std::move(file)) {}
    void add(Place place, std::string path, std::string message);
    std::size_t size() const { return errors_.size(); }
    std::vector<ConfigError> in_order() const;

private:
    std::string file_;
    std::vector<ConfigError> errors_;
};

}  // namespace presensi::config
