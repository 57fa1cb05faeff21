#pragma once

#include <boost/asio/awaitable.hpp>

#include "daemon/admin/routes.hpp"

namespace presensi::admin {

// Files that were approved and whose taking was interrupted, by a kill or by the store. Throws
// storage::StoreUnavailable.
boost::asio::awaitable<void> finish_uploads(Context& context);

}  // namespace presensi::admin
