/* The colours of everything that leaves the house: those of the pages (web/src/style/tokens.css), by their names there. */
#ifndef SG_PAPER_COLOUR_H
#define SG_PAPER_COLOUR_H

#include "paper/chart.h"
#include "paper/sheet.h"

#include <stdint.h>

enum colour {
  COLOUR_PAPER,
  COLOUR_SURFACE,
  COLOUR_SUNK,
  COLOUR_INK,
  COLOUR_INK_2,
  COLOUR_LINE,
  COLOUR_CONTROL_LINE,
  COLOUR_ACCENT,
  COLOUR_ACCENT_INK,
  COLOUR_ACCENT_WASH,
  COLOUR_RISK,
  COLOUR_RISK_WASH,
  COLOUR_BORDERLINE,
  COLOUR_BORDERLINE_WASH,
  COLOUR_TRACK,
  COLOUR_TRACK_WASH,
  COLOUR_UNKNOWN,
  COLOUR_UNKNOWN_WASH,
  COLOURS,
};

const char *colour_token(enum colour colour);                    /* "ink-2", without the hyphens before it */
uint32_t colour_rgb(enum colour colour, enum chart_theme theme); /* 0xrrggbb */
enum colour colour_of_state(enum sheet_state state);             /* for text and marks; ink for none */
enum colour colour_wash_of_state(enum sheet_state state);        /* the ground behind it; sunk for none */

#endif
