/*
 * A performance table of UWorld's, as it comes when it is selected on the page and pasted: by system, by subject, or both.
 *
 *   Cardiovascular System   34/151   24 (71%)   10 (29%)   0 (0%)   58th
 *   name                    used/of  correct    incorrect  omitted  rank
 *
 * Some browsers put each cell on a line of its own, so a row is a known name and the numbers behind it, up to the next name.
 *
 * The table counts everything since the beginning. Recorded as it stands each week, the same thousand questions would be evidence
 * again and again; so what is recorded is what came since the last one, which is remembered with it (and forgotten when it is
 * undone). Counts that fall mean the bank was reset: asked, and then it is a second pass. A first table may have more questions
 * than one result can carry; it is then scaled down to that, percent and proportions kept, which errs towards caution.
 */
#include "client/error.h"
#include "client/import.h"
#include "client/names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS_MAX = 64, PIECES_MAX = 400, NUMBERS_MAX = 8, AREAS = UINT8_MAX + 1, COUNT_MAX = 100000 };

static const char memory_name[] = "uworld";

struct tally {
  uint32_t items, correct, omitted;
};

struct row {
  const struct names_uworld *name;
  uint64_t line;
  char pieces[PIECES_MAX]; /* what stands behind the name */
  struct tally now, before;
  bool good;
};

struct table {
  struct import *import;
  struct row rows[ROWS_MAX];
  size_t n;
};

/* ---------------------------------------------------------------- lines to rows */

static bool has_usage(const char *text, size_t len) {
  for (size_t i = 1; i + 1 < len; i++)
    if (text[i] == '/' && text[i - 1] >= '0' && text[i - 1] <= '9' && text[i + 1] >= '0' && text[i + 1] <= '9')
      return true;
  return false;
}

/* Numbers, marks and ranks only ("58th"): the rest of a row whose cells stand on lines of their own. */
static bool only_numbers(const char *text, size_t len) {
  bool digit = false;
  for (size_t i = 0; i < len; i++) {
    digit |= text[i] >= '0' && text[i] <= '9';
    if (strchr("0123456789/()%. ,;\t-stndrh", text[i]) == NULL)
      return false;
  }
  return digit;
}

static void pieces_add(struct row *row, const char *text, size_t len) {
  size_t used = strlen(row->pieces);
  if (used + len + 2 > sizeof row->pieces)
    return;
  row->pieces[used] = ' ';
  memcpy(row->pieces + used + 1, text, len);
  row->pieces[used + 1 + len] = '\0';
}

static void line_take(struct table *table, uint64_t line, const char *text, size_t len) {
  size_t name = 0;
  const struct names_uworld *found = names_uworld_row(text, len, &name);
  struct row *last = table->n > 0 ? &table->rows[table->n - 1] : NULL;
  char value[CSV_VALUE];
  if (found == NULL && last != NULL && only_numbers(text, len)) {
    pieces_add(last, text, len);
  } else if (found != NULL && table->n < ROWS_MAX) {
    struct row *row = &table->rows[table->n++];
    *row = (struct row){.name = found, .line = line};
    pieces_add(row, text + name, len - name);
  } else if (found == NULL && has_usage(text, len)) {
    snprintf(value, sizeof value, "%.*s", (int)len, text);
    for (char *tab = value; (tab = strchr(tab, '\t')) != NULL;)
      *tab = ' ';
    import_warn(table->import, line, NULL, value, "this row's name is not known here; it counts in no area and not in the whole");
  }
}

static void lines_take(struct table *table, const char *text, size_t len) {
  uint64_t line = 1;
  for (size_t at = 0; at < len; line++) {
    size_t end = at;
    while (end < len && text[end] != '\n' && text[end] != '\r')
      end++;
    size_t from = at;
    while (from < end && strchr("\t ,;|\"", text[from]) != NULL && text[from] != '\0')
      from++;
    if (from < end)
      line_take(table, line, text + from, end - from);
    at = end + (end + 1 < len && text[end] == '\r' && text[end + 1] == '\n' ? 2 : 1);
  }
}

bool uworld_recognise(const char *text, size_t len) {
  size_t named = 0, counted = 0;
  for (size_t at = 0; at < len;) {
    size_t end = at, name;
    while (end < len && text[end] != '\n' && text[end] != '\r')
      end++;
    while (at < end && strchr("\t ,;|\"", text[at]) != NULL && text[at] != '\0')
      at++;
    named += names_uworld_row(text + at, end - at, &name) != NULL;
    counted += has_usage(text + at, end - at) || (memchr(text + at, '%', end - at) != NULL && only_numbers(text + at, end - at));
    at = end + 1;
  }
  return named >= 2 && counted >= 2;
}

/* ---------------------------------------------------------------- numbers of a row */

struct numbers {
  uint32_t used, count[NUMBERS_MAX], percent[NUMBERS_MAX];
  size_t counts, percents;
  bool has_used;
};

static const char *number_take(const char *at, uint32_t *ret) {
  uint32_t value = 0;
  for (; *at >= '0' && *at <= '9'; at++)
    value = value < COUNT_MAX ? value * 10 + (uint32_t)(*at - '0') : COUNT_MAX;
  *ret = value;
  return at;
}

/* "34/151  24 (71%)  10 (29%)  0 (0%)  58th": the share in brackets repeats the count before it. */
static void numbers_read(const char *at, struct numbers *ret) {
  uint32_t value, other;
  bool bracket = false;
  *ret = (struct numbers){.used = 0};
  while (*at != '\0') {
    if (*at < '0' || *at > '9') {
      bracket = *at == '(' || (bracket && *at == ' ');
      at++;
      continue;
    }
    at = number_take(at, &value);
    if (*at == '.') /* 70.6 */
      at = number_take(at + 1, &other);
    at += strspn(at, " ");
    if (*at == '/' && !ret->has_used) {
      at = number_take(at + 1, &other);
      ret->used = value;
      ret->has_used = true;
    } else if (*at == '%') {
      if (!bracket && ret->percents < NUMBERS_MAX)
        ret->percent[ret->percents++] = value;
    } else if (*at == 's' || *at == 'n' || *at == 'r' || *at == 't') {
      return; /* a rank, with which the row ends */
    } else if (!bracket && ret->counts < NUMBERS_MAX) {
      ret->count[ret->counts++] = value;
    }
    bracket = false;
  }
}

static void row_read(struct table *table, struct row *row) {
  struct numbers numbers;
  numbers_read(row->pieces, &numbers);
  uint32_t sum = 0;
  size_t counts = numbers.counts < 3 ? numbers.counts : 3;
  for (size_t i = 0; i < counts; i++)
    sum += numbers.count[i];
  if (counts >= 2) {
    row->now = (struct tally){numbers.has_used ? numbers.used : sum, numbers.count[0], counts == 3 ? numbers.count[2] : 0};
    row->good = sum == row->now.items;
  } else if (numbers.has_used && numbers.percents > 0 && numbers.percent[0] <= 100) {
    row->now = (struct tally){numbers.used, (numbers.used * numbers.percent[0] + 50) / 100, 0};
    row->good = true;
  }
  if (!row->good)
    import_refuse(
        table->import, row->line, row->name->written, row->pieces[0] != '\0' ? row->pieces + 1 : "",
        "these are not the numbers of a row (34/151 24 (71%%) 10 (29%%) 0 (0%%), and correct, incorrect and omitted add up to "
        "the used); copy the row again");
}

/* A row that was pasted twice counts once; two with one name and other numbers are no table. */
static void rows_once(struct table *table) {
  for (size_t i = 0; i < table->n; i++) {
    struct row *row = &table->rows[i];
    for (size_t j = 0; j < i && row->good; j++) {
      const struct row *first = &table->rows[j];
      if (!first->good || strcmp(first->name->written, row->name->written) != 0)
        continue;
      row->good = false;
      if (first->now.items != row->now.items || first->now.correct != row->now.correct)
        import_refuse(table->import, row->line, row->name->written, "",
                      "this row stands in line %" PRIu64 " with other numbers; paste one "
                      "table at a time",
                      first->line);
    }
  }
}

/* ---------------------------------------------------------------- what came since the last table */

/* The memory is a line a row: "name|items|correct|omitted". */
static void before_read(struct table *table, const char *body) {
  for (const char *at = body; *at != '\0';) {
    size_t name = strcspn(at, "|\n");
    struct tally tally = {0};
    const char *number = at + name;
    uint32_t *const parts[] = {&tally.items, &tally.correct, &tally.omitted};
    for (size_t i = 0; i < 3 && *number == '|'; i++)
      number = number_take(number + 1, parts[i]);
    for (size_t i = 0; i < table->n; i++)
      if (strlen(table->rows[i].name->written) == name && strncmp(table->rows[i].name->written, at, name) == 0)
        table->rows[i].before = tally;
    at += strcspn(at, "\n");
    at += *at == '\n';
  }
}

static bool body_has_axis(const char *body, bool subject) {
  for (const char *at = body; *at != '\0'; at += *at == '\n') {
    size_t name = 0;
    const struct names_uworld *row = names_uworld_row(at, strcspn(at, "|\n"), &name);
    if (row != NULL && row->subject == subject)
      return true;
    at += strcspn(at, "\n");
  }
  return false;
}

/* What is remembered: this table, and of the last one the rows that this one does not have. */
static int memory_write(struct table *table, const char *before, struct sg_error *ret_error) {
  char *body = malloc(OUTBOX_MEMORY_CAP);
  size_t len = 0;
  if (body == NULL)
    return error_system(ret_error, ENOMEM, "Cannot keep the table");
  body[0] = '\0';
  for (size_t i = 0; i < table->n && len < OUTBOX_MEMORY_CAP; i++)
    if (table->rows[i].good)
      len += (size_t)snprintf(body + len, OUTBOX_MEMORY_CAP - len, "%s|%" PRIu32 "|%" PRIu32 "|%" PRIu32 "\n",
                              table->rows[i].name->written, table->rows[i].now.items, table->rows[i].now.correct,
                              table->rows[i].now.omitted);
  for (const char *at = before; *at != '\0';) {
    size_t line = strcspn(at, "\n"), name = strcspn(at, "|\n");
    bool here = false;
    for (size_t i = 0; i < table->n; i++)
      here |= table->rows[i].good && strlen(table->rows[i].name->written) == name &&
              strncmp(table->rows[i].name->written, at, name) == 0;
    if (!here && len < OUTBOX_MEMORY_CAP)
      len += (size_t)snprintf(body + len, OUTBOX_MEMORY_CAP - len, "%.*s\n", (int)line, at);
    at += line + (at[line] == '\n');
  }
  int status = strcmp(body, before) == 0 ? SG_OK : outbox_memory_set(table->import->client->outbox, memory_name, body, ret_error);
  free(body);
  return status;
}

static bool fell(const struct table *table) {
  for (size_t i = 0; i < table->n; i++) {
    const struct row *row = &table->rows[i];
    if (row->good && (row->now.items < row->before.items || row->now.correct < row->before.correct))
      return true;
  }
  return false;
}

/* ---------------------------------------------------------------- a row of results.csv */

enum out { INSTRUMENT, FORM, TAKEN_AT, SCALE, SCORE, ITEMS, CORRECT, OMITTED, REPEAT, OUTS };
static const char *const out_names[OUTS] = {"instrument", "form",    "taken_at", "scale", "score",
                                            "items",      "correct", "omitted",  "repeat"};

static struct tally since(const struct row *row) {
  return (struct tally){row->now.items - row->before.items, row->now.correct - row->before.correct,
                        row->now.omitted > row->before.omitted ? row->now.omitted - row->before.omitted : 0};
}

static uint32_t scaled(uint32_t count, uint32_t whole) {
  return whole <= LIMIT_ITEMS ? count : (uint32_t)(((uint64_t)count * LIMIT_ITEMS + whole / 2) / whole);
}

/* Of one axis, as that one counts every question once. */
static struct tally whole_of(const struct table *table, bool subject) {
  struct tally whole = {0};
  for (size_t i = 0; i < table->n; i++) {
    struct tally one = since(&table->rows[i]);
    if (!table->rows[i].good || table->rows[i].name->subject != subject)
      continue;
    whole.items += one.items;
    whole.correct += one.correct;
    whole.omitted += one.omitted;
  }
  return whole;
}

static struct sheet_subs *subs_of(const struct table *table, uint32_t whole, const bool use_axis[2]) {
  struct sheet_subs *subs = sheet_alloc(&table->import->draft, sizeof *subs);
  uint32_t items[AREAS] = {0}, correct[AREAS] = {0};
  for (size_t i = 0; i < table->n; i++) {
    const struct row *row = &table->rows[i];
    if (!row->good || row->name->area == 0 || !use_axis[row->name->subject])
      continue;
    items[row->name->area] += since(row).items;
    correct[row->name->area] += since(row).correct;
  }
  for (unsigned area = 1; subs != NULL && area < AREAS && subs->n < LIMIT_SUBSCORES; area++) {
    uint32_t n = scaled(items[area], whole), right = scaled(correct[area], whole);
    if (n == 0 || n > LIMIT_ITEMS)
      continue;
    subs->area[subs->n] = (uint8_t)area;
    subs->items[subs->n] = (uint16_t)n;
    subs->correct[subs->n++] = (uint16_t)(right < n ? right : n);
  }
  return subs;
}

static void today(char ret[DATES_TEXT]) {
  time_t now = time(NULL);
  struct tm local;
  if (localtime_r(&now, &local) == NULL || strftime(ret, DATES_TEXT, "%Y-%m-%d", &local) == 0)
    ret[0] = '\0';
}

static void result_put(struct table *table, struct tally whole, const bool use_axis[2], bool again) {
  struct import *import = table->import;
  struct sheet *draft = &import->draft;
  char day[DATES_TEXT];
  today(day);
  if (import->options->taken_on != NULL)
    snprintf(day, sizeof day, "%.*s", DATES_TEXT - 1, import->options->taken_on);
  struct sheet_row *row = sheet_row_add(draft, table->rows[0].line);
  if (row == NULL)
    return;
  uint32_t items = scaled(whole.items, whole.items), correct = scaled(whole.correct, whole.items);
  uint64_t centi = (whole.correct * UINT64_C(10000) + whole.items / 2) / whole.items;
  if (whole.items > LIMIT_ITEMS)
    import_warn(import, table->rows[0].line, "items", "",
                "the table has %" PRIu32 " questions; recorded as %d in the same proportions, "
                "the most one result can have",
                whole.items, LIMIT_ITEMS);
  row->cell[INSTRUMENT] = "qbank_uworld";
  row->cell[FORM] = sheet_format(draft, "table %.10s", day);
  row->cell[TAKEN_AT] = sheet_text(draft, day, strlen(day));
  row->cell[SCALE] = "percent";
  row->cell[SCORE] = sheet_format(draft, "%" PRIu64 ".%02" PRIu64, centi / 100, centi % 100);
  row->cell[ITEMS] = sheet_format(draft, "%" PRIu32, items);
  row->cell[CORRECT] = sheet_format(draft, "%" PRIu32, correct < items ? correct : items);
  uint32_t omitted = scaled(whole.omitted, whole.items);
  if (correct + omitted <= items)
    row->cell[OMITTED] = sheet_format(draft, "%" PRIu32, omitted);
  row->cell[REPEAT] = again ? "1" : "0";
  row->subs = subs_of(table, whole.items, use_axis);
}

/* After a reset everything counts from nothing. False: somebody has to say so first. */
static bool table_reset(struct table *table, bool *ret_again) {
  static const char *const choices[] = {"yes", "no"};
  const struct sg_question question = {.kind = SG_ASK_RESET,
                                       .subject = "uworld",
                                       .text =
                                           "This table counts less than the last one recorded here. Was the question bank reset, "
                                           "so that this is a second pass?",
                                       .choices = choices,
                                       .choices_n = 2,
                                       .preset = ""};
  char answer[SG_ANSWER_CAP];
  *ret_again = fell(table);
  if (!*ret_again)
    return true;
  if (!import_ask(table->import, &question, answer) || strcmp(answer, "yes") != 0) {
    import_refuse(table->import, table->rows[0].line, "USAGE", "",
                  "the table counts less than the last one; copy it again, or say with --reset that the bank was reset");
    return false;
  }
  for (size_t i = 0; i < table->n; i++)
    table->rows[i].before = (struct tally){0};
  return true;
}

static int table_put(struct table *table, const char *before, struct sg_error *ret_error) {
  bool again = false, axis_now[2] = {false, false}, use_axis[2];
  before_read(table, before);
  if (!table_reset(table, &again))
    return SG_OK;
  for (size_t i = 0; i < table->n; i++)
    axis_now[table->rows[i].name->subject] |= table->rows[i].good;
  /* An axis that was not there last time has no "since": it is remembered now and used from the next one on. */
  bool known[2] = {body_has_axis(before, false), body_has_axis(before, true)};
  for (size_t i = 0; i < 2; i++)
    use_axis[i] = axis_now[i] && (again || before[0] == '\0' || known[i]);
  struct tally whole = whole_of(table, !use_axis[0]);
  if (!use_axis[0] && !use_axis[1])
    import_warn(table->import, table->rows[0].line, NULL, "",
                "the last table was of the other kind; this one counts from the next on");
  else if (whole.items == 0)
    import_warn(table->import, table->rows[0].line, NULL, "", "nothing new since the last table recorded here");
  else
    result_put(table, whole, use_axis, again);
  return memory_write(table, before, ret_error);
}

int uworld_draft(struct import *import, const char *text, size_t len, struct sg_error *ret_error) {
  char *before = malloc(OUTBOX_MEMORY_CAP);
  struct table *table = calloc(1, sizeof *table);
  int status = SG_OK;
  if (before == NULL || table == NULL) {
    status = error_system(ret_error, ENOMEM, "Cannot read the table");
    goto fail;
  }
  table->import = import;
  for (size_t i = 0; i < OUTS; i++)
    (void)sheet_column_add(&import->draft, out_names[i]);
  lines_take(table, text, len);
  uint64_t refused = import->totals.refused;
  for (size_t i = 0; i < table->n; i++)
    row_read(table, &table->rows[i]);
  rows_once(table);
  status = outbox_memory_get(import->client->outbox, memory_name, before, OUTBOX_MEMORY_CAP, ret_error);
  /* Without one of its rows the whole would be wrong today and the row counted twice next time. */
  if (status == SG_OK && import->totals.refused == refused)
    status = table_put(table, before, ret_error);
fail:
  free(before);
  free(table);
  return status;
}
