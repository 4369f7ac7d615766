/*
 * instruments.csv with all its columns, for reading, changing and writing again. The engine's own reader
 * (risk/params_instruments.c) keeps only what it computes with.
 */
#ifndef SG_STUDY_LINK_TABLE_H
#define SG_STUDY_LINK_TABLE_H

#include "base/buf.h"
#include "proto/catalogue.h"
#include "proto/limits.h"

enum { LINK_WORD = 2 * LIMIT_INSTRUMENT_CHARS, LINK_NAME = 160, LINK_SOURCE = 400, LINK_REASON = 240, LINK_ENTRIES = 1000 };

struct link_entry {
  char code[LIMIT_INSTRUMENT_CHARS + 1], maker[LINK_WORD], name[LINK_NAME], scale_word[LINK_WORD], source[LINK_SOURCE], grade[8];
  enum scale scale;
  uint16_t items;                              /* 0 where unknown or varying */
  double offset, slope, error_sd, familiarity; /* NaN where unknown */
};

struct link_table {
  struct link_entry *entries;
  size_t n, room;
};

/* Adds those of a file; one that is there already is replaced. E_INVALID and a sentence with line and column, E_NOMEM. */
int link_table_read(struct link_table *table, const char *text, size_t len, char reason[LINK_REASON]) MUSTCHECK;
/* Index of the code: of the table, else copied from the built-in catalogue, else new with nothing known but a scale.
 * 0, E_NOMEM, E_LIMIT over LINK_ENTRIES. */
int link_table_take(struct link_table *table, const char *code, enum scale scale, size_t *ret) MUSTCHECK;
void link_table_write(const struct link_table *table, struct buf *buf);
void link_table_done(struct link_table *table);

#endif
