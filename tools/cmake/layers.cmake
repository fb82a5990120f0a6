# The layers of roost, one static library each. The link line is the layer
# rule: a layer sees only what stands to its left in lib/README.md, because
# nothing else is on its include path or link line.
include(${CMAKE_CURRENT_LIST_DIR}/embed.cmake)

add_library(roost_options INTERFACE)
target_compile_options(roost_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow
                       -Wnon-virtual-dtor -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # RapidJSON 1.1 wrote its iterators' operator== before C++20 reversed them.
  target_compile_options(roost_options INTERFACE -Wno-ambiguous-reversed-operator)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees overlapping copies in `"text" + std::string` (GCC bug 105651).
  target_compile_options(roost_options INTERFACE -Wno-restrict)
endif()
if(ROOST_WERROR)
  target_compile_options(roost_options INTERFACE -Werror)
endif()
if(ROOST_SANITIZE)
  # Without -fno-sanitize-recover UBSan prints its finding and the test passes.
  add_compile_options(-fsanitize=${ROOST_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  if(ROOST_SANITIZE MATCHES "undefined")
    # It opens a pipe at its first look at an object: not with a full table of descriptors.
    add_compile_options(-fno-sanitize=vptr)
  endif()
  add_link_options(-fsanitize=${ROOST_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    add_compile_options(-fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/sanitizer_ignore.txt)
  endif()
  if(ROOST_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio's std::atomic_thread_fence, which TSan cannot model, warns under g++.
    add_compile_options(-Wno-tsan)
  endif()
endif()

# roost_layer(<name> [BELOW <layer>...] [LINK <target>...] [PRIVATE_LINK <target>...])
# A library of all .cpp files in the calling folder, of the headers alone where
# it has none. A PRIVATE_LINK target that brings headers and nothing to link is
# needed to build the layer only: the installed package does not ask for it.
function(roost_layer name)
  cmake_parse_arguments(arg "" "" "BELOW;LINK;PRIVATE_LINK" ${ARGN})
  list(TRANSFORM arg_BELOW PREPEND roost_)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(sources)
    set(visible PUBLIC)
    add_library(roost_${name} STATIC ${sources})
  else()
    set(visible INTERFACE)
    set(arg_PRIVATE_LINK)
    add_library(roost_${name} INTERFACE)
  endif()
  target_include_directories(roost_${name} ${visible}
                             $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                             $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/lib>)
  target_link_libraries(roost_${name} ${visible} ${arg_BELOW} ${arg_LINK})
  if(sources)
    target_link_libraries(roost_${name} PRIVATE $<BUILD_INTERFACE:roost_options>)
  endif()
  foreach(target IN LISTS arg_PRIVATE_LINK)
    get_target_property(kind ${target} TYPE)
    get_target_property(links ${target} INTERFACE_LINK_LIBRARIES)
    if(kind STREQUAL "INTERFACE_LIBRARY" AND NOT links)
      set(target $<BUILD_INTERFACE:${target}>)
    endif()
    target_link_libraries(roost_${name} PRIVATE ${target})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY ROOST_LAYERS roost_${name})
endfunction()

# roost_test(<name> [LINK <target>...]): one test program of all .cpp files in
# the calling folder; each of its tests is a ctest of its own.
function(roost_test name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/test)
  target_link_libraries(test_${name} PRIVATE ${arg_LINK} roost_options GTest::gmock GTest::gtest_main)
  target_compile_definitions(test_${name} PRIVATE ROOST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(test_${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT 120)
endfunction()

# roost_fuzz(<name> <source> [LINK <target>...]): a libFuzzer target; its corpus
# stands in test/fuzz/corpus/<name>.
function(roost_fuzz name source)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  add_executable(fuzz_${name} ${source})
  target_include_directories(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/test)
  target_link_libraries(fuzz_${name} PRIVATE ${arg_LINK} roost_options)
  target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  add_dependencies(fuzzers fuzz_${name})
endfunction()
