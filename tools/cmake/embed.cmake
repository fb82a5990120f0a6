# roost_embed(<target> <symbol> <file>): puts the bytes of a file into the
# target, and rebuilds when the file changes. The code reads them so:
#
#   #include "embedded/<symbol>.hpp"
#   std::string_view text = roost::embedded::<symbol>;
#
# The bytes become character constants, so that no content and no size can trip
# over the rules for string literals.
#
# With -P this file is the generator itself.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ "${FILE}" bytes HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  string(REPLACE "'\\x0a'," "'\\x0a',\n" bytes "${bytes}")
  file(WRITE "${OUTPUT}" "#include \"embedded/${SYMBOL}.hpp\"\n\n"
       "namespace roost::embedded {\n"
       "namespace {\n"
       "constexpr char bytes[] = {\n${bytes}'\\0'};\n"
       "}  // namespace\n"
       "constinit const std::string_view ${SYMBOL}{bytes, sizeof bytes - 1};\n"
       "}  // namespace roost::embedded\n")
  return()
endif()

set(ROOST_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(roost_embed target symbol file)
  get_filename_component(file ${file} ABSOLUTE)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  file(CONFIGURE OUTPUT ${folder}/${symbol}.hpp @ONLY CONTENT
"#pragma once
#include <string_view>
namespace roost::embedded {
extern const std::string_view @symbol@;
}
")
  add_custom_command(OUTPUT ${folder}/${symbol}.cpp
    COMMAND ${CMAKE_COMMAND} -DFILE=${file} -DSYMBOL=${symbol} -DOUTPUT=${folder}/${symbol}.cpp
            -P ${ROOST_EMBED_SCRIPT}
    DEPENDS ${file} ${ROOST_EMBED_SCRIPT}
    COMMENT "Embedding ${file}" VERBATIM)
  target_sources(${target} PRIVATE ${folder}/${symbol}.cpp)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
