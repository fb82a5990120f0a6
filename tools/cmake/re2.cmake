# RE2 as a target, for the build and for the installed package alike: Debian 12
# brings it without a package file for CMake.
if(NOT TARGET RE2::RE2)
  find_path(ROOST_RE2_INCLUDE_DIR re2/re2.h REQUIRED)
  find_library(ROOST_RE2_LIBRARY re2 REQUIRED)
  add_library(RE2::RE2 INTERFACE IMPORTED)
  set_target_properties(RE2::RE2 PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${ROOST_RE2_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${ROOST_RE2_LIBRARY}")
endif()
