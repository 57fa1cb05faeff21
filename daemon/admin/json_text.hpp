#pragma once
// The JSON and CSV shapes of architecture 5.3.

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

#include "daemon/people/naming.hpp"
#include "daemon/terminal_registry.hpp"
#include "storage/command_repository.hpp"
#include "storage/delivery_repository.hpp"
#include "storage/intake.hpp"
#include "storage/pull_repository.hpp"
#include "storage/terminal_log_repository.hpp"

namespace presensi::admin {

boost::json::object to_json(const storage::FeedRow& punch, const people::Named& who = {});
boost::json::object to_json(const storage::RejectRow& reject);
boost::json::object to_json(const storage::DeliveryRow& delivery);
boost::json::object to_json(const Terminal& terminal);
boost::json::object to_json(const storage::EventRow& event);
boost::json::object to_json(const storage::CommandRow& command);
boost::json::object to_json(const storage::PullRow& pull, const std::string& serial);

boost::json::value text_or_null(const std::string& text);  // null for an empty one

std::string csv_header();
std::string csv_line(const storage::FeedRow& punch, const people::Named& who = {});

std::string base64(std::string_view bytes);

}  // namespace presensi::admin
