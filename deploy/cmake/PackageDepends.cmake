# Read by cpack before it packs. What the library needs is asked of dpkg-shlibdeps here, because CPack, where it asks by itself,
# also writes maintainer scripts that call ldconfig; Debian's way is the trigger.
set(empty ${CPACK_LIBSTEPGUARD_MADE}/shlibdeps)
file(WRITE ${empty}/debian/control "Source: stepguard\n\nPackage: libstepguard0\nArchitecture: any\n")
execute_process(COMMAND dpkg-shlibdeps -O -e${CPACK_LIBSTEPGUARD} WORKING_DIRECTORY ${empty} OUTPUT_VARIABLE said
  ERROR_VARIABLE warned OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "shlibs:Depends=" "" CPACK_DEBIAN_CLIENT_LIBRARY_PACKAGE_DEPENDS "${said}")
