# `cmake --install` and the package behind `find_package(roost)`. Embedders get
# one target, roost::roost; the layers behind it are exported because a static
# library cannot swallow others, and are nobody's to name.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(layers GLOBAL PROPERTY ROOST_LAYERS)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/roost)

add_library(roost_library INTERFACE)
add_library(roost::roost ALIAS roost_library)
set_target_properties(roost_library PROPERTIES EXPORT_NAME roost)
target_link_libraries(roost_library INTERFACE ${layers})
target_compile_features(roost_library INTERFACE cxx_std_20)
target_include_directories(roost_library INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

install(TARGETS roost_library ${layers} EXPORT roostTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT roostTargets NAMESPACE roost:: DESTINATION ${package_dir})
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/roostConfig.cmake.in ${PROJECT_BINARY_DIR}/roostConfig.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
# Until 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/roostConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/roostConfig.cmake
              ${PROJECT_BINARY_DIR}/roostConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/lua.cmake
              ${CMAKE_CURRENT_LIST_DIR}/re2.cmake
        DESTINATION ${package_dir})

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/roost DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/schemas DESTINATION ${CMAKE_INSTALL_DATADIR}/roost
        COMPONENT server)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/config DESTINATION ${CMAKE_INSTALL_DATADIR}/roost
        COMPONENT server)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(TARGET roost)
  install(TARGETS roost RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT server)
endif()
