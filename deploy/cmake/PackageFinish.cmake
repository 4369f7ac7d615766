# Called by cpack when everything is staged and nothing is packed.
cmake_minimum_required(VERSION 3.25)
get_filename_component(root ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
execute_process(COMMAND ${root}/debian/finish ${CPACK_TEMPORARY_DIRECTORY} ${CPACK_PACKAGE_VERSION}
  ${CPACK_PACKAGE_CONTACT} COMMAND_ERROR_IS_FATAL ANY)
