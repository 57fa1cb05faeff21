#pragma once
// What /api/v1/status and /api/v1/live both tell.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <vector>

#include "daemon/admin/routes.hpp"

namespace presensi::admin {

boost::json::object counts_of(const Context& context);
boost::json::object store_of(const Context& context);
bool is_ready(const Context& context);
// Those that this viewer may see.
boost::json::array alarms_of(const std::vector<Alarms::Alarm>& alarms, const access::Sight& sight);

}  // namespace presensi::admin
