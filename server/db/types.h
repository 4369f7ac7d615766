/* PostgreSQL's types as our statements meet them: the numbers of its own, and the composites of schema api with their fields. */
#ifndef SG_DB_TYPES_H
#define SG_DB_TYPES_H

#include "db/args.h"

#include <stddef.h>

/* pg_type.dat; these never change. */
enum {
  TYPE_BOOL = 16,
  TYPE_BYTEA = 17,
  TYPE_INT8 = 20,
  TYPE_INT2 = 21,
  TYPE_INT4 = 23,
  TYPE_TEXT = 25,
  TYPE_JSON = 114,
  TYPE_FLOAT8 = 701,
  TYPE_INT4_ARRAY = 1007,
  TYPE_INT8_ARRAY = 1016,
  TYPE_DATE = 1082,
  TYPE_TIMESTAMPTZ = 1184,
  TYPE_UUID = 2950,
  TYPE_JSONB = 3802,
};

enum { TYPE_FIELDS_MAX = 28 };

struct db_type_row {
  const char *name; /* in schema api */
  int fields_n;
  uint32_t fields[TYPE_FIELDS_MAX];
};

const struct db_type_row *db_type_row(enum db_type type);

/* Milliseconds and days of the database count from 2000-01-01. */
#define TYPE_EPOCH_MS INT64_C(946684800000)
enum { TYPE_EPOCH_DAY = 10957 };

#endif
