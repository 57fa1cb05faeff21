#pragma once
// For coroutines that live as long as the daemon. One that ended by an exception would be missing without a word, while
// the rest goes on; so it ends io_context::run() instead, with a line in the log, and the service manager starts anew.

#include <exception>

namespace presensi {

inline void must_not_fail(const std::exception_ptr& mistake) {
    if (mistake) std::rethrow_exception(mistake);
}

}  // namespace presensi
