/*
 * Files of rows that people bring: read, checked cell by cell against a table of fields, turned into JSON rows for one call of
 * the database. The operator's tool and the office's page differ in what they do with a finding, and in nothing else.
 *
 * Push style, no I/O: the caller feeds bytes and is told of findings as they come.
 */
#ifndef SG_INTAKE_INTAKE_H
#define SG_INTAKE_INTAKE_H

#include "base/buf.h"
#include "proto/csv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum intake_kind {
  INTAKE_TEXT,   /* up to `high` characters */
  INTAKE_EMAIL,  /* one @ with something on both sides, no blanks */
  INTAKE_NUMBER, /* low..high */
  INTAKE_CENTI,  /* a decimal number, kept as hundredths */
  INTAKE_DAY,    /* YYYY-MM-DD */
  INTAKE_WORD,   /* one of `words`, in any case */
};

struct intake_field {
  const char *name, *aliases; /* as in csv_column */
  enum intake_kind kind;
  bool column_required; /* the file must have it */
  bool cell_required;   /* and each row must fill it */
  long low, high;
  const char *words; /* separated by spaces */
};

/* What one cell alone cannot show: NULL, or the field at fault with a sentence. `cells` belong to the table's fields, "" for
 * empty ones and for columns that the file does not have. A reason holds nothing that stands in a cell. */
typedef const char *intake_check(const char *const *cells, char reason[CSV_REASON]);

struct intake_table {
  const char *kind;                  /* "roster" */
  const struct intake_field *fields; /* the first `key_n` of them name a row, which may stand in the file once */
  size_t fields_n, key_n;
  intake_check *check; /* may be NULL */
};

extern const struct intake_table intake_roster, intake_plans, intake_official_scores;
const struct intake_table *intake_table_named(const char *kind); /* NULL for none */

struct intake_handler {
  /* `remedy` is NULL where the reason itself says what to do, behind a semicolon. */
  void (*finding)(void *arg, const struct csv_finding *finding, const char *remedy);
  void *arg;
};

struct intake_counts {
  uint64_t read, good, refused, warnings;
};

struct intake; /* opaque, heap */

enum { INTAKE_ALL = 0 };

/* `rows_most`: a file with more is unusable; INTAKE_ALL for no bound. `rows_bytes`: of the JSON. NULL when out of memory. */
struct intake *intake_new(const struct intake_table *table, size_t rows_most, size_t rows_bytes,
                          const struct intake_handler *handler) MUSTCHECK;
/* 0, or an error after which there is nothing more to feed: E_INVALID, the file as a whole cannot be used, and a finding says
 * why; E_NOMEM; E_LIMIT, its rows need more than rows_bytes. */
int intake_feed(struct intake *intake, const void *bytes, size_t len) MUSTCHECK;
int intake_finish(struct intake *intake) MUSTCHECK;
void intake_free(struct intake *intake);

const struct intake_counts *intake_counted(const struct intake *intake);
/* After intake_finish(): the good rows as JSON with a NUL behind, [{"line": 2, field: value}]. An empty cell is null; a column
 * that the file does not have is not there. Lives as long as the intake. */
const char *intake_rows(const struct intake *intake);
/* Which column of the file was taken for which field: [{"field", "header" (as written, or null), "required", "aliases"}]. */
void intake_put_header(const struct intake *intake, struct buf *out);
void intake_put_ignored(const struct intake *intake, struct buf *out); /* columns that nobody asked for: ["Shoe size"] */

#endif
