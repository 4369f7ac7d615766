/* Any bytes as the results and sittings of a student (arrays, as PostgreSQL sends them): an error, or results within bounds. */
#include "base/err.h"
#include "db/state.h"
#include "db/types.h"

#include "tests/50fuzz/fuzz.h"

#include <string.h>

enum { COLUMNS = 23, COL_RESULTS = 19, COL_SITTINGS = 21, ARENA_BYTES = 1 << 20 };

/* The other columns: numbers are zero, texts are empty, days are none. */
static const struct {
  uint32_t type;
  int len;
} columns[COLUMNS] = {{TYPE_INT4, 4},         {TYPE_INT8, 8},  {TYPE_INT8, 8},  {TYPE_INT4, 4},
                      {TYPE_TEXT, 0},         {TYPE_TEXT, 0},  {TYPE_INT2, 2},  {TYPE_INT2, 2},
                      {TYPE_INT2, 2},         {TYPE_DATE, -1}, {TYPE_DATE, -1}, {TYPE_DATE, -1},
                      {TYPE_DATE, -1},        {TYPE_DATE, -1}, {TYPE_BOOL, 1},  {TYPE_TIMESTAMPTZ, -1},
                      {TYPE_TIMESTAMPTZ, -1}, {TYPE_INT2, 2},  {TYPE_INT2, 2},  {0, 0},
                      {TYPE_DATE, -1},        {0, 0},          {TYPE_INT2, 2}};

static PGresult *row_with(const uint8_t *data, size_t size) {
  static char zeros[8];
  PGresAttDesc attributes[COLUMNS];
  PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
  memset(attributes, 0, sizeof attributes);
  for (int i = 0; i < COLUMNS; i++) {
    attributes[i].name = (char *)(uintptr_t) "c";
    attributes[i].format = 1;
    attributes[i].typid = columns[i].type;
  }
  HOLDS(res && PQsetResultAttrs(res, COLUMNS, attributes));
  for (int i = 0; i < COLUMNS; i++) {
    const bool array = i == COL_RESULTS || i == COL_SITTINGS;
    char *value = array ? (char *)(uintptr_t)data : columns[i].len < 0 ? NULL : zeros;
    HOLDS(PQsetvalue(res, 0, i, value, array ? (int)size : columns[i].len));
  }
  return res;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena arena;
  struct student_state student;
  PGresult *res = row_with(data, size);
  arena_init(&arena, ARENA_BYTES);
  int err = state_decode(res, 0, 0, &arena, &student);
  HOLDS(err == E_OK || err == E_DATABASE || err == E_NOMEM);
  for (size_t i = 0; !err && i < student.input.n; i++) {
    const struct result *result = &student.input.results[i];
    HOLDS(result->subs <= LIMIT_SUBSCORES && (unsigned)result->scale <= SCALE_OWN && (unsigned)result->mode <= MODE_TUTOR);
    HOLDS(memchr(result->instrument, 0, sizeof result->instrument) && memchr(result->form, 0, sizeof result->form));
    HOLDS(result->items >= RESULT_UNKNOWN && result->correct >= RESULT_UNKNOWN && result->seconds >= RESULT_UNKNOWN);
  }
  PQclear(res);
  arena_done(&arena);
  return 0;
}
