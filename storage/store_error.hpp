#pragma once

#include <stdexcept>

namespace presensi::storage {

// The store cannot be reached or cannot write now; the same call may succeed later. Nothing was stored, or the answer
// to a commit was lost and nobody knows.
struct StoreUnavailable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The store is well, but so much waits for it already that this has to come again.
struct StoreBusy : StoreUnavailable {
    using StoreUnavailable::StoreUnavailable;
};

// The store refuses this content whatever the hour; the batch was rolled back.
struct ContentRefused : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The store cannot be opened as it is: locked by another daemon, a newer schema, not a database. The text is a sentence
// for the operator.
struct StoreUnusable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A feed cursor that no store of ours ever gave out.
struct BadCursor : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A feed cursor of another database (architecture 5.3): the consumer must start anew.
struct CursorExpired : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace presensi::storage
