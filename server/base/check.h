/* CHECK: for what cannot be unless the program is wrong. Stays in every build, says where, and stops: going on with a state
 * that nobody thought of is how data are lost. Never for what comes from outside; that gets an error. */
#ifndef SG_BASE_CHECK_H
#define SG_BASE_CHECK_H

_Noreturn void check_failed(const char *file, int line, const char *condition);

#define CHECK(condition)                                                                                                           \
  do {                                                                                                                             \
    if (__builtin_expect(!(condition), 0))                                                                                         \
      check_failed(__FILE__, __LINE__, #condition);                                                                                \
  } while (0)

#endif
