/*
 * The curve of `stepguard status`: own results, readiness, and the planned day, on NBME's scale of equated percents, in cells of
 * text. It repeats what the lines above it say in numbers, so who cannot see it misses nothing; without UTF-8 the same is drawn
 * with ASCII, and no meaning hangs on colour.
 *
 * Results of other scales are put on this one with the catalogue's offset and slope and drawn hollow; what the catalogue cannot
 * put there is left out. The band is NBME's low-pass range, 62 to 68 (sample report of April 2026), which is where a score says
 * neither pass nor fail.
 */
#include "client/cmd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS = 12, COLUMNS_MOST = 100, COLUMNS_LEAST = 30, LABEL = 5, DAYS_BACK = 180, POINTS_MAX = 400 };

#define DAY_MS        INT64_C(86400000)
#define LOW_PASS_FROM 62.0
#define LOW_PASS_TO   68.0
#define Z_80          1.2816 /* normal quantile of the ends of an 80 % interval */

enum mark { BLANK, BAND, CURVE, INTERVAL, OTHER, CHECK, NOW, EXAM, MARKS };
static const char *const shapes[MARKS] = {" ", "░", "·", "│", "○", "●", "◆", "◇"};
static const char *const plain[MARKS] = {" ", ".", "-", "|", "o", "#", "@", "X"};

struct point {
  int64_t ms;
  double epc, sd; /* sd 0: none */
  enum mark mark;
};

struct chart {
  struct point points[POINTS_MAX];
  size_t n;
  int64_t now_ms, from_ms, to_ms;
  double low, high;
  size_t columns;
  unsigned char cell[ROWS][COLUMNS_MOST];
};

static void point_add(struct chart *chart, int64_t ms, double epc, double sd, enum mark mark) {
  if (chart->n < POINTS_MAX && isfinite(epc) && epc >= 0 && epc <= 100 && ms >= chart->now_ms - DAYS_BACK * DAY_MS)
    chart->points[chart->n++] = (struct point){ms, epc, sd, mark};
}

static bool result_point(void *arg, const struct sg_row *row) {
  const struct result *r = &row->result;
  const struct instrument *instrument = catalogue_instrument(r->instrument);
  if (!row->current || r->retracted || instrument == NULL || r->scale != instrument->scale || isnan(instrument->slope))
    return true;
  bool check = r->scale == SCALE_EPC;
  point_add(arg, r->taken_at_ms, check ? r->score_centi / 100.0 : (r->score_centi / 100.0 - instrument->offset) / instrument->slope,
            0, check ? CHECK : OTHER);
  return true;
}

static void standing_point(void *arg, const struct sg_standing *standing) {
  if (standing->results_used > 0)
    point_add(arg, standing->as_of_ms, standing->readiness_mean, 0, CURVE);
}

/* ---------------------------------------------------------------- from numbers to cells */

static void chart_range(struct chart *chart) {
  chart->low = LOW_PASS_FROM - 4;
  chart->high = LOW_PASS_TO + 4;
  chart->from_ms = chart->now_ms - 14 * DAY_MS;
  chart->to_ms = chart->now_ms;
  for (size_t i = 0; i < chart->n; i++) {
    const struct point *point = &chart->points[i];
    double reach = point->sd * Z_80 + 1;
    chart->low = fmin(chart->low, point->epc - reach);
    chart->high = fmax(chart->high, point->epc + reach);
    chart->from_ms = point->ms < chart->from_ms ? point->ms : chart->from_ms;
    chart->to_ms = point->ms > chart->to_ms ? point->ms : chart->to_ms;
  }
  /* Whole points a row, so that the labels are round. */
  double step = ceil((chart->high - chart->low) / (ROWS - 1));
  chart->low = floor(chart->low / step) * step;
  chart->high = chart->low + step * (ROWS - 1);
}

static size_t column_of(const struct chart *chart, int64_t ms) {
  double share = chart->to_ms > chart->from_ms ? (double)(ms - chart->from_ms) / (double)(chart->to_ms - chart->from_ms) : 0;
  return (size_t)lround(share * (double)(chart->columns - 1));
}

static int row_of(const struct chart *chart, double epc) {
  return (int)lround((chart->high - epc) / (chart->high - chart->low) * (ROWS - 1));
}

static void put(struct chart *chart, int row, size_t column, enum mark mark) {
  if (row >= 0 && row < ROWS && column < chart->columns && chart->cell[row][column] < mark)
    chart->cell[row][column] = (unsigned char)mark;
}

static void chart_draw(struct chart *chart) {
  for (int row = row_of(chart, LOW_PASS_TO); row <= row_of(chart, LOW_PASS_FROM); row++)
    for (size_t column = 0; column < chart->columns; column++)
      put(chart, row, column, BAND);
  for (size_t i = 0; i < chart->n; i++) {
    const struct point *point = &chart->points[i];
    size_t column = column_of(chart, point->ms);
    int top = row_of(chart, point->epc + point->sd * Z_80), end = row_of(chart, point->epc - point->sd * Z_80);
    for (int row = top; point->sd > 0 && row <= end; row++)
      put(chart, row, column, INTERVAL);
    put(chart, row_of(chart, point->epc), column, point->mark);
  }
}

/* ---------------------------------------------------------------- printing */

static void axis_print(const struct chart *chart, bool exam) {
  char from[SPEAK_TIME], to[SPEAK_TIME], line[COLUMNS_MOST + 32];
  size_t now = column_of(chart, chart->now_ms), today = strlen("today");
  format_date(from, chart->from_ms);
  format_date(to, chart->to_ms);
  memset(line, ' ', sizeof line);
  memcpy(line, from, strlen(from));
  size_t at = exam ? chart->columns - strlen(to) : chart->columns - today;
  memcpy(line + at, exam ? to : "today", exam ? strlen(to) : today);
  size_t middle = now > today / 2 ? now - today / 2 : 0;
  if (exam && middle > strlen(from) && middle + today < at)
    memcpy(line + middle, "today", today);
  printf("%*s%.*s\n", LABEL + 1, "", (int)chart->columns, line);
}

static void legend_print(const struct chart *chart, const struct app *app) {
  const char *const *marks = app->utf8 ? shapes : plain;
  bool has[MARKS] = {false};
  for (size_t i = 0; i < chart->n; i++)
    has[chart->points[i].mark] = true;
  static const struct {
    enum mark mark;
    const char *text;
  } rows[] = {{CHECK, "CBSSA, CBSE"}, {OTHER, "others"}, {CURVE, "earlier"}, {NOW, "now"}, {EXAM, "planned day"}};
  printf("%*s", LABEL + 1, "");
  bool second = false;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    if (has[rows[i].mark])
      printf("%s%s %s", second ? "   " : "", marks[rows[i].mark], rows[i].text);
    second |= has[rows[i].mark];
  }
  printf("\n%*s%s low-pass range 62 to 68 (NBME)   %s 80 %% interval\n", LABEL + 1, "", marks[BAND], marks[INTERVAL]);
}

static void chart_print(const struct chart *chart, const struct app *app, bool exam) {
  const char *const *marks = app->utf8 ? shapes : plain;
  static const enum tone tones[MARKS] = {
      [BAND] = TONE_QUIET, [CURVE] = TONE_QUIET, [CHECK] = TONE_GOOD, [NOW] = TONE_WARN, [EXAM] = TONE_WARN};
  int first = 0;
  static const unsigned char empty[COLUMNS_MOST] = {BLANK};
  while (first + 2 < ROWS && memcmp(chart->cell[first], empty, chart->columns) == 0 &&
         memcmp(chart->cell[first + 1], empty, chart->columns) == 0)
    first += 2; /* so that the labels stay on the same rows */
  printf("\n%*s\n", LABEL, "EPC");
  for (int row = first; row < ROWS; row++) {
    double epc = chart->high - (chart->high - chart->low) * row / (ROWS - 1);
    size_t last = chart->columns;
    while (last > 0 && chart->cell[row][last - 1] == BLANK)
      last--;
    if (row % 2 == 0)
      printf("%*.0f%s", LABEL, epc, last > 0 ? " " : "");
    else if (last > 0)
      printf("%*s", LABEL + 1, "");
    for (size_t column = 0; column < last; column++) {
      enum mark mark = (enum mark)chart->cell[row][column];
      printf("%s%s%s", tone_on(app, tones[mark]), marks[mark], tone_off(app, tones[mark]));
    }
    printf("\n");
  }
  axis_print(chart, exam);
  legend_print(chart, app);
}

int chart_show(struct app *app, const struct sg_standing *standing) {
  struct sg_error error;
  struct chart *chart = calloc(1, sizeof *chart);
  if (chart == NULL)
    return speak_error(app, &(struct sg_error){.status = SG_NOMEM, .text = "Out of memory."});
  chart->now_ms = (int64_t)time(NULL) * 1000;
  int status = sg_standings(app->client, standing_point, chart, &error);
  if (status == SG_OK)
    status = sg_list(app->client, SG_LIST_ALL, result_point, chart, &error);
  bool exam = standing->exam_day != SG_NO_DAY && standing->exam_day * DAY_MS > chart->now_ms;
  if (status == SG_OK && standing->results_used > 0) {
    point_add(chart, standing->as_of_ms, standing->readiness_mean, standing->readiness_sd, NOW);
    if (exam)
      point_add(chart, standing->exam_day * DAY_MS + DAY_MS / 2, standing->exam_day_mean, standing->exam_day_sd, EXAM);
  }
  size_t width = app->width > 0 ? app->width : 80;
  chart->columns = width < COLUMNS_LEAST + LABEL + 2 ? COLUMNS_LEAST : width - LABEL - 2;
  chart->columns = chart->columns > COLUMNS_MOST ? COLUMNS_MOST : chart->columns;
  int code = status == SG_OK ? EXIT_DONE : speak_error(app, &error);
  if (status == SG_OK && chart->n > 0) {
    chart_range(chart);
    chart_draw(chart);
    chart_print(chart, app, exam);
  }
  free(chart);
  return code;
}
