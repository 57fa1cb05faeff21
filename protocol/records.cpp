#include "protocol/records.hpp"

namespace presensi {

std::string_view to_string(Road road) {
    switch (road) {
        case Road::push:
            return "push";
        case Road::pull:
            return "pull";
        case Road::upload:
            return "upload";
    }
    return "push";
}

std::string_view to_string(Grade grade) {
    switch (grade) {
        case Grade::live:
            return "live";
        case Grade::late:
            return "late";
        case Grade::pulled:
            return "pulled";
        case Grade::file:
            return "file";
        case Grade::late_online:
            return "late_online";
        case Grade::pull_only:
            return "pull_only";
        case Grade::suspect:
            return "suspect";
    }
    return "suspect";
}

std::string_view to_string(RejectReason reason) {
    switch (reason) {
        case RejectReason::too_few_fields:
            return "too_few_fields";
        case RejectReason::empty_pin:
            return "empty_pin";
        case RejectReason::bad_pin:
            return "bad_pin";
        case RejectReason::bad_time:
            return "bad_time";
        case RejectReason::line_too_long:
            return "line_too_long";
        case RejectReason::store_refused:
            return "store_refused";
        case RejectReason::no_user:
            return "no_user";
        case RejectReason::time_unknown:
            return "time_unknown";
        case RejectReason::bad_row:
            return "bad_row";
        case RejectReason::other_terminal:
            return "other_terminal";
    }
    return "store_refused";
}

}  // namespace presensi
