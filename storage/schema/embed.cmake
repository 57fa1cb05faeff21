# Writes OUT, a source that holds the migrations FILES; those of a folder sqlite become sqlite_migrations(). Bytes, not
# string literals: a script may be of any length and hold any character.
if(NOT OUT OR NOT FILES)
  message(FATAL_ERROR "embed.cmake needs OUT and FILES")
endif()
list(SORT FILES)
list(GET FILES 0 first)
get_filename_component(folder ${first} DIRECTORY)
get_filename_component(engine ${folder} NAME)

set(scripts "")
set(rows "")
set(expected 1)
foreach(file IN LISTS FILES)
  get_filename_component(base ${file} NAME)
  if(NOT base MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)\\.sql$")
    message(FATAL_ERROR "${base}: a migration is called NNNN_name.sql")
  endif()
  set(digits ${CMAKE_MATCH_1})
  set(name ${CMAKE_MATCH_2})
  string(REGEX REPLACE "^0+" "" version ${digits})
  if(NOT version STREQUAL expected)
    message(FATAL_ERROR "${base}: migrations are numbered without gaps; ${expected} is missing")
  endif()
  math(EXPR expected "${expected} + 1")

  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  string(REGEX REPLACE "(.......,.......,.......,.......,.......,.......,.......,.......,)" "\\1\n" bytes "${bytes}")
  string(APPEND scripts "constexpr char script_${digits}[] = {\n${bytes}};\n")
  string(APPEND rows "    {${version}, \"${name}\", {script_${digits}, sizeof script_${digits}}},\n")
endforeach()

file(WRITE ${OUT} "#include \"storage/migrate.hpp\"

namespace presensi::storage {
namespace {
${scripts}
constexpr Migration migrations[] = {
${rows}};
}  // namespace

std::span<const Migration> ${engine}_migrations() { return migrations; }

}  // namespace presensi::storage
")
