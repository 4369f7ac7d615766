# Debian packages, one a component, by CPack. deploy/package is the command; it says --preset package, whose prefix is /usr.
#
#   server          stepguard-server    programs, units, users, configuration
#   database        stepguard-db        the schema as files, and a tool that prepares a cluster of this machine
#   client          stepguard-client    the students' program
#   client_library  libstepguard0       the same as a library
#   client_dev      libstepguard-dev    header, example, pkg-config
#
# What CPack cannot do (changelogs by package, the inventory, gzip without a date, times that do not tell when it was built)
# deploy/debian/finish does to the staged files.
include(GNUInstallDirs)
set(debian ${PROJECT_SOURCE_DIR}/deploy/debian)
set(made ${PROJECT_BINARY_DIR}/debian)
file(MAKE_DIRECTORY ${made})

# ---- what is made from the programs ----

add_custom_command(
  OUTPUT ${made}/stepguardd.conf
  COMMAND ${debian}/configuration $<TARGET_FILE:stepguardctl> ${made}/stepguardd.conf
  DEPENDS stepguardctl ${debian}/configuration
  VERBATIM)
configure_file(${debian}/stepguard-db-setup ${made}/stepguard-db-setup @ONLY)
set(pages
  "stepguardd|1|daemon of a school: students, enrolment, the dean's office"
  "stepguard-ca|1|the process that holds the school's CA key"
  "stepguard-report|1|nightly evaluation and brief, and the post"
  "stepguardctl|1|the operator's tool of Stepguard")
foreach(page ${pages})
  string(REPLACE "|" ";" page ${page})
  list(GET page 0 name)
  list(GET page 1 section)
  list(GET page 2 what)
  add_custom_command(
    OUTPUT ${made}/${name}.${section}
    COMMAND ${debian}/manual $<TARGET_FILE:${name}> ${section} ${name} ${what} > ${made}/${name}.${section}
    DEPENDS ${name} ${debian}/manual
    VERBATIM)
  list(APPEND manual ${made}/${name}.${section})
endforeach()
add_custom_command(
  OUTPUT ${made}/stepguard-db-setup.8
  COMMAND ${debian}/manual ${made}/stepguard-db-setup 8 stepguard-db-setup "prepares a PostgreSQL cluster for Stepguard"
    > ${made}/stepguard-db-setup.8
  DEPENDS ${made}/stepguard-db-setup ${debian}/manual
  VERBATIM)
add_custom_target(package_parts DEPENDS ${made}/stepguardd.conf ${manual} ${made}/stepguard-db-setup.8
  stepguardd stepguard-ca stepguard-report stepguardctl stepguard stepguard_shared stepguard_described)

# ---- what goes where ----

set(systemd ${PROJECT_SOURCE_DIR}/deploy/systemd)
install(TARGETS stepguardd stepguard-ca stepguard-report stepguardctl COMPONENT server)
file(GLOB units CONFIGURE_DEPENDS ${systemd}/*.service ${systemd}/*.socket ${systemd}/*.timer)
install(FILES ${units} DESTINATION lib/systemd/system COMPONENT server)
install(FILES ${debian}/stepguard-server/sysusers DESTINATION lib/sysusers.d RENAME stepguard.conf COMPONENT server)
install(FILES ${debian}/stepguard-server/tmpfiles DESTINATION lib/tmpfiles.d RENAME stepguard.conf COMPONENT server)
install(FILES ${made}/stepguardd.conf DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/stepguard COMPONENT server)
install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT server)
install(FILES ${PROJECT_SOURCE_DIR}/server/risk/params/default-2.ini ${PROJECT_SOURCE_DIR}/server/risk/params/strict-2.ini
  DESTINATION ${CMAKE_INSTALL_DATADIR}/stepguard/params COMPONENT server)
set(docs ${CMAKE_INSTALL_DATADIR}/doc)
install(FILES ${debian}/stepguard-server/README RENAME README.Debian DESTINATION ${docs}/stepguard-server COMPONENT server)

foreach(part migrations core api)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/sql/${part} DESTINATION ${CMAKE_INSTALL_DATADIR}/stepguard/sql COMPONENT database
    FILES_MATCHING PATTERN "*.sql")
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/sql/roles.sql ${PROJECT_SOURCE_DIR}/sql/grants.sql
  DESTINATION ${CMAKE_INSTALL_DATADIR}/stepguard/sql COMPONENT database)
install(PROGRAMS ${made}/stepguard-db-setup DESTINATION ${CMAKE_INSTALL_SBINDIR} COMPONENT database)
install(FILES ${made}/stepguard-db-setup.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8 COMPONENT database)
install(FILES ${PROJECT_SOURCE_DIR}/sql/README.md DESTINATION ${docs}/stepguard-db COMPONENT database)

# ---- how the packages are called, and what they need ----

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME stepguard)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "Stepguard maintainers <maintainers@stepguard.invalid>" CACHE STRING "Who stands for the packages")
set(CPACK_COMPONENTS_ALL server database client client_library client_dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_SET_DESTDIR ON) # /etc is not below the prefix
set(CPACK_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_THREADS 1)
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/deploy/cmake/PackageDepends.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/deploy/cmake/PackageFinish.cmake)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/client)

configure_file(${debian}/libstepguard0/shlibs.in ${made}/shlibs)

# debian_package(COMPONENT NAME SECTION DEPENDS CONTROL_FILE...): deploy/debian/NAME/description has the summary as its first line.
function(debian_package component name section depends)
  string(TOUPPER ${component} upper)
  file(READ ${debian}/${name}/description description)
  string(STRIP "${description}" description)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${debian}/${name}/description)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SOURCE stepguard PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA "${ARGN}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${description}" PARENT_SCOPE)
endfunction()

set(scripts ${debian}/stepguard-server)
debian_package(server stepguard-server net "stepguard-db (= ${PROJECT_VERSION}), systemd | systemd-standalone-sysusers, \
systemd | systemd-standalone-tmpfiles, passwd, procps, tzdata, fonts-noto-core"
  ${scripts}/conffiles ${scripts}/postinst ${scripts}/prerm ${scripts}/postrm)
set(CPACK_DEBIAN_SERVER_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_SERVER_PACKAGE_RECOMMENDS "fonts-noto-cjk, postgresql (>= 15)")

debian_package(database stepguard-db database "")
set(CPACK_DEBIAN_DATABASE_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DATABASE_PACKAGE_RECOMMENDS "stepguard-server (= ${PROJECT_VERSION}), postgresql (>= 15)")

debian_package(client stepguard-client education "")
set(CPACK_DEBIAN_CLIENT_PACKAGE_SHLIBDEPS ON)

debian_package(client_library libstepguard0 libs "" ${made}/shlibs ${debian}/libstepguard0/triggers)
set(CPACK_DEBIAN_CLIENT_LIBRARY_PACKAGE_SHLIBDEPS OFF)
set(CPACK_LIBSTEPGUARD ${PROJECT_BINARY_DIR}/client/libstepguard.so)
set(CPACK_LIBSTEPGUARD_MADE ${made})

debian_package(client_dev libstepguard-dev libdevel "libstepguard0 (= ${PROJECT_VERSION})")

include(CPack)
