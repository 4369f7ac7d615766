# sg_embed(target symbol file): puts the bytes of a file into the target as `const unsigned char symbol[]`, followed by a NUL
# that symbol_len does not count. For data that must be there without an installed path (parameter sets, outbox schema).
function(sg_embed target symbol file)
  get_filename_component(path ${file} ABSOLUTE)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${path} -DOUT=${out} -DSYMBOL=${symbol} -P ${PROJECT_SOURCE_DIR}/deploy/cmake/EmbedFile.cmake
    DEPENDS ${path} ${PROJECT_SOURCE_DIR}/deploy/cmake/EmbedFile.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
