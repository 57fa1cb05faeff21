#pragma once
// What the routes of the monthly cycle share.

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <vector>

#include "daemon/admin/routes.hpp"
#include "daemon/period/board.hpp"

namespace presensi::admin {

// Everything that the storage thread needs to answer about a month.
boost::asio::awaitable<period::Question> period_question(Context& context, attendance::Month month);

http::Response no_such_month();
// That the unit submits no month, and which one does so for it.
http::Response no_such_unit(const attendance::Directory& directory, const std::string& code, attendance::Month month);

// Whether that unit submits this month: it is there in it, and stands at the top of the tree.
bool submits(const attendance::Directory& directory, const std::string& code, attendance::Month month);

attendance::Moment moment_now(storage::Database& database, const period::Question& question, const std::string& unit);

const period::UnitLine* find_unit(const period::Board& board, const std::string& code);  // null: it submits no month

boost::json::value extension_json(const std::optional<storage::ExtensionRow>& extension);
boost::json::array missing_json(const std::vector<period::Missing>& missing);

}  // namespace presensi::admin
