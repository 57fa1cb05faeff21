#pragma once

#include <cstdio>
#include <filesystem>
#include <string>

#include "config/load.hpp"

namespace presensi::doctor {

struct Questions {
    std::filesystem::path file;  // the configuration
    config::LoadResult loaded;   // what came of it
    std::string token;           // with which the running daemon tells its alarms; empty: none
};

// Looks at everything between a terminal and the store, one line each, with the next step where something is wrong.
// Runs beside a running daemon and changes nothing. True: nothing is wrong.
bool run(const Questions& questions, bool english, std::FILE* out);

}  // namespace presensi::doctor
