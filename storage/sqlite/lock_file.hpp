#pragma once

#include <filesystem>

namespace presensi::storage::sqlite {

// Holds `path` by flock until it goes; the kernel lets go of it when the process dies, however it dies. The file stays,
// because removing it would let two processes lock two files of one name.
class LockFile {
public:
    // Throws StoreUnusable if another process has it; the sentence names its pid.
    explicit LockFile(const std::filesystem::path& path);
    ~LockFile();
    LockFile(const LockFile&) = delete;
    LockFile& operator=(const LockFile&) = delete;

private:
    int descriptor_;
};

}  // namespace presensi::storage::sqlite
