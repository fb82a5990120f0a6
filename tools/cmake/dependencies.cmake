# Everything roost is built from, by the packages of Debian 12. RapidJSON's own
# package file exports a variable only, so it becomes a target here.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(RapidJSON REQUIRED)
find_package(valijson REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
include(${CMAKE_CURRENT_LIST_DIR}/lua.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/re2.cmake)

add_library(roost_rapidjson INTERFACE)
target_include_directories(roost_rapidjson SYSTEM INTERFACE ${RapidJSON_INCLUDE_DIRS})

if(ROOST_TESTS)
  find_package(GTest REQUIRED)
endif()
