#pragma once

#include <string>

#include "daemon/admin/live.hpp"

namespace presensi::admin {

class LiveBoard::Stream {
public:
    // `all` and `of_viewer` count the streams there are.
    Stream(Context& context, LiveBoard& board, access::Viewer viewer, GroupPtr group, std::shared_ptr<std::size_t> all,
           std::shared_ptr<std::size_t> of_viewer);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    // The next piece of it; empty: it is over. Asked again when that piece is on its way, so a slow reader gets one
    // event with everything instead of many, and nothing waits for them in memory.
    boost::asio::awaitable<std::string> next();

private:
    bool is_in() const;  // whether the viewer is still let in, and is who they were
    std::string next_part();

    Context& context_;
    LiveBoard& board_;
    const access::Viewer viewer_;
    const GroupPtr group_;
    const std::shared_ptr<std::size_t> all_;
    const std::shared_ptr<std::size_t> of_viewer_;
    bool is_begun_ = false;
    std::uint64_t seen_ = 0;
    Text text_;             // that is under way
    std::size_t sent_ = 0;  // of it
};

}  // namespace presensi::admin
