#pragma once
// What the routes about people, matching and reports share.

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attendance/directory.hpp"
#include "attendance/reach.hpp"
#include "daemon/admin/routes.hpp"
#include "storage/person_repository.hpp"

namespace presensi::admin {

// The day at this government now.
attendance::Day today_at(const Context& context);

// A parameter that is a day; absent: `otherwise`. Nothing if it is none.
std::optional<attendance::Day> day_of(const Call& call, std::string_view name, attendance::Day otherwise);
http::Response no_such_day(std::string_view name);

bool wants_csv(const Call& call);
http::Response csv_response(std::string body);

// An answer and whom it names.
struct Shown {
    http::Response response;
    std::vector<std::int64_t> people;  // ids
};
// The one way out for answers that name people: who looked at whom goes on record first.
Reply answer_naming(Context& context, access::Viewer viewer, Shown shown);

// Where they work now, else next, else did last; null: nowhere ever.
const attendance::Membership* latest_membership(const attendance::Directory& directory, std::int64_t person,
                                                attendance::Day today);
// Theirs now, else next, else last: what may be changed from now on, and lists that are sent back.
bool may_see(const attendance::Reach& reach, const attendance::Directory& directory, std::int64_t person,
             attendance::Day today);
// As may_see(), or theirs on one of the last 62 days: the month that has to be submitted is before a move, too.
bool may_look_at(const attendance::Reach& reach, const attendance::Directory& directory, std::int64_t person,
                 attendance::Day today);

// A refusal if the `unit` that was asked for is none, or is not theirs.
std::optional<http::Response> refuse_unit(const Call& call, const attendance::Directory& directory,
                                          const attendance::Reach& reach, attendance::Day today);
// Likewise for `terminal`.
std::optional<http::Response> refuse_terminal(const Call& call, const attendance::Directory& directory,
                                              const attendance::Reach& reach, attendance::Day today);
std::string text_of(const Call& call, std::string_view parameter);  // empty if absent

// {"uuid","nip","name","unit"} of today.
boost::json::object brief_json(const attendance::Person& person, const attendance::Directory& directory,
                               attendance::Day today);

boost::json::object to_json(const storage::PinRow& pin);

// A refusal if the path's {uuid} is nobody's, or nobody's that they may look at.
std::optional<http::Response> refuse_person(const Call& call, const attendance::Directory& directory,
                                            attendance::Day today);

// Takes the body as a list of people or as a matching sheet: dry_run, partial, from. Every problem is listed by line
// and column; with any, nothing is taken unless partial=1.
enum class LinesOf : std::uint8_t { people, matching };
Reply take_lines(Context& context, Call call, LinesOf what);

}  // namespace presensi::admin
