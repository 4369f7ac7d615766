/* Charts: the colours of the pages, readable; the same bytes each time; and nothing that a number could be breaks one. */
#include "paper/chart.h"
#include "paper/chart_axis.h"
#include "paper/colour.h"
#include "paper/paper.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- colours */

static char *tokens_read(void) {
  static const char path[] = "server/web/src/style/tokens.css"; /* tests run in the root of the tree */
  enum { CAP = 64 * 1024 };
  FILE *file = fopen(path, "r");
  if (!file)
    return NULL;
  char *text = calloc(1, CAP);
  assert_true(fread(text, 1, CAP - 1, file) > 0);
  fclose(file);
  return text;
}

static uint32_t token_of(const char *from, enum colour colour) {
  char name[64];
  snprintf(name, sizeof name, "--%s: #", colour_token(colour));
  const char *at = strstr(from, name);
  assert_non_null(at);
  return (uint32_t)strtoul(at + strlen(name), NULL, 16);
}

static void colours_are_those_of_the_pages(void **state) {
  (void)state;
  char *text = tokens_read();
  if (!text)
    skip();
  const char *dark = strstr(text, "prefers-color-scheme: dark");
  assert_non_null(dark);
  for (enum colour colour = 0; colour < COLOURS; colour++) {
    assert_int_equal(colour_rgb(colour, CHART_LIGHT), token_of(text, colour));
    assert_int_equal(colour_rgb(colour, CHART_DARK), token_of(dark, colour));
  }
  free(text);
}

/* WCAG 2.2: relative luminance, contrast. */
static double luminance(uint32_t rgb) {
  static const double weights[] = {.2126, .7152, .0722};
  double sum = 0;
  for (int i = 0; i < 3; i++) {
    double c = (rgb >> (16 - 8 * i) & 0xff) / 255.;
    sum += weights[i] * (c <= .04045 ? c / 12.92 : pow((c + .055) / 1.055, 2.4));
  }
  return sum;
}

static void assert_contrast(enum colour text, enum colour ground, double least) {
  for (enum chart_theme theme = CHART_LIGHT; theme <= CHART_DARK; theme++) {
    double a = luminance(colour_rgb(text, theme)), b = luminance(colour_rgb(ground, theme));
    double contrast = (fmax(a, b) + .05) / (fmin(a, b) + .05);
    if (contrast < least)
      fail_msg("%s on %s has %.2f : 1", colour_token(text), colour_token(ground), contrast);
  }
}

static void text_can_be_read(void **state) {
  (void)state;
  static const enum colour texts[] = {COLOUR_INK, COLOUR_INK_2, COLOUR_ACCENT};
  static const double for_text = 4.5, for_marks = 3;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    assert_contrast(texts[i], COLOUR_SURFACE, for_text);
    assert_contrast(texts[i], COLOUR_SUNK, for_text);
  }
  for (enum sheet_state is = SHEET_AT_RISK; is <= SHEET_CANNOT_SAY; is++) {
    assert_contrast(colour_of_state(is), COLOUR_SURFACE, for_text);
    assert_contrast(colour_of_state(is), colour_wash_of_state(is), for_text);
    assert_contrast(COLOUR_SURFACE, colour_of_state(is), for_text); /* figures in a bar */
    assert_contrast(COLOUR_INK_2, colour_wash_of_state(is), for_text);
  }
  assert_contrast(COLOUR_INK, COLOUR_ACCENT_WASH, for_text);
  assert_contrast(COLOUR_ACCENT_INK, COLOUR_ACCENT, for_text);
  assert_contrast(COLOUR_CONTROL_LINE, COLOUR_SURFACE, for_marks);
}

/* ---------------------------------------------------------------- pictures */

enum { POINTS = 9 };

static const struct chart_point points[POINTS] = {
    {.label = "Jan 4", .x = 20000, .y = 188, .low = 180, .high = 196, .counts = {9, 20, 135, 14}},
    {.label = "\u05d0\u05d1 \u6749", .x = 20001, .y = NAN, .low = NAN, .high = NAN},
    {.label = NULL, .x = 20003, .y = 201, .low = 190, .high = 210, .counts = {0, 0, 0, 1}},
    {.label = "", .x = NAN, .y = INFINITY, .low = -INFINITY, .high = INFINITY, .counts = {INT32_MAX, 1, 2, 3}},
    {.label = "far", .x = 1e300, .y = -1e300, .low = 1e300, .high = -1e300},
    {.label = "less", .x = .5, .y = .5, .low = .4, .high = .6, .counts = {-5, -1, 0, 0}},
    {.label = "odd", .x = 0, .y = 0, .low = 0, .high = 0, .counts = {1, 0, 0, 0}},
    {.label = "said", .x = .9, .y = .95, .low = .9, .high = 1, .counts = {120, 0, 0, 0}},
    {.label = "last", .x = 20010, .y = 209, .low = 203, .high = 215, .counts = {12, 23, 131, 14}},
};

static struct paper_bytes png_of(const struct chart *chart, enum chart_theme theme) {
  struct paper_bytes bytes = {0};
  assert_int_equal(paper_png(chart, theme, 1, &bytes), 0);
  assert_true(bytes.len > 8 && memcmp(bytes.data, "\x89PNG\r\n\x1a\n", 8) == 0);
  return bytes;
}

static void the_same_chart_is_the_same_picture(void **state) {
  (void)state;
  static const struct chart_mark marks[] = {{20002, "e-mail"}, {20005, NULL}};
  for (enum chart_kind kind = 0; kind < CHART_KINDS; kind++)
    for (enum chart_theme theme = CHART_LIGHT; theme <= CHART_DARK; theme++) {
      const struct chart chart = {.kind = kind,
                                  .title = "Title",
                                  .message = "One sentence.",
                                  .points = points,
                                  .points_n = POINTS,
                                  .pass_line = 196,
                                  .exam_day = 20012,
                                  .marks = marks,
                                  .marks_n = 2};
      struct paper_bytes one = png_of(&chart, theme), two = png_of(&chart, theme);
      assert_int_equal(one.len, two.len);
      assert_memory_equal(one.data, two.data, one.len);
      paper_bytes_done(&one);
      paper_bytes_done(&two);
    }
}

static void any_part_of_the_points_is_drawn(void **state) {
  (void)state;
  for (enum chart_kind kind = 0; kind < CHART_KINDS; kind++)
    for (size_t from = 0; from < POINTS; from++)
      for (size_t n = 0; n <= POINTS - from; n += 3) {
        const struct chart chart = {.kind = kind,
                                    .title = NULL,
                                    .message = NULL,
                                    .points = points + from,
                                    .points_n = n,
                                    .pass_line = from % 2 ? NAN : 1e9,
                                    .y_low = 1e8,
                                    .y_high = -1,
                                    .exam_day = from % 3 ? CHART_NO_DAY : INT32_MAX};
        struct paper_bytes bytes = png_of(&chart, CHART_LIGHT);
        paper_bytes_done(&bytes);
        for (size_t row = 0; row < n; row++)
          for (size_t column = 0; column < chart_columns(&chart); column++) {
            char cell[CHART_CELL];
            chart_cell(cell, &chart, row, column);
            assert_true(memchr(cell, '\0', sizeof cell) != NULL);
            assert_non_null(chart_column(&chart, column)->title);
          }
      }
}

static void a_picture_has_a_largest_size(void **state) {
  (void)state;
  const struct chart chart = {.kind = CHART_STATES, .points = points, .points_n = 1};
  struct paper_bytes bytes = {0};
  const double scales[] = {0, -1, 1e6, NAN, INFINITY};
  for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
    assert_int_equal(paper_png(&chart, CHART_LIGHT, scales[i], &bytes), E_LIMIT);
  assert_null(bytes.data);
}

static void ticks_are_round(void **state) {
  (void)state;
  static const struct {
    double low, high, from, to, step;
    int whole;
  } cases[] = {{0, 33, 0, 40, 10, 1}, {0, 2, 0, 2, 1, 1}, {0, 0, 0, 1, 1, 1}, {180, 215, 180, 220, 10, 0}, {.1, .9, 0, 1, .2, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct chart_axis axis = chart_axis_round(cases[i].low, cases[i].high, cases[i].whole ? 4 : 5, cases[i].whole);
    assert_true(fabs(axis.low - cases[i].from) < 1e-9 && fabs(axis.high - cases[i].to) < 1e-9 &&
                fabs(axis.step - cases[i].step) < 1e-9);
  }
}

static void an_axis_has_ends(void **state) {
  (void)state;
  static const double ends[] = {-INFINITY, -1e300, -1, 0, 1e-300, 1e9, 1e300, INFINITY, NAN};
  enum { N = sizeof ends / sizeof *ends };
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < N; j++) {
      struct chart_axis axis = chart_axis_round(ends[i], ends[j], 5, i % 2);
      assert_true(isfinite(axis.low) && isfinite(axis.high) && axis.high > axis.low && axis.step > 0);
      assert_true(isfinite(chart_axis_at(&axis, ends[j])));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(colours_are_those_of_the_pages),
      cmocka_unit_test(text_can_be_read),
      cmocka_unit_test(the_same_chart_is_the_same_picture),
      cmocka_unit_test(any_part_of_the_points_is_drawn),
      cmocka_unit_test(a_picture_has_a_largest_size),
      cmocka_unit_test(ticks_are_round),
      cmocka_unit_test(an_axis_has_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
