/*
 * instruments.csv as it stands in the file: every column is kept, because what link writes is the same file with other numbers,
 * and a school's names and notes must not get lost on the way.
 *
 * A school's file goes before the built-in catalogue, code by code, as it does for the engine. Numbers are written with as
 * many digits as read back the same; a catalogue is copied between machines.
 */
#include "study/link_table.h"

#include "base/err.h"
#include "base/json.h"
#include "proto/csv.h"
#include "risk/params.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE, MAKER, NAME, SCALE, ITEMS, OFFSET, SLOPE, ERROR_SD, FAMILIARITY, SOURCE, GRADE, COLUMNS };

static const struct csv_column columns[COLUMNS] = {
    [CODE] = {"code", "instrument", true}, [MAKER] = {"maker", NULL, false},
    [NAME] = {"name", NULL, false},        [SCALE] = {"scale", NULL, false},
    [ITEMS] = {"items", NULL, false},      [OFFSET] = {"offset", NULL, false},
    [SLOPE] = {"slope", NULL, false},      [ERROR_SD] = {"error_sd", "sd", false},
    [SOURCE] = {"source", NULL, false},    [FAMILIARITY] = {"familiarity", NULL, false},
    [GRADE] = {"grade", NULL, false},
};

struct load {
  struct link_table *table;
  char *reason;
  int err;
};

/* ---------------------------------------------------------------- entries */

static int entry_new(struct link_table *table, struct link_entry **ret) {
  if (table->n == LINK_ENTRIES)
    return E_LIMIT;
  if (table->n == table->room) {
    size_t room = table->room ? 2 * table->room : 64;
    struct link_entry *entries = realloc(table->entries, room * sizeof *entries);
    if (!entries)
      return E_NOMEM;
    table->entries = entries;
    table->room = room;
  }
  *ret = &table->entries[table->n++];
  **ret = (struct link_entry){.offset = NAN, .slope = NAN, .error_sd = NAN, .familiarity = NAN};
  return E_OK;
}

static size_t entry_find(const struct link_table *table, const char *code) {
  for (size_t i = 0; i < table->n; i++)
    if (strcmp(table->entries[i].code, code) == 0)
      return i;
  return SIZE_MAX;
}

static void entry_scale(struct link_entry *entry, enum scale scale) {
  entry->scale = scale == SCALE_NONE ? SCALE_OWN : scale;
  const struct scale_info *info = catalogue_scale(entry->scale);
  snprintf(entry->scale_word, sizeof entry->scale_word, "%s", entry->scale == SCALE_OWN || !info ? "points" : info->name);
}

int link_table_take(struct link_table *table, const char *code, enum scale scale, size_t *ret) {
  *ret = entry_find(table, code);
  if (*ret != SIZE_MAX)
    return E_OK;
  const struct instrument *known = catalogue_instrument(code);
  struct link_entry *entry;
  int err = entry_new(table, &entry);
  if (err)
    return err;
  snprintf(entry->code, sizeof entry->code, "%s", code);
  entry_scale(entry, known ? known->scale : scale);
  if (known) {
    snprintf(entry->maker, sizeof entry->maker, "%s", known->maker);
    snprintf(entry->name, sizeof entry->name, "%s", known->name);
    snprintf(entry->source, sizeof entry->source, "%s", known->source);
    snprintf(entry->grade, sizeof entry->grade, "%s", known->grade);
    entry->items = known->items;
    entry->offset = known->offset;
    entry->slope = known->slope;
    entry->error_sd = known->error_sd;
    entry->familiarity = known->familiarity;
  }
  *ret = table->n - 1;
  return E_OK;
}

/* ---------------------------------------------------------------- reading */

static void load_refuse(struct load *load, uint64_t line, const char *column, const char *value, const char *why) {
  if (load->err)
    return; /* the first is the one told */
  snprintf(load->reason, LINK_REASON, "line %llu, column %s, \"%.48s\": %s", (unsigned long long)line, column, value, why);
  load->err = E_INVALID;
}

/* An empty or absent cell is unknown: NaN. */
static double load_number(struct load *load, uint64_t line, int column, const char *const *fields, double low, double high) {
  const char *cell = fields[column];
  char *end = NULL;
  if (!cell || !*cell)
    return NAN;
  double value = strtod(cell, &end);
  if (end == cell || *end || !isfinite(value) || value < low || value > high)
    load_refuse(load, line, columns[column].name, cell, "is not a number in range");
  return value;
}

static void load_word(struct load *load, uint64_t line, int column, const char *const *fields, char *out, size_t cap) {
  const char *cell = fields[column] ? fields[column] : "";
  if (strlen(cell) >= cap)
    load_refuse(load, line, columns[column].name, cell, "is too long");
  else
    memcpy(out, cell, strlen(cell) + 1);
}

static void load_row(void *arg, uint64_t line, const char *const *fields) {
  struct load *load = arg;
  struct link_entry entry = {0};
  if (load->err)
    return;
  load_word(load, line, CODE, fields, entry.code, sizeof entry.code);
  load_word(load, line, MAKER, fields, entry.maker, sizeof entry.maker);
  load_word(load, line, NAME, fields, entry.name, sizeof entry.name);
  load_word(load, line, SCALE, fields, entry.scale_word, sizeof entry.scale_word);
  load_word(load, line, SOURCE, fields, entry.source, sizeof entry.source);
  load_word(load, line, GRADE, fields, entry.grade, sizeof entry.grade);
  double items = load_number(load, line, ITEMS, fields, 0, LIMIT_ITEMS);
  entry.items = isnan(items) ? 0 : (uint16_t)items;
  entry.offset = load_number(load, line, OFFSET, fields, -RISK_LINE_MOST, RISK_LINE_MOST);
  entry.slope = load_number(load, line, SLOPE, fields, RISK_SLOPE_LEAST, RISK_LINE_MOST);
  entry.error_sd = load_number(load, line, ERROR_SD, fields, 0, RISK_LINE_MOST);
  entry.familiarity = load_number(load, line, FAMILIARITY, fields, 0, RISK_LINE_MOST);
  if (!*entry.code)
    load_refuse(load, line, "code", "", "must not be empty");
  const struct scale_info *scale = catalogue_scale_named(entry.scale_word);
  entry.scale = scale ? scale->scale : SCALE_OWN;
  if (!*entry.scale_word)
    snprintf(entry.scale_word, sizeof entry.scale_word, "points");
  if (load->err)
    return;
  size_t at = entry_find(load->table, entry.code);
  struct link_entry *into = at != SIZE_MAX ? &load->table->entries[at] : NULL;
  int err = into ? E_OK : entry_new(load->table, &into);
  if (!err)
    *into = entry;
  else if (err == E_LIMIT)
    load_refuse(load, line, "code", entry.code, "is one instrument too many");
  else
    load->err = err;
}

static void load_finding(void *arg, const struct csv_finding *finding) {
  if (!finding->warning)
    load_refuse(arg, finding->line, finding->column ? finding->column : "", finding->value, finding->reason);
}

int link_table_read(struct link_table *table, const char *text, size_t len, char reason[LINK_REASON]) {
  struct load load = {.table = table, .reason = reason};
  const struct csv_handler handler = {.row = load_row, .finding = load_finding, .arg = &load};
  struct csv_reader *reader = csv_reader_new(columns, COLUMNS, &handler);
  if (!reader)
    return E_NOMEM;
  if ((csv_feed(reader, text, len) < 0 || csv_finish(reader) < 0) && !load.err) {
    snprintf(reason, LINK_REASON, "the header cannot be used");
    load.err = E_INVALID;
  }
  csv_reader_free(reader);
  return load.err;
}

/* ---------------------------------------------------------------- writing */

static void write_text(struct buf *buf, const char *text, const char *end) {
  char cell[2 * LINK_SOURCE + 4]; /* every quote doubled, two around, an apostrophe */
  csv_quote(cell, sizeof cell, text);
  buf_printf(buf, "%s%s", cell, end);
}

/* Not through csv_quote(): a negative number is no formula. */
static void write_number(struct buf *buf, double value) {
  if (isfinite(value))
    json_put_number(buf, value);
  buf_printf(buf, ",");
}

void link_table_write(const struct link_table *table, struct buf *buf) {
  for (int i = 0; i < COLUMNS; i++)
    buf_printf(buf, "%s%s", columns[i].name, i + 1 < COLUMNS ? "," : "\n");
  for (size_t i = 0; i < table->n; i++) {
    const struct link_entry *entry = &table->entries[i];
    write_text(buf, entry->code, ",");
    write_text(buf, entry->maker, ",");
    write_text(buf, entry->name, ",");
    write_text(buf, entry->scale_word, ",");
    write_number(buf, entry->items ? entry->items : (double)NAN);
    write_number(buf, entry->offset);
    write_number(buf, entry->slope);
    write_number(buf, entry->error_sd);
    write_number(buf, entry->familiarity);
    write_text(buf, entry->source, ",");
    write_text(buf, entry->grade, "\n");
  }
}

void link_table_done(struct link_table *table) {
  free(table->entries);
  *table = (struct link_table){0};
}
