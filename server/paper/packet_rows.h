/* A packet for a spreadsheet: every result and every reason, with days and numbers that a program can read. */
#ifndef SG_PAPER_PACKET_ROWS_H
#define SG_PAPER_PACKET_ROWS_H

#include "paper/sheet.h"

#include <jansson.h>

void packet_rows(struct sheet *sheet, const json_t *document);

#endif
