/*
 * What both sides must agree on about instruments, scales and areas. The data are proto/catalogue/instruments.csv (the
 * format of instruments.csv in data-formats: code, maker, name, scale, items, offset, slope, error_sd, familiarity, source,
 * grade) and proto/catalogue/areas.csv (number, axis, code, name, low_pct, high_pct, per_200, source); CMake turns them into
 * the tables here. A school's own instruments come on top of these, from the server.
 *
 * score = offset + slope * theta + familiarity (a form seen before) + error, with theta in EPC and everything else in points
 * of the instrument's own scale: a UWSA that is 6 EPC wide has error_sd 12.6, because its slope is 2.1. Where the scale is
 * percent the error is counted items, and error_sd is what comes on top of their binomial spread; elsewhere it is all of it.
 */
#ifndef SG_PROTO_CATALOGUE_H
#define SG_PROTO_CATALOGUE_H

#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers of Scale in stepguard.proto. */
enum scale { SCALE_NONE = 0, SCALE_EPC, SCALE_PERCENT, SCALE_THREE_DIGIT, SCALE_NBME800, SCALE_CBSE_OLD, SCALE_OWN };

struct scale_info {
  enum scale scale;
  const char *name; /* as in results.csv: epc percent three_digit nbme800 cbse_old */
  int32_t low_centi, high_centi;
};

struct instrument {
  const char *code, *maker, *name;
  enum scale scale;               /* the one used when a result names none */
  uint16_t items;                 /* 0 where unknown or varying */
  double offset, slope, error_sd; /* all three NaN where unknown: to be learned */
  double familiarity;             /* NaN where unknown */
  const char *source;
  const char *grade; /* P S W C M, or "" */
};

struct area {
  uint8_t number;   /* on the wire and in the database */
  const char *axis; /* system discipline competency topic; the first three are the USMLE outline, topics are NBME INSIGHTS' */
  const char *code, *name;
  double low_pct, high_pct; /* share of the exam's items, NaN where not published */
  double per_200;           /* items on a CBSSA form of 200, NaN where not counted */
  const char *source;
};

extern const struct instrument catalogue_instruments[];
extern const size_t catalogue_instruments_n;
extern const struct area catalogue_areas[];
extern const size_t catalogue_areas_n;

/* NULL where there is none. Codes compare exactly (lower case); an area is also found by its name. */
const struct instrument *catalogue_instrument(const char *code);
const struct area *catalogue_area(const char *axis, const char *code);
const struct area *catalogue_area_number(unsigned number);
const struct scale_info *catalogue_scale(enum scale scale); /* NULL for SCALE_NONE; SCALE_OWN has -1e6 .. 1e6 */
const struct scale_info *catalogue_scale_named(const char *name);

#endif
