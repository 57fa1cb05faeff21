#include "daemon/run_mark.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace presensi {

RunMark::RunMark(const std::filesystem::path& folder) : file_(folder / name) {
    const bool was_there = access(file_.c_str(), F_OK) == 0;
    descriptor_ = open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0) return;
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        close(descriptor_);
        descriptor_ = -1;
        return;
    }
    last_run_was_cut_ = was_there;
}

RunMark::~RunMark() {
    if (descriptor_ < 0) return;
    if (!begun_ && !last_run_was_cut_) unlink(file_.c_str());
    close(descriptor_);
}

void RunMark::end() {
    if (descriptor_ >= 0) unlink(file_.c_str());
}

}  // namespace presensi
