#pragma once

#include "storage/store.hpp"

namespace presensi::storage {

// A store of some engine for one contract: on our schema, without rows, gone with the object.
class FreshStore {
public:
    virtual ~FreshStore() = default;
    virtual Store& store() = 0;
    // Returns when the feed shows all that is committed. PostgreSQL holds rows back while older transactions run, also
    // those of other tests in the same cluster.
    virtual void settle() {}
};

// One promise that every engine keeps; `check` asserts it on a store of its own.
struct Contract {
    const char* name;
    void (*check)(FreshStore& fresh);
};

}  // namespace presensi::storage
