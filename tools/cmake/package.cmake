# A Debian package of the server: `cpack -G DEB` in a build folder. What it needs
# is computed from the program (dpkg-shlibdeps).
set(CPACK_PACKAGE_NAME roost)
set(CPACK_PACKAGE_VENDOR "the authors of roost")
set(CPACK_PACKAGE_CONTACT "the authors of roost <roost@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Phoenix-compatible CloudEvents channel server")
set(CPACK_PACKAGE_DESCRIPTION
    "A server that the official phoenix.js clients connect to, and on whose channels\n they exchange CloudEvents, each validated before it is delivered.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
# The library for embedders is not part of it.
set(CPACK_INSTALL_CMAKE_PROJECTS
    "${PROJECT_BINARY_DIR};roost;server;/;${PROJECT_BINARY_DIR};roost;debian;/")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(debian ${PROJECT_SOURCE_DIR}/config/ops/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${debian}/conffiles;${debian}/postinst;${debian}/prerm;${debian}/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

install(FILES ${PROJECT_SOURCE_DIR}/config/ops/roost.service
        DESTINATION lib/systemd/system COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${debian}/roost.toml DESTINATION /etc/roost COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
        DESTINATION share/doc/roost RENAME copyright COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
        DESTINATION share/doc/roost COMPONENT debian EXCLUDE_FROM_ALL)
# What `roost completion` prints, where each shell looks for it.
foreach(place bash:bash-completion/completions/roost zsh:zsh/vendor-completions/_roost
              fish:fish/vendor_completions.d/roost.fish)
  string(REPLACE ":" ";" place ${place})
  list(GET place 0 shell)
  list(GET place 1 file)
  get_filename_component(folder ${file} DIRECTORY)
  get_filename_component(name ${file} NAME)
  set(made ${PROJECT_BINARY_DIR}/completions/${name}.${shell})
  install(CODE "
    file(MAKE_DIRECTORY \"${PROJECT_BINARY_DIR}/completions\")
    execute_process(COMMAND \"$<TARGET_FILE:roost>\" completion ${shell}
                    OUTPUT_FILE \"${made}\" COMMAND_ERROR_IS_FATAL ANY)"
          COMPONENT debian EXCLUDE_FROM_ALL)
  install(FILES ${made} DESTINATION share/${folder} RENAME ${name}
          COMPONENT debian EXCLUDE_FROM_ALL)
endforeach()
include(CPack)
