/*
 * One table of colours, light and dark, equal to the pages' tokens; a unit test holds the two against each other. It is a copy
 * because a mail cannot ask for a stylesheet and a PDF knows none. Contrast of each text colour on paper, surface and its own wash
 * is at least 4.5:1, which the same test works out.
 */
#include "paper/colour.h"

static const struct {
  const char *token;
  uint32_t rgb[2]; /* by theme */
} colours[COLOURS] = {
    [COLOUR_PAPER] = {"paper", {0xf7f6f2, 0x0f151a}},
    [COLOUR_SURFACE] = {"surface", {0xffffff, 0x171f26}},
    [COLOUR_SUNK] = {"sunk", {0xefeeea, 0x121a20}},
    [COLOUR_INK] = {"ink", {0x17212a, 0xe9eef1}},
    [COLOUR_INK_2] = {"ink-2", {0x4b5863, 0xa8b5be}},
    [COLOUR_LINE] = {"line", {0xdcdbd5, 0x2b3741}},
    [COLOUR_CONTROL_LINE] = {"control-line", {0x7b858d, 0x75838e}},
    [COLOUR_ACCENT] = {"accent", {0x17507a, 0x86c1ea}},
    [COLOUR_ACCENT_INK] = {"accent-ink", {0xffffff, 0x0b1a26}},
    [COLOUR_ACCENT_WASH] = {"accent-wash", {0xe3eef6, 0x1b3345}},
    [COLOUR_RISK] = {"risk", {0xa31d17, 0xff9c93}},
    [COLOUR_RISK_WASH] = {"risk-wash", {0xfbe9e7, 0x3d1d1b}},
    [COLOUR_BORDERLINE] = {"borderline", {0x855000, 0xf3c06b}},
    [COLOUR_BORDERLINE_WASH] = {"borderline-wash", {0xfbf0dc, 0x38290f}},
    [COLOUR_TRACK] = {"track", {0x0d6548, 0x6fd3a8}},
    [COLOUR_TRACK_WASH] = {"track-wash", {0xe2f2eb, 0x11332a}},
    [COLOUR_UNKNOWN] = {"unknown", {0x525d67, 0xb2bec7}},
    [COLOUR_UNKNOWN_WASH] = {"unknown-wash", {0xeaecee, 0x27313a}},
};

static const struct {
  enum colour mark, wash;
} of_state[] = {
    [SHEET_STATE_NONE] = {COLOUR_INK, COLOUR_SUNK},
    [SHEET_AT_RISK] = {COLOUR_RISK, COLOUR_RISK_WASH},
    [SHEET_BORDERLINE] = {COLOUR_BORDERLINE, COLOUR_BORDERLINE_WASH},
    [SHEET_ON_TRACK] = {COLOUR_TRACK, COLOUR_TRACK_WASH},
    [SHEET_CANNOT_SAY] = {COLOUR_UNKNOWN, COLOUR_UNKNOWN_WASH},
};

const char *colour_token(enum colour colour) {
  return colours[colour].token;
}

uint32_t colour_rgb(enum colour colour, enum chart_theme theme) {
  return colours[colour].rgb[theme];
}

enum colour colour_of_state(enum sheet_state state) {
  return of_state[state].mark;
}

enum colour colour_wash_of_state(enum sheet_state state) {
  return of_state[state].wash;
}
