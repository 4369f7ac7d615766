/*
 * Reading the CSV files that people exchange (RFC 4180 over libcsv): header matched by name in any case and order with
 * aliases, byte-order mark and CRLF tolerated, unknown columns reported once and left out.
 *
 * Push style, no I/O: the caller feeds bytes, the reader calls back a row at a time and keeps only the current one. Every
 * finding names line, column, value (shortened, control characters replaced) and a reason that says what to do.
 */
#ifndef SG_PROTO_CSV_H
#define SG_PROTO_CSV_H

#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CSV_MAX_COLUMNS = 64, CSV_FIELD_CAP = 4096, CSV_ROW_CAP = 64 * 1024, CSV_REASON = 200, CSV_VALUE = 48 };

struct csv_column {
  const char *name;
  const char *aliases; /* more names, separated by spaces ("student id" is written student_id); may be NULL */
  bool required;
};

struct csv_finding {
  uint64_t line;      /* where the row starts, from 1 */
  const char *column; /* NULL where the row as a whole is meant */
  char value[CSV_VALUE];
  char reason[CSV_REASON];
  bool warning; /* the row is taken all the same */
};

struct csv_reader; /* opaque, heap */

struct csv_handler {
  /* One data row. fields[i] belongs to columns[i]; "" where the cell is empty, NULL where the file has no such column.
   * NUL-terminated, valid UTF-8, trimmed; valid during the call only. */
  void (*row)(void *arg, uint64_t line, const char *const *fields);
  void (*finding)(void *arg, const struct csv_finding *finding);
  /* Each column of the file that has a name, as written, and the index of the column it was taken for; -1: it is left out.
   * Before the first row; `written` is valid during the call only. NULL: nobody wants to know. */
  void (*column)(void *arg, const char *written, int column);
  void *arg;
};

/* `columns` must outlive the reader. NULL when out of memory. */
struct csv_reader *csv_reader_new(const struct csv_column *columns, size_t n, const struct csv_handler *handler) MUSTCHECK;
/* 0, or -1 when the header is unusable (said as a finding) or memory ran out; every later feed gives -1 as well. A row
 * that is not UTF-8, has a NUL, or is over a cap is a finding, and reading goes on with the next. */
int csv_feed(struct csv_reader *reader, const void *bytes, size_t len) MUSTCHECK;
int csv_finish(struct csv_reader *reader) MUSTCHECK;
void csv_reader_free(struct csv_reader *reader);

/* What parts the cells, for files that are no RFC 4180; ',' unless set before the first feed. */
void csv_separator_set(struct csv_reader *reader, char separator);
/* Which of , ; TAB | parts the first line that has any of them outside quotation marks most often; ',' where none does. */
char csv_separator_guess(const char *text, size_t len);

/* Whether a header's name is the column's, by its name or an alias. */
bool csv_column_is(const struct csv_column *column, const char *written);

/* Finding made by hand, for checks above this reader. */
void csv_finding_make(struct csv_finding *ret, uint64_t line, const char *column, const char *value, const char *fmt, ...)
    PRINTF_LIKE(5, 6);

/* An export cell: quoted where RFC 4180 asks for it, and an apostrophe before = + - @ TAB CR so that no spreadsheet takes
 * it for a formula. Gives the bytes needed, as snprintf does. */
size_t csv_quote(char *out, size_t cap, const char *cell);

#endif
