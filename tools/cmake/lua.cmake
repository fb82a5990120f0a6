# Lua 5.4 as a target, for the build and for the installed package alike: CMake's
# own module gives variables only.
if(NOT TARGET Lua::Lua)
  find_package(Lua 5.4 EXACT REQUIRED)
  add_library(Lua::Lua INTERFACE IMPORTED)
  set_target_properties(Lua::Lua PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${LUA_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${LUA_LIBRARIES}")
endif()
