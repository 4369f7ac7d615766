/* A packet while it is built: the document taken apart, and the parts of the sheet that have a file of their own. */
#ifndef SG_PAPER_PACKET_H
#define SG_PAPER_PACKET_H

#include "paper/sheet.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Members are NULL where the document has none. */
struct packet {
  struct sheet *sheet;
  const json_t *document, *student, *assessment, *plan, *calendar, *lines, *results, *clearance, *work;
  const char *zone;
  int32_t day;
};

bool packet_is_block(const json_t *result); /* of questions, and no check */

/* packet_course.c: readiness over time, drawn and said. */
void packet_put_course(const struct packet *packet);

/* packet_rows.c, for a spreadsheet: every result and every reason, with days and numbers that a program can read. */
void packet_rows(struct sheet *sheet, const json_t *document);

#endif
