#pragma once

#include <filesystem>

namespace presensi {

// A file in the state folder that is there while we run, so that the next start knows whether this run ended by itself.
class RunMark {
public:
    static constexpr auto name = "presensid.running";

    explicit RunMark(const std::filesystem::path& folder);
    ~RunMark();  // of a start that failed nothing stays; of a run its file does, unless it came to its end()
    RunMark(const RunMark&) = delete;
    RunMark& operator=(const RunMark&) = delete;

    bool last_run_was_cut() const { return last_run_was_cut_; }
    // From now on a run that is cut is noticed.
    void begin() { begun_ = true; }
    // All is stored.
    void end();

private:
    std::filesystem::path file_;
    int descriptor_ = -1;  // locked while we run; -1: another daemon of this folder has it, or it cannot be written
    bool last_run_was_cut_ = false;
    bool begun_ = false;
};

}  // namespace presensi
