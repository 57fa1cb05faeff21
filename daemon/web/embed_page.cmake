# Puts the files of a folder into one C++ file, each as it is and, where that is smaller, gzipped.
#   cmake -D FOLDER=… -D FILES=a,b -D GZIP=… -D OUTPUT=….cpp -P embed_page.cmake
# g++ 12 has no #embed; the assembler's .incbin costs no compile time, however large the files are.
cmake_minimum_required(VERSION 3.25)

set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_mjs "${type_js}")
set(type_css "text/css; charset=utf-8")
set(type_json "application/json")
set(type_svg "image/svg+xml")
set(type_png "image/png")
set(type_ico "image/vnd.microsoft.icon")
set(type_woff2 "font/woff2")
set(type_txt "text/plain; charset=utf-8")
set(type_md "${type_txt}")
set(type_LICENSE "${type_txt}")
set(type_ "${type_txt}")  # LICENSE

# `symbol` and `symbol`_end are the content of `file`.
function(include_bytes symbol file)
  string(APPEND assembly "asm(R\"(.section .rodata\n${symbol}: .incbin \"${file}\"\n${symbol}_end: .byte 0\n.previous)\");\n"
    "extern const char ${symbol}[] asm(\"${symbol}\");\nextern const char ${symbol}_end[] asm(\"${symbol}_end\");\n")
  set(assembly "${assembly}" PARENT_SCOPE)
endfunction()

get_filename_component(beside ${OUTPUT} DIRECTORY)
string(REPLACE "," ";" FILES "${FILES}")
set(number 0)
foreach(name IN LISTS FILES)
  set(file ${FOLDER}/${name})
  string(REGEX MATCH "[^./]*$" extension "${name}")
  if(NOT name MATCHES "\\.")
    set(extension "")
  endif()
  if(NOT DEFINED type_${extension})
    message(FATAL_ERROR "${file}: what Content-Type is that? embed_page.cmake lists those that are known")
  endif()
  file(SHA256 ${file} digest)
  file(SIZE ${file} size)
  include_bytes(presensi_page_${number} ${file})
  set(gzipped "{}")
  if(GZIP)
    set(smaller ${beside}/page_${number}.gz)
    # -n: no name, no time; the same files make the same daemon.
    execute_process(COMMAND ${GZIP} -9 -n -c ${file} OUTPUT_FILE ${smaller} COMMAND_ERROR_IS_FATAL ANY)
    file(SIZE ${smaller} gzipped_size)
    if(gzipped_size LESS size)
      include_bytes(presensi_page_${number}_gz ${smaller})
      set(gzipped "between(presensi_page_${number}_gz, presensi_page_${number}_gz_end)")
    endif()
  endif()
  string(APPEND table "        {\"${name}\", \"${type_${extension}}\", between(presensi_page_${number}, presensi_page_${number}_end),\n"
    "         ${gzipped}, \"${digest}\"},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE ${OUTPUT} "// Made by daemon/web/embed_page.cmake.
#include \"daemon/web/page_files.hpp\"

${assembly}
namespace presensi::web {

std::span<const PageFile> page_files() {
    const auto between = [](const char* begin, const char* end) {
        return std::string_view(begin, static_cast<std::size_t>(end - begin));
    };
    static const PageFile files[] = {
${table}    };
    return files;
}

}  // namespace presensi::web
")
