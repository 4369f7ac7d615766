/*
 * subscores.csv: how many items of an area a result had, and how many were right. One reader for the client, which puts them
 * beside the results it records, and for `stepguardctl`, which does so with a past class. That no area comes twice in a result
 * is for who has all of a result's rows (result_check says it).
 */
#ifndef SG_PROTO_SUBSCORE_H
#define SG_PROTO_SUBSCORE_H

#include "proto/csv.h"
#include "proto/uuid7.h"

struct subscore {
  uint8_t id[UUID_BYTES]; /* of the result */
  uint32_t line;          /* of the file */
  uint16_t items, correct;
  uint8_t area; /* number in the catalogue */
};

enum { SUBSCORE_COLUMNS = 5 };
extern const struct csv_column subscore_columns[SUBSCORE_COLUMNS]; /* for csv_reader_new */

/* One row as the reader gives it. 0, or -1 and *ret_finding. */
int subscore_read(uint64_t line, const char *const *fields, struct subscore *ret, struct csv_finding *ret_finding) MUSTCHECK;

#endif
