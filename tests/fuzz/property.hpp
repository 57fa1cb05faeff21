#pragma once
// What must hold for every input. A property is written once: a fuzz target searches for inputs that break it
// (preset fuzz), and fuzz_tests runs it over the kept inputs in corpus/<name>.

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace presensi::fuzz {

// A property of the decoders over any bytes, registered by existing.
struct Property {
    using Check = void (*)(std::string_view bytes);  // throws Broken

    Property(const char* name_of_it, Check check_of_it);

    const char* name;
    Check check;
};

const std::vector<Property>& properties();

class Broken : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

// Throws Broken unless `holds`. `values` are what it was judged by.
void require(bool holds, const char* what, std::initializer_list<std::string_view> values = {});

// Notes that an input led to this; corpus_test says what the kept inputs must reach.
void reached(const char* what);
bool was_reached(const char* what);

// Text that every store takes (text_fields.hpp: to_stored_text), of at most `limit` bytes.
void require_stored_text(std::string_view text, std::size_t limit, const char* what);

}  // namespace presensi::fuzz
