#include "protocol/zk4370/pull_result.hpp"

namespace presensi::zk4370 {

std::string_view to_string(FailureKind kind) {
    switch (kind) {
        case FailureKind::no_answer:
            return "no_answer";
        case FailureKind::not_a_terminal:
            return "not_a_terminal";
        case FailureKind::timed_out:
            return "timed_out";
        case FailureKind::disconnected:
            return "disconnected";
        case FailureKind::unauthorized:
            return "unauthorized";
        case FailureKind::wrong_terminal:
            return "wrong_terminal";
        case FailureKind::refused:
            return "refused";
        case FailureKind::protocol_error:
            return "protocol_error";
        case FailureKind::too_big:
            return "too_big";
        case FailureKind::truncated:
            return "truncated";
        case FailureKind::unknown_layout:
            return "unknown_layout";
        case FailureKind::count_mismatch:
            return "count_mismatch";
        case FailureKind::users_unreadable:
            return "users_unreadable";
        case FailureKind::stopped:
            return "stopped";
    }
    return "protocol_error";
}

}  // namespace presensi::zk4370
