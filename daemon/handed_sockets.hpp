#pragma once

namespace presensi {

// Listening sockets that the service manager opened for us (sd_listen_fds(3)); -1: none. While they are its, a restart
// refuses nobody: who connects meanwhile waits in the kernel's queue.
struct HandedSockets {
    int terminals = -1;
    int admin = -1;
};

// Takes what $LISTEN_FDS and $LISTEN_FDNAMES say, once. Throws std::runtime_error with a sentence for a socket that is
// neither "terminals" nor "admin".
HandedSockets take_handed_sockets();

}  // namespace presensi
