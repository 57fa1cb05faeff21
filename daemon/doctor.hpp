#pragma once

#include <cstdio>

#include "config/settings.hpp"

namespace presensi {

enum class DoctorLanguage { indonesian, english };

// Looks at clock, state folder, database, ports and silent terminals, one line each, with the next step where something
// is wrong. Runs beside a running daemon and changes nothing. True: nothing is wrong.
bool run_doctor(const config::Settings& settings, DoctorLanguage language, std::FILE* out);

}  // namespace presensi
