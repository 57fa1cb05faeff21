#pragma once

#include <string>
#include <string_view>

namespace presensi {

// Tells the service manager our state (sd_notify(3)): "READY=1", "STOPPING=1", "STATUS=…". Does nothing without
// $NOTIFY_SOCKET; a failure is not ours to handle.
void systemd_notify(std::string_view state);

}  // namespace presensi
