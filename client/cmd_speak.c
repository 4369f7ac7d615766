/*
 * Speaking to the person, and to programs: errors, JSON, times, tables, progress, questions.
 *
 * A time is shown in the zone that TZ names; the commands set that to the school's once it is known, so a deadline reads the
 * same in the school and on a laptop in another state, and the zone always stands beside it.
 */
#include "client/cmd.h"
#include "proto/fault.h"
#include "proto/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* ---------------------------------------------------------------- errors and JSON */

json_t *json_error(const struct sg_error *error) {
  json_t *about = json_pack("{s:s, s:s}", "code", sg_status_name(error->status), "text", error->text);
  if (error->fault != FAULT_NONE)
    json_object_set_new(about, "fault", json_string(fault_info(error->fault)->name));
  if (error->field[0] != '\0')
    json_object_set_new(about, "field", json_string(error->field));
  if (error->retry_after_ms > 0)
    json_object_set_new(about, "retry_after_ms", json_integer(error->retry_after_ms));
  return about;
}

int speak_json(json_t *document, int exit_code) {
  if (document == NULL || json_dumpf(document, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) != 0 || putchar('\n') == EOF ||
      fflush(stdout) != 0) {
    fprintf(stderr, "stepguard: the answer could not be written out.\n");
    exit_code = EXIT_PROBLEMS;
  }
  json_decref(document);
  return exit_code;
}

json_t *json_time(int64_t ms) {
  time_t seconds = (time_t)(ms / 1000);
  struct tm utc;
  char text[SPEAK_TIME];
  if (ms == 0 || gmtime_r(&seconds, &utc) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
    return json_null();
  return json_string(text);
}

json_t *json_day(int32_t day) {
  char text[11];
  if (day == SG_NO_DAY)
    return json_null();
  result_format_day(text, day);
  return json_string(text);
}

json_t *json_id(const uint8_t id[UUID_BYTES]) {
  char text[UUID_TEXT];
  uuid_format(text, id);
  return json_string(text);
}

json_t *json_centi(int32_t centi) {
  return centi % 100 == 0 ? json_integer(centi / 100) : json_real(centi / 100.0);
}

/* ---------------------------------------------------------------- times and numbers */

void format_time(char ret[SPEAK_TIME], int64_t ms) {
  time_t seconds = (time_t)(ms / 1000);
  struct tm local;
  if (localtime_r(&seconds, &local) == NULL || strftime(ret, SPEAK_TIME, "%d %b %Y %H:%M %Z", &local) == 0)
    snprintf(ret, SPEAK_TIME, "?");
}

void format_date(char ret[SPEAK_TIME], int64_t ms) {
  time_t seconds = (time_t)(ms / 1000);
  struct tm local;
  if (localtime_r(&seconds, &local) == NULL || strftime(ret, SPEAK_TIME, "%Y-%m-%d", &local) == 0)
    snprintf(ret, SPEAK_TIME, "?");
}

void format_day(char ret[SPEAK_TIME], int32_t day) {
  time_t seconds = (time_t)day * 86400;
  struct tm utc;
  if (gmtime_r(&seconds, &utc) == NULL || strftime(ret, SPEAK_TIME, "%a %d %b %Y", &utc) == 0)
    snprintf(ret, SPEAK_TIME, "?");
}

void format_centi(char ret[SPEAK_NUMBER], int32_t centi) {
  int32_t rest = centi % 100;
  const char *sign = centi < 0 ? "-" : "";
  int64_t size = centi < 0 ? -(int64_t)centi : centi;
  if (rest == 0)
    snprintf(ret, SPEAK_NUMBER, "%s%" PRId64, sign, size / 100);
  else
    snprintf(ret, SPEAK_NUMBER, "%s%" PRId64 ".%02" PRId64, sign, size / 100, size % 100);
}

const char *row_state_name(enum sg_row_state state) {
  switch (state) {
  case SG_QUEUED: return "pending";
  case SG_ACKNOWLEDGED: return "stored";
  case SG_REJECTED: return "rejected";
  case SG_CONFLICT: return "conflict";
  }
  return "unknown";
}

const char *tone_on(const struct app *app, enum tone tone) {
  static const char *const codes[] = {"", "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[2m"};
  return app->colour ? codes[tone] : "";
}

const char *tone_off(const struct app *app, enum tone tone) {
  return app->colour && tone != TONE_PLAIN ? "\x1b[0m" : "";
}

/* ---------------------------------------------------------------- tables */

struct table {
  const char *const *heads;
  size_t columns, cells, size;
  char **cell;
  bool failed;
};

struct table *table_new(const char *const *heads, size_t columns) {
  struct table *table = calloc(1, sizeof *table);
  if (table == NULL)
    return NULL;
  table->heads = heads;
  table->columns = columns;
  return table;
}

void table_cell(struct table *table, const char *text) {
  if (table == NULL || table->failed)
    return;
  if (table->cells == table->size) {
    size_t size = table->size == 0 ? 64 : table->size * 2;
    char **cell = realloc(table->cell, size * sizeof *cell);
    table->failed = cell == NULL;
    if (table->failed)
      return;
    table->cell = cell;
    table->size = size;
  }
  table->cell[table->cells] = strdup(text);
  table->failed = table->cell[table->cells] == NULL;
  table->cells += !table->failed;
}

void table_free(struct table *table) {
  if (table == NULL)
    return;
  for (size_t i = 0; i < table->cells; i++)
    free(table->cell[i]);
  free(table->cell);
  free(table);
}

/* Characters, not bytes: forms and names are in any script. */
static size_t text_width(const char *text) {
  size_t width = 0, left = strlen(text);
  while (left > 0) {
    uint32_t character;
    size_t n = utf8_next(text, left, &character);
    n = n > 0 ? n : 1;
    text += n;
    left -= n;
    width++;
  }
  return width;
}

/* Bytes of the longest beginning that fits and ends with a word; where the first word does not fit, of what fits of it. */
static size_t line_bytes(const char *text, size_t columns) {
  size_t at = 0, blank = 0, left = strlen(text);
  for (size_t column = 0; column < columns && at < left; column++) {
    uint32_t character;
    size_t n = utf8_next(text + at, left - at, &character);
    if (text[at] == ' ')
      blank = at;
    at += n > 0 ? n : 1;
  }
  return at == left || text[at] == ' ' || blank == 0 ? at : blank;
}

enum { COLUMNS_MAX = 16, GAP = 2, LAST_LEAST = 28 /* narrower than this, text is better off below */, BELOW_INDENT = 6 };
enum { LINE_COLUMNS = 80, TEXT_CAP = 1024 };

static void break_to(FILE *out, const char *text, size_t indent, size_t width) {
  size_t room = width > indent + LAST_LEAST ? width - indent : LAST_LEAST;
  for (bool first = true; text[0] != '\0'; first = false, text += strspn(text, " ")) {
    size_t len = line_bytes(text, room);
    fprintf(out, "%*s%.*s\n", first ? 0 : (int)indent, "", (int)len, text);
    text += len;
  }
}

void print_broken(const char *text, size_t indent, size_t width) {
  break_to(stdout, text, indent, width);
}

void print_text(const struct app *app, size_t indent, const char *fmt, ...) {
  char text[TEXT_CAP];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  if (app->width > 0)
    break_to(stdout, text, indent, app->width);
  else
    printf("%s\n", text);
}

int speak_error(const struct app *app, const struct sg_error *error) {
  int code = sg_status_exit(error->status);
  char text[sizeof error->text + 64];
  if (app->json)
    return speak_json(json_pack("{s:o}", "error", json_error(error)), code);
  snprintf(text, sizeof text, "stepguard %s: %s", app->command->name, error->text);
  if (app->error_terminal)
    break_to(stderr, text, 0, app->width > 0 ? app->width : LINE_COLUMNS);
  else
    fprintf(stderr, "%s\n", text);
  return code;
}

static void table_line(const struct table *table, const size_t *widths, char *const *cells, size_t terminal) {
  size_t at = 0, last = table->columns - 1;
  for (size_t i = 0; i < last; i++) {
    /* Nothing trails where all that follows is empty. */
    bool rest = false;
    for (size_t j = i + 1; j < table->columns; j++)
      rest |= cells[j][0] != '\0';
    printf("%s%*s", cells[i], rest ? (int)(widths[i] - text_width(cells[i])) + GAP : 0, "");
    at += widths[i] + GAP;
  }
  if (terminal == 0 || at + text_width(cells[last]) <= terminal) {
    printf("%s\n", cells[last]);
  } else if (at + LAST_LEAST <= terminal) {
    print_broken(cells[last], at, terminal);
  } else {
    printf("\n%*s", BELOW_INDENT, "");
    print_broken(cells[last], BELOW_INDENT, terminal);
  }
}

void table_print(struct table *table, const struct app *app) {
  size_t widths[COLUMNS_MAX] = {0};
  if (table == NULL)
    return;
  if (table->failed)
    fprintf(stderr, "stepguard: out of memory; the table is not complete.\n");
  for (size_t i = 0; i < table->columns; i++)
    widths[i] = text_width(table->heads[i]);
  for (size_t i = 0; i < table->cells; i++)
    if (text_width(table->cell[i]) > widths[i % table->columns])
      widths[i % table->columns] = text_width(table->cell[i]);
  printf("%s", tone_on(app, TONE_QUIET));
  table_line(table, widths, (char *const *)table->heads, app->width);
  printf("%s", tone_off(app, TONE_QUIET));
  for (size_t i = 0; i + table->columns <= table->cells; i += table->columns)
    table_line(table, widths, table->cell + i, app->width);
  table_free(table);
}

/* ---------------------------------------------------------------- fields */

enum { LABEL_COLUMNS = 14, LABEL_INDENT = 2 };

void print_field(const char *label, const char *text) {
  for (text += strspn(text, " "); text[0] != '\0'; text += strspn(text, " ")) {
    size_t len = line_bytes(text, LINE_COLUMNS - LABEL_COLUMNS);
    printf("%*s%-*s%.*s\n", LABEL_INDENT, "", LABEL_COLUMNS - LABEL_INDENT, label, (int)len, text);
    label = "";
    text += len;
  }
}

/* ---------------------------------------------------------------- progress */

enum { QUIET_MS = 1000 /* work that is over before that needs no progress line */ };

static int64_t clock_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_init(struct progress *progress, const struct app *app) {
  *progress = (struct progress){.app = app, .started_ms = clock_ms()};
}

void progress_show(void *arg, const char *what, uint64_t done, uint64_t total) {
  struct progress *progress = arg;
  if (!progress->app->error_terminal || clock_ms() - progress->started_ms < QUIET_MS)
    return;
  if (total > 0)
    fprintf(stderr, "\r\x1b[K%s: %" PRIu64 " of %" PRIu64, what, done, total);
  else
    fprintf(stderr, "\r\x1b[K%s ...", what);
  fflush(stderr);
  progress->shown = true;
}

void progress_clear(struct progress *progress) {
  if (progress->shown)
    fprintf(stderr, "\r\x1b[K");
  progress->shown = false;
}

/* ---------------------------------------------------------------- questions */

static bool read_line(char *ret, size_t cap) {
  if (fgets(ret, (int)cap, stdin) == NULL)
    return false;
  size_t len = strlen(ret);
  bool whole = len > 0 && ret[len - 1] == '\n';
  while (len > 0 && (ret[len - 1] == '\n' || ret[len - 1] == '\r' || ret[len - 1] == ' '))
    ret[--len] = '\0';
  for (int c = 0; !whole && c != '\n' && c != EOF;) /* the rest of an overlong line is not the next answer */
    c = getchar();
  return true;
}

bool ask_line(const char *question, const char *preset, char *ret, size_t cap) {
  if (preset[0] != '\0')
    fprintf(stderr, "%s [%s]: ", question, preset);
  else
    fprintf(stderr, "%s: ", question);
  if (!read_line(ret, cap))
    return false;
  if (ret[0] == '\0')
    snprintf(ret, cap, "%s", preset);
  return true;
}

bool ask_secret(const char *question, char *ret, size_t cap) {
  struct termios before, quiet;
  bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) { /* before the question, so that nothing typed at it is shown or thrown away */
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  fprintf(stderr, "%s: ", question);
  fflush(stderr);
  bool got = read_line(ret, cap);
  if (terminal) {
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    fprintf(stderr, "\n");
  }
  return got;
}
