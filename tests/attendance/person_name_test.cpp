#include "attendance/person_name.hpp"

#include <doctest/doctest.h>

using namespace presensi::attendance;

TEST_CASE("names without what says nothing of who it is") {
    const struct {
        const char* written;
        const char* folded;
    } cases[] = {
        {"Ahmad Fauzi", "AHMAD FAUZI"},
        {"  ahmad   fauzi ", "AHMAD FAUZI"},
        {"H. Ahmad Fauzi, S.Kom., M.Si", "AHMAD FAUZI"},
        {"Dr. Hj. SITI AMINAH, M.Kes", "SITI AMINAH"},
        {"AHMAD FAUZI S.KOM", "AHMAD FAUZI"},
        {"AHMAD FAUZI S. KOM", "AHMAD FAUZI"},
        {"AHMAD FAUZI SE", "AHMAD FAUZI"},
        {"AHMAD FAUZI, A.Md.Kep", "AHMAD FAUZI"},
        {"Drs. Budi Santoso M.AP", "BUDI SANTOSO"},
        {"M. Rizki", "M RIZKI"},
        {"M.Rizki", "M RIZKI"},
        {"Muh. Rizki", "MUHAMMAD RIZKI"},
        {"Mohamad Rizki", "MUHAMMAD RIZKI"},
        {"Nur'aini", "NURAINI"},
        {"Abd-Rahman", "ABDUL RAHMAN"},
        {"Ahmad H", "AHMAD H"},
        {"H.", "H"},
        {"SE", "SE"},
        {"", ""},
        {", S.Kom", "S KOM"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.written);
        CHECK(name_without_titles(c.written) == c.folded);
    }
}
