/*
 * Days as people and spreadsheets write them, to what results.csv wants: 2026-03-14, or 2026-03-14T22:29:00-05:00.
 */
#ifndef SG_CLIENT_DATES_H
#define SG_CLIENT_DATES_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

enum dates_order { DATES_UNCLEAR, DATES_MDY, DATES_DMY };
enum dates_kind {
  DATES_NONE,      /* not a day in any form known here */
  DATES_ISO,       /* as results.csv wants it already */
  DATES_PLAIN,     /* another form, and there is one way to read it */
  DATES_MDY_ONLY,  /* 3/14/2026: one way, and it tells how the file writes days */
  DATES_DMY_ONLY,  /* 14/3/2026 */
  DATES_AMBIGUOUS, /* 3/4/2026 */
};

enum { DATES_TEXT = 40 };

/* `order` decides what is ambiguous; with DATES_UNCLEAR such a day is told and not written. A time of day without a zone is
 * meant `offset_s` east of Greenwich. *ret is written unless the kind is DATES_NONE, or DATES_AMBIGUOUS without an order. */
enum dates_kind dates_read(const char *text, enum dates_order order, int32_t offset_s, char ret[DATES_TEXT]);

#endif
