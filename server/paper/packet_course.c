/*
 * How readiness came to be what it is: the nights that were kept as a line with its band, the checks beside it as dots, the line
 * that passes, the day of the exam with what is expected of it, and when somebody was in contact.
 *
 * The line is what was said each night, not what would be said today of that night: a committee asks what was known. Checks on
 * other scales than readiness' own are not drawn, as turning one into the other is the model's business; they are in the list.
 */
#include "paper/packet.h"

#include "paper/chart.h"
#include "paper/document.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
  COURSE_POINTS = 120,
  SCORE_POINTS = 60, /* of the newest checks */
  SCORE_DAYS = 180,  /* so old at least, also where fewer nights were kept */
  CONTACT_MARKS = 40,
  CHART_HEIGHT = 180, /* less than its own, for the second page's sake */
  LINE = 640,
};

static const double z80 = 1.2815515655, /* of a normal distribution, 80 % lie so many standard deviations either side */
    tie = 0.05;

bool packet_is_block(const json_t *result) {
  return strncmp(doc_text(result, "instrument"), "qbank_", strlen("qbank_")) == 0;
}

static void course_message(const struct packet *packet, char ret[LINE]) {
  const json_t *a = packet->assessment;
  const double mean = doc_real(a, "readiness_mean"), sd = doc_real(a, "readiness_sd"), line = doc_real(packet->lines, "pass_line");
  const double over = mean - line, exam = doc_real(a, "exam_mean"), exam_sd = doc_real(a, "exam_sd");
  char results[WORDS], ahead[LINE / 3] = "", where[WORDS] = "";
  if (!isfinite(mean) || doc_count(a, "results_used") == 0) {
    snprintf(ret, LINE, "Nothing is known of readiness yet: no result has come in.");
    return;
  }
  words_count(results, doc_count(a, "results_used"), "result", "results");
  if (isfinite(line) && fabs(over) < tie)
    snprintf(where, sizeof where, ", on the pass line of %g", line);
  else if (isfinite(line))
    snprintf(where, sizeof where, ", %.1f %s the pass line of %g", fabs(over), over < 0 ? "below" : "above", line);
  if (doc_day(a, "exam_day") > packet->day && isfinite(exam))
    snprintf(ahead, sizeof ahead, " On the day of the exam it is expected to be %.1f (%.0f to %.0f).", exam, exam - z80 * exam_sd,
             exam + z80 * exam_sd);
  snprintf(ret, LINE, "Readiness is %.1f EPC (80 %% interval %.0f to %.0f; %s)%s.%s", mean, mean - z80 * sd, mean + z80 * sd,
           results, where, ahead);
}

static struct chart_point point_at(int32_t day, double mean, double sd, const char *label) {
  return (struct chart_point){.label = label, .x = day, .y = mean, .low = mean - z80 * sd, .high = mean + z80 * sd};
}

/* The nights, the estimate in force, and what is expected on the day of the exam. */
static size_t course_points(const struct packet *packet, struct chart_point points[COURSE_POINTS + 2]) {
  const json_t *night, *a = packet->assessment;
  size_t i, n = 0;
  int32_t last = CHART_NO_DAY;
  json_array_foreach(doc_list(packet->document, "course"), i, night) {
    if (n == COURSE_POINTS)
      break;
    last = doc_day(night, "night");
    points[n++] = point_at(last, doc_real(night, "mean"), doc_real(night, "sd"), NULL);
  }
  if (doc_count(a, "results_used") > 0 && last < packet->day) {
    points[n] = point_at(packet->day, doc_real(a, "readiness_mean"), doc_real(a, "readiness_sd"), n > 0 ? NULL : "estimate");
    n++;
  }
  const int32_t exam = doc_day(a, "exam_day");
  if (doc_count(a, "results_used") > 0 && exam > packet->day && !doc_true(packet->plan, "taken"))
    points[n++] = point_at(exam, doc_real(a, "exam_mean"), doc_real(a, "exam_sd"), "expected on the day of the exam");
  return n;
}

/* The checks whose own scale is that of readiness. */
static size_t score_points(const struct packet *packet, double since, struct chart_point points[SCORE_POINTS],
                           char names[SCORE_POINTS][WORDS]) {
  const json_t *result;
  size_t i, n = 0;
  json_array_foreach(packet->results, i, result) {
    const int32_t day = doc_day(result, "on");
    if (n == SCORE_POINTS || packet_is_block(result) || day == CHART_NO_DAY || day < since ||
        strcmp(doc_text(result, "scale"), "epc") != 0)
      continue;
    document_instrument(names[n], doc_text(result, "instrument"), doc_text(result, "form"));
    points[n] = (struct chart_point){.label = names[n], .x = day, .y = doc_real(result, "score"), .low = NAN, .high = NAN};
    n++;
  }
  return n;
}

void packet_put_course(const struct packet *packet) {
  struct chart_point points[COURSE_POINTS + 2 + SCORE_POINTS];
  char names[SCORE_POINTS][WORDS];
  struct chart_mark marks[CONTACT_MARKS];
  char message[LINE];
  const json_t *contact;
  size_t i, marks_n = 0;
  json_array_foreach(doc_list(packet->work, "contacts"), i, contact) {
    if (marks_n < CONTACT_MARKS)
      marks[marks_n++] = (struct chart_mark){.day = doc_day(contact, "on"), .label = doc_text(contact, "outcome")};
  }
  course_message(packet, message);
  sheet_heading(packet->sheet, 2, "Readiness over time");
  size_t n = course_points(packet, points);
  if (n > 0 && !points[0].label)
    n += score_points(packet, fmin(points[0].x, (double)packet->day - SCORE_DAYS), points + n, names);
  if (n == 0) {
    sheet_text(packet->sheet, "%s", message);
    return;
  }
  const struct chart chart = {.kind = CHART_READINESS,
                              .title = "",
                              .message = message,
                              .y = "readiness, EPC",
                              .told = true,
                              .height = CHART_HEIGHT,
                              .points = points,
                              .points_n = n,
                              .pass_line = doc_real(packet->lines, "pass_line"),
                              .exam_day = doc_true(packet->plan, "passed") ? CHART_NO_DAY : doc_day(packet->plan, "exam_day"),
                              .marks = marks,
                              .marks_n = marks_n};
  sheet_chart(packet->sheet, &chart);
}
