#include "tests/storage/faulty_vfs.hpp"

#include <sqlite3.h>

#include <stdexcept>

namespace presensi::storage {

struct FaultyVfs::State {
    sqlite3_vfs vfs{};
    sqlite3_vfs* real = nullptr;

    bool armed = false;
    Fault fault = Fault::full;
    int remaining = 0;
    bool failed = false;
    int writes = 0;
    int syncs = 0;
    std::set<std::string> unsynced;

    bool fails_now(bool is_sync) {
        if (!armed || is_sync != (fault == Fault::sync_error)) return false;
        if (remaining-- > 0) return false;
        failed = true;
        return true;
    }
};

namespace {

using State = FaultyVfs::State;

// SQLite allocates this and the real file in one piece: the real one follows.
struct File {
    sqlite3_file base;
    State* state;
    const char* path;  // SQLite keeps it as long as the file is open
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return of(file).real(); }

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    State& state = *of(file).state;
    ++state.writes;
    if (state.fails_now(false)) {
        return state.fault == FaultyVfs::Fault::full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }
    if (of(file).path != nullptr) state.unsynced.insert(of(file).path);
    return real(file)->pMethods->xWrite(real(file), bytes, size, offset);
}

int sync(sqlite3_file* file, int flags) {
    State& state = *of(file).state;
    ++state.syncs;
    if (state.fails_now(true)) return SQLITE_IOERR_FSYNC;
    const int code = real(file)->pMethods->xSync(real(file), flags);
    if (code == SQLITE_OK && of(file).path != nullptr) state.unsynced.erase(of(file).path);
    return code;
}

// What is left passes through as it is.
const sqlite3_io_methods methods = {
    2,
    [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); },
    [](sqlite3_file* f, void* bytes, int size, sqlite3_int64 offset) {
        return real(f)->pMethods->xRead(real(f), bytes, size, offset);
    },
    write,
    [](sqlite3_file* f, sqlite3_int64 size) { return real(f)->pMethods->xTruncate(real(f), size); },
    sync,
    [](sqlite3_file* f, sqlite3_int64* size) { return real(f)->pMethods->xFileSize(real(f), size); },
    [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); },
    [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); },
    [](sqlite3_file* f, int* reserved) { return real(f)->pMethods->xCheckReservedLock(real(f), reserved); },
    [](sqlite3_file* f, int op, void* argument) { return real(f)->pMethods->xFileControl(real(f), op, argument); },
    [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); },
    [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** memory) {
        return real(f)->pMethods->xShmMap(real(f), page, size, extend, memory);
    },
    [](sqlite3_file* f, int offset, int n, int flags) {
        return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
    },
    [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); },
    [](sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); },
    nullptr,
    nullptr,
};

int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    State& state = *static_cast<State*>(vfs->pAppData);
    of(file).state = &state;
    of(file).path = path;
    real(file)->pMethods = nullptr;
    const int code = state.real->xOpen(state.real, path, real(file), flags, out_flags);
    file->pMethods = real(file)->pMethods == nullptr ? nullptr : &methods;
    return code;
}

}  // namespace

FaultyVfs::FaultyVfs() : state_(std::make_unique<State>()) {
    state_->real = sqlite3_vfs_find(nullptr);
    state_->vfs = *state_->real;
    state_->vfs.szOsFile = static_cast<int>(sizeof(File)) + state_->real->szOsFile;
    state_->vfs.pNext = nullptr;
    state_->vfs.zName = "faulty";
    state_->vfs.pAppData = state_.get();
    state_->vfs.xOpen = open;
    if (sqlite3_vfs_register(&state_->vfs, 1) != SQLITE_OK) throw std::runtime_error("vfs not registered");
}

FaultyVfs::~FaultyVfs() { sqlite3_vfs_unregister(&state_->vfs); }

void FaultyVfs::fail(Fault fault, int after) {
    state_->armed = true;
    state_->fault = fault;
    state_->remaining = after;
    state_->failed = false;
}

bool FaultyVfs::heal() {
    state_->armed = false;
    return state_->failed;
}

int FaultyVfs::writes() const { return state_->writes; }

int FaultyVfs::syncs() const { return state_->syncs; }

std::set<std::string> FaultyVfs::unsynced() const { return state_->unsynced; }

}  // namespace presensi::storage
