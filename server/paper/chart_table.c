/*
 * The numbers behind a chart, as a table: what a reader who does not see the picture gets, and what a careful one checks it by.
 *
 * One row of `tables` a kind of chart, one row of the table a point, cells by what the column holds. The counts of students by
 * state are four columns in the order of urgency, as everywhere.
 */
#include "paper/chart.h"
#include "paper/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum holds {
  LABEL,
  X_DAY,
  X_SHARE,
  Y_SHARE,
  Y_VALUE,
  Y_COUNT,
  INTERVAL_VALUE,
  INTERVAL_SHARE,
  BIN,
  AT_RISK,
  BORDERLINE,
  ON_TRACK,
  CANNOT_SAY,
  N
};

enum { KIND_COLUMNS = 5 };

static const struct {
  struct sheet_column column[KIND_COLUMNS];
  enum holds holds[KIND_COLUMNS];
  size_t n;
} tables[CHART_KINDS] = {
#define BY_STATE                                                                                                                   \
  {.title = "at risk", .right = 1}, {.title = "borderline", .right = 1}, {.title = "on track", .right = 1}, {                      \
    .title = "cannot say", .right = 1                                                                                              \
  }
    [CHART_STATES] = {{BY_STATE}, {AT_RISK, BORDERLINE, ON_TRACK, CANNOT_SAY}, 4},
    [CHART_TREND] = {{{.title = "night", .head = 1}, BY_STATE}, {LABEL, AT_RISK, BORDERLINE, ON_TRACK, CANNOT_SAY}, 5},
    [CHART_WEEKS] = {{{.title = "week from", .head = 1}, BY_STATE}, {LABEL, AT_RISK, BORDERLINE, ON_TRACK, CANNOT_SAY}, 5},
    [CHART_READINESS] = {{{.title = "day", .head = 1},
                          {.title = "what", .wraps = 1},
                          {.title = "score", .right = 1},
                          {.title = "interval", .right = 1}},
                         {X_DAY, LABEL, Y_VALUE, INTERVAL_VALUE},
                         4},
    [CHART_HISTOGRAM] = {{{.title = "from, to", .head = 1}, {.title = "n", .right = 1}}, {BIN, Y_COUNT}, 2},
    [CHART_RELIABILITY] = {{{.title = "said", .head = 1},
                            {.title = "passed", .right = 1},
                            {.title = "interval", .right = 1},
                            {.title = "n", .right = 1}},
                           {X_SHARE, Y_SHARE, INTERVAL_SHARE, N},
                           4},
#undef BY_STATE
};

bool chart_is_share(const struct chart *chart) {
  for (size_t i = 0; i < chart->points_n; i++)
    if (chart->points[i].low < 0 || chart->points[i].high > 1)
      return false;
  return true;
}

size_t chart_columns(const struct chart *chart) {
  return tables[chart->kind].n;
}

const struct sheet_column *chart_column(const struct chart *chart, size_t column) {
  return &tables[chart->kind].column[column];
}

static void put_value(char ret[CHART_CELL], double v) {
  if (isfinite(v))
    snprintf(ret, CHART_CELL, "%.0f", v);
  else
    snprintf(ret, CHART_CELL, "none");
}

static void put_range(char ret[CHART_CELL], double low, double high, bool share) {
  char from[WORDS], to[WORDS];
  if (!isfinite(low) || !isfinite(high)) {
    snprintf(ret, CHART_CELL, "none");
  } else if (share) {
    words_percent(from, low);
    words_percent(to, high);
    snprintf(ret, CHART_CELL, "%.24s to %.24s", from, to);
  } else {
    snprintf(ret, CHART_CELL, "%g to %g", low, high);
  }
}

/* Edges are exact, so a share's 0 and 100 % are said as they are. */
static void put_bin(char ret[CHART_CELL], const struct chart_point *bin, bool share) {
  if (share && isfinite(bin->low) && isfinite(bin->high))
    snprintf(ret, CHART_CELL, "%g to %g\u00a0%%", 100 * bin->low, 100 * bin->high);
  else
    put_range(ret, bin->low, bin->high, false);
}

static void put_words(char ret[CHART_CELL], void (*say)(char ret[WORDS], double p), double v) {
  char words[WORDS];
  say(words, v);
  snprintf(ret, CHART_CELL, "%s", words);
}

static int32_t day_of(double x) {
  return isfinite(x) && fabs(x) < INT32_MAX ? (int32_t)x : CHART_NO_DAY;
}

void chart_cell(char ret[CHART_CELL], const struct chart *chart, size_t row, size_t column) {
  const struct chart_point *point = &chart->points[row];
  enum holds holds = tables[chart->kind].holds[column];
  char words[WORDS];
  switch (holds) {
  case LABEL: snprintf(ret, CHART_CELL, "%s", point->label ? point->label : ""); break;
  case X_DAY:
    words_day(words, day_of(point->x));
    snprintf(ret, CHART_CELL, "%s", words);
    break;
  case X_SHARE: put_words(ret, words_percent, point->x); break;
  case Y_SHARE: put_words(ret, words_percent, point->y); break;
  case Y_VALUE: put_value(ret, point->y); break;
  case Y_COUNT: put_value(ret, point->y); break;
  case INTERVAL_VALUE: put_range(ret, round(point->low), round(point->high), false); break;
  case INTERVAL_SHARE: put_range(ret, point->low, point->high, true); break;
  case BIN: put_bin(ret, point, chart_is_share(chart)); break;
  case AT_RISK:
  case BORDERLINE:
  case ON_TRACK:
  case CANNOT_SAY: snprintf(ret, CHART_CELL, "%" PRId64, point->counts[holds - AT_RISK]); break;
  case N: snprintf(ret, CHART_CELL, "%" PRId64, point->counts[0]); break;
  }
}
