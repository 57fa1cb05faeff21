#pragma once

namespace presensi::web {

// Of the papers that are printed (architecture 3.14).
enum class Language { indonesian, english };

}  // namespace presensi::web
