# Warnings, sanitizers and hardening, as one interface target that our own code links (generated code does not).
add_library(sg_flags INTERFACE)
target_include_directories(sg_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/server)
target_compile_definitions(sg_flags INTERFACE _GNU_SOURCE SG_VERSION="${PROJECT_VERSION}")
# Two of -Wformat=2 are left out: an event without pairs is an event all the same, and snprintf into a bounded field is how
# text is shortened here (gcc warns of it or not by the level of optimisation, so a clean build would mean nothing).
target_compile_options(sg_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes
  -Wformat=2 -Wno-format-zero-length $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation>)
target_compile_options(sg_flags INTERFACE "SHELL:-include base/banned.h")
if(SG_WERROR)
  target_compile_options(sg_flags INTERFACE -Werror)
endif()

add_compile_options(-fno-omit-frame-pointer -fstack-protector-strong)
add_link_options(-Wl,--as-needed) # what other libraries rest on is theirs to name
if(SG_SANITIZE)
  add_compile_options(-fsanitize=${SG_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SG_SANITIZE})
else()
  add_compile_options($<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2> $<$<CONFIG:Release>:-fcf-protection> -fstack-clash-protection)
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
endif()
