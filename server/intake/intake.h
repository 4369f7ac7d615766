/*
 * Files of rows that people bring: read, checked cell by cell against a table of fields, turned into rows for the database. The
 * operator's tool and the office's page differ in what they do with a finding and with a piece of rows, and in nothing else.
 *
 * Push style, no I/O: the caller feeds bytes and is told of findings, and given rows, as they come; memory does not grow with the
 * file. Rows are text as core.import_feed (sql/core) takes it: a line each, the row's line in the file and its cells, parted by
 * tabs. Numbers, hundredths, days and words are as the database wants them; a checked cell has neither tab nor line end.
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
  const char *kind; /* "roster" */
  const struct intake_field *fields;
  size_t fields_n;
  intake_check *check; /* may be NULL */
};

extern const struct intake_table intake_roster, intake_oneroster, intake_plans, intake_official_scores, intake_advisers;
const struct intake_table *intake_table_named(const char *kind); /* NULL for none */

struct intake_handler {
  /* `remedy`: what to do; "" where there is nothing (a warning). Both live during the call only. */
  void (*finding)(void *arg, const struct csv_finding *finding, const char *remedy);
  /* Whole rows, INTAKE_PIECE_BYTES or a little more, and the rest at the end, with a NUL behind; a negative number ends the reading
   * and is what intake_feed() and intake_finish() give. NULL: they are kept, for intake_rows(). */
  int (*rows)(void *arg, const char *text, size_t len);
  void *arg;
};

struct intake_counts {
  uint64_t read, good, refused, warnings;
};

struct intake; /* opaque, heap */

enum {
  INTAKE_ALL = 0,
  INTAKE_PIECE_BYTES = 1024 * 1024 /* ten thousand rows: one round trip is nothing beside them */
};

/* `rows_most`: a file with more is unusable; INTAKE_ALL for no bound. `rows_bytes`: of all rows that are kept, or of a piece. NULL
 * when out of memory. */
struct intake *intake_new(const struct intake_table *table, size_t rows_most, size_t rows_bytes,
                          const struct intake_handler *handler) MUSTCHECK;
/* 0, or an error after which there is nothing more to feed: E_INVALID, the file as a whole cannot be used, and a finding says
 * why; E_NOMEM; E_LIMIT, its rows need more than rows_bytes. */
int intake_feed(struct intake *intake, const void *bytes, size_t len) MUSTCHECK;
int intake_finish(struct intake *intake) MUSTCHECK;
void intake_free(struct intake *intake);

/* For a reader of another form than one CSV (intake/oneroster.h), instead of intake_feed(). Fields are those of the table, as in
 * csv_handler; intake_header() says under which name one stands in the file, before the first row. */
void intake_header(struct intake *intake, size_t field, const char *written);
void intake_ignored(struct intake *intake, const char *written);
int intake_row(struct intake *intake, uint64_t line, const char *const *fields) MUSTCHECK;
/* A finding that is no warning counts as a row refused. */
void intake_tell(struct intake *intake, const struct csv_finding *finding, const char *remedy);
/* Of several files of one import, the one that is being read: findings name it before the column. NULL: there is but one. */
void intake_file(struct intake *intake, const char *name);

const struct intake_counts *intake_counted(const struct intake *intake);
/* After intake_finish(): the good rows, with a NUL behind. Lives as long as the intake. */
const char *intake_rows(const struct intake *intake);
/* Which fields the cells of a row belong to, in their order: those of which the file has a column, ["student_id", "email"]. Once
 * the first rows were given, or after intake_finish(). */
void intake_put_columns(const struct intake *intake, struct buf *out);
/* Which column of the file was taken for which field: [{"field", "header" (as written, or null), "required", "aliases"}]. */
void intake_put_header(const struct intake *intake, struct buf *out);
void intake_put_ignored(const struct intake *intake, struct buf *out); /* columns that nobody asked for: ["Shoe size"] */

#endif
