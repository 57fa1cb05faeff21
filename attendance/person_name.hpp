#pragma once
// Names as people write them, made comparable.

#include <string>
#include <string_view>
#include <vector>

namespace presensi::attendance {

// The words of a name in capitals, without punctuation, titles and degrees ("H.", "Dr.", "S.Kom", "M.Si"), the forms of
// Muhammad made one. Letters beyond ASCII stay as they are. A name of nothing but titles keeps them.
std::vector<std::string> name_words(std::string_view name);

// The words with a blank between them: equal for two spellings of one name.
std::string name_without_titles(std::string_view name);

}  // namespace presensi::attendance
