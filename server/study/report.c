/*
 * The page of a backtest: what a dean asks, in the order asked. Do the probabilities mean what they say (reliability)? Do they
 * order the students (ROC)? Are the intervals honest (coverage)? How many students would be called in, and how many of those who
 * failed would be among them (alerts)? One panel a horizon; under the panels the numbers as a table.
 *
 * The page names no student. Colours come as pairs for light and dark with at least 4.5:1 for text and 3:1 for lines, panels
 * fold into one column on a narrow screen, and wide tables scroll by themselves and by keyboard.
 */
#include "study/report.h"

#include "base/err.h"
#include "study/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The two whose curves are drawn: more lines than two hide each other, and the tables have all. */
static const enum score_by charted[2] = {SCORE_ESTIMATE, SCORE_LAST};

enum { ROC_STEPS = 100, ALERT_STEPS = 100, SAYS = 320, TITLE = 32 };

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<title>Backtest</title>\n<style>\n"
    ":root{color-scheme:light dark;--back:#fff;--text:#1c2024;--quiet:#586069;--grid:#dfe3e8;--estimate:#0b5cad;--last:#a34700}\n"
    "@media(prefers-color-scheme:dark){:root{--back:#14171a;--text:#e8eaed;--quiet:#a7b0ba;--grid:#333a42;--estimate:#6cb6ff;"
    "--last:#f0a35e}}\n"
    "body{margin:0 auto;max-width:84rem;padding:1.5rem 1rem 4rem;background:var(--back);color:var(--text);"
    "font:1rem/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.6rem;margin:0 0 .25rem}h2{font-size:1.2rem;margin:2.5rem 0 .25rem}p{max-width:44rem;margin:.25rem 0 .75rem}\n"
    ".quiet{color:var(--quiet)}\n"
    ".panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(17rem,100%),1fr));gap:1rem}\n"
    "svg{width:100%;max-width:26rem;height:auto;font:12px system-ui,sans-serif;fill:var(--text)}\n"
    "svg .title{font-size:13px;font-weight:600}\n"
    ".grid{stroke:var(--grid);fill:none}.ideal{stroke:var(--quiet);stroke-width:1.5;stroke-dasharray:2 3;fill:none}\n"
    ".line{fill:none;stroke-width:2}.whisker{stroke-width:1.5;fill:none}\n"
    ".estimate{stroke:var(--estimate)}.last{stroke:var(--last)}.line.last{stroke-dasharray:6 4}\n"
    ".mark.estimate{fill:var(--estimate)}.mark.last{fill:var(--back);stroke-width:2}\n"
    ".key{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;list-style:none;padding:0;margin:.5rem 0}\n"
    ".key svg{width:2.5rem;height:.8rem;margin-right:.5rem;vertical-align:middle}\n"
    ".scroll{overflow-x:auto;margin-top:.75rem}.scroll:focus-visible{outline:3px solid var(--estimate);outline-offset:2px}\n"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}\n"
    "caption{text-align:left;color:var(--quiet);padding-bottom:.25rem}\n"
    "th,td{padding:.2rem .75rem;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}\n"
    "th:first-child,td:first-child,th.name,td.name{text-align:left}tr.best td{font-weight:600}"
    "tr.top td{border-top:2px solid var(--quiet)}tbody tr:first-child.top td{border-top:0}\n"
    "summary{cursor:pointer;color:var(--quiet);margin-top:.75rem;width:fit-content}"
    "summary:focus-visible{outline:3px solid var(--estimate);outline-offset:2px}\n"
    "@media print{.scroll{overflow:visible}section{break-inside:avoid}}\n"
    "</style>\n</head>\n<body>\n";

/* ---------------------------------------------------------------- pieces */

static void number_put(struct buf *out, double v, int decimals) {
  if (isfinite(v))
    buf_printf(out, "<td>%.*f</td>", decimals, v);
  else
    buf_printf(out, "<td><span class=\"quiet\">none</span></td>");
}

static void section_begin(struct buf *out, const char *id, const char *title, const char *text) {
  buf_printf(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n<p>%s</p>\n", id, id, title, text);
}

static void key_put(struct buf *out, const char *estimate, const char *last) {
  buf_printf(out,
             "<ul class=\"key\"><li><svg viewBox=\"0 0 50 16\" aria-hidden=\"true\"><path class=\"line estimate\" d=\"M2 "
             "8H48\"/><circle class=\"mark estimate\" cx=\"25\" cy=\"8\" r=\"5\"/></svg>%s</li>",
             estimate);
  if (last)
    buf_printf(out,
               "<li><svg viewBox=\"0 0 50 16\" aria-hidden=\"true\"><path class=\"line last\" d=\"M2 8H48\"/><rect "
               "class=\"mark last\" x=\"20\" y=\"3\" width=\"10\" height=\"10\"/></svg>%s</li>",
               last);
  buf_printf(out, "</ul>\n");
}

static void panels_begin(struct buf *out) {
  buf_printf(out, "<div class=\"panels\">\n");
}

/* `titles` are cells of its head. */
static void table_begin(struct buf *out, const char *caption, const char *titles) {
  buf_printf(out,
             "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">\n<table>\n<caption>%s</caption>\n"
             "<thead><tr>%s</tr></thead>\n<tbody>\n",
             caption, caption, titles);
}

static void table_end(struct buf *out) {
  buf_printf(out, "</tbody>\n</table>\n</div>\n</section>\n");
}

/* A long table stands folded under its charts. */
static void folded_begin(struct buf *out, const char *caption, const char *titles) {
  buf_printf(out, "<details>\n<summary>The numbers</summary>\n");
  table_begin(out, caption, titles);
}

static void folded_end(struct buf *out) {
  buf_printf(out, "</tbody>\n</table>\n</div>\n</details>\n</section>\n");
}

/* The first row of a horizon has a line above it. */
static const char *row_class(bool first) {
  return first ? " class=\"top\"" : "";
}

static void title_of(char ret[TITLE], const struct score *score) {
  snprintf(ret, TITLE, "%d days before, n = %zu", score->horizon, score->n);
}

/* ---------------------------------------------------------------- figures */

static void figures_put(struct buf *out, const struct report_facts *facts, const struct score *scores, size_t n) {
  char titles[512];
  section_begin(
      out, "figures", "Figures",
      "Beside the estimate stand simpler ways: a logistic regression trained on the other students, where parameters were fitted "
      "in folds; the projection published for one school; the last readiness check read through the published curve; and the share "
      "who passed, said of everybody. Brier, log loss and ECE: less is better. Slope 1 and intercept 0: probabilities mean what "
      "they say.");
  snprintf(
      titles, sizeof titles,
      "<th scope=\"col\">days</th><th>n</th><th>passed</th><th class=\"name\">by</th><th>AUC</th><th>Brier</th><th>log loss</th>"
      "<th>slope</th><th>intercept</th><th>ECE</th><th>recall at %.0f %%</th>",
      100 * facts->capacity);
  table_begin(out, "Figures by days before the exam", titles);
  for (size_t i = 0; i < n; i++)
    for (size_t by = 0; by < SCORE_WAYS; by++) {
      const struct metrics *m = &scores[i].metrics[by];
      if (!scores[i].there[by])
        continue;
      buf_printf(out, "<tr%s><td>%d</td><td>%zu</td>", by == SCORE_ESTIMATE ? " class=\"best top\"" : "", scores[i].horizon, m->n);
      number_put(out, scores[i].base_rate, 3);
      buf_printf(out, "<td class=\"name\">%s</td>", score_label(by));
      number_put(out, m->auc, 3);
      number_put(out, m->brier, 4);
      number_put(out, m->log_loss, 4);
      number_put(out, m->slope, 2);
      number_put(out, m->intercept, 2);
      number_put(out, m->ece, 3);
      number_put(out, m->recall, 2);
      buf_printf(out, "</tr>\n");
    }
  table_end(out);
}

/* ---------------------------------------------------------------- reliability */

static int reliability_panel(struct buf *out, const struct score *score) {
  struct chart_point points[2][METRICS_BINS];
  struct chart_series series[2] = {{.class_name = "estimate", .points = points[0], .marks = true},
                                   {.class_name = "last", .points = points[1], .marks = true}};
  struct metrics_bin bins[METRICS_BINS];
  char says[SAYS], title[TITLE];
  for (size_t s = 0; s < 2; s++) {
    int err = metrics_bins(score->p[charted[s]], score->passed, score->n, bins, &series[s].n);
    if (err)
      return err;
    for (size_t i = 0; i < series[s].n; i++)
      points[s][i] = (struct chart_point){bins[i].p, bins[i].share, s == 1 ? NAN : bins[i].low, s == 1 ? NAN : bins[i].high};
  }
  title_of(title, score);
  snprintf(says, sizeof says,
           "share who passed against the probability given, %zu groups; mean distance %.3f, of the last score %.3f.", series[0].n,
           score->metrics[SCORE_ESTIMATE].ece, score->metrics[SCORE_LAST].ece);
  chart_put(out, &(struct chart){.title = title,
                                 .says = says,
                                 .x = "P(pass) given",
                                 .y = "share who passed",
                                 .diagonal = true,
                                 .series = series,
                                 .series_n = 2});
  return 0;
}

static int reliability_put(struct buf *out, const struct score *scores, size_t n) {
  section_begin(
      out, "reliability", "Do the probabilities mean what they say?",
      "Students in ten groups of about equal size, by the probability given. On the dotted line, as many passed as were said to. "
      "Whiskers: 95 % intervals of the share.");
  key_put(out, "estimate, with interval", "last score");
  panels_begin(out);
  for (size_t i = 0; i < n; i++) {
    int err = reliability_panel(out, &scores[i]);
    if (err)
      return err;
  }
  buf_printf(out, "</div>\n");
  folded_begin(
      out, "Reliability of the estimate",
      "<th scope=\"col\">days</th><th>group</th><th>n</th><th>P(pass) given</th><th>share who passed</th><th>from</th><th>to</th>");
  for (size_t i = 0; i < n; i++) {
    struct metrics_bin bins[METRICS_BINS];
    size_t bins_n;
    int err = metrics_bins(scores[i].p[SCORE_ESTIMATE], scores[i].passed, scores[i].n, bins, &bins_n);
    if (err)
      return err;
    for (size_t b = 0; b < bins_n; b++)
      buf_printf(out, "<tr%s><td>%d</td><td>%zu</td><td>%zu</td><td>%.3f</td><td>%.3f</td><td>%.3f</td><td>%.3f</td></tr>\n",
                 row_class(b == 0), scores[i].horizon, b + 1, bins[b].n, bins[b].p, bins[b].share, bins[b].low, bins[b].high);
  }
  folded_end(out);
  return 0;
}

/* ---------------------------------------------------------------- ROC */

static int roc_panel(struct buf *out, const struct score *score) {
  struct metrics_alert roc[ROC_STEPS + 1];
  struct chart_point points[2][ROC_STEPS + 1];
  struct chart_series series[2] = {{.class_name = "estimate", .points = points[0]}, {.class_name = "last", .points = points[1]}};
  char says[SAYS], title[TITLE];
  for (size_t s = 0; s < 2; s++) {
    int err = metrics_roc(score->p[charted[s]], score->passed, score->n, ROC_STEPS, roc, &series[s].n);
    if (err)
      return err;
    for (size_t i = 0; i < series[s].n; i++)
      points[s][i] = (struct chart_point){roc[i].false_alerted, roc[i].caught, NAN, NAN};
  }
  title_of(title, score);
  snprintf(says, sizeof says, "area under the curve %.3f; of the last score %.3f.", score->metrics[SCORE_ESTIMATE].auc,
           score->metrics[SCORE_LAST].auc);
  chart_put(out, &(struct chart){.title = title,
                                 .says = says,
                                 .x = "share of those who passed, alerted",
                                 .y = "of those who failed",
                                 .diagonal = true,
                                 .series = series,
                                 .series_n = 2});
  return 0;
}

static int roc_put(struct buf *out, const struct score *scores, size_t n) {
  section_begin(
      out, "roc", "Do they order the students?",
      "For every possible threshold: the share of those who failed that is below it, against the share of those who passed. "
      "The area under the curve is the chance that one who passed was given more than one who failed.");
  key_put(out, "estimate", "last score");
  panels_begin(out);
  for (size_t i = 0; i < n; i++) {
    int err = roc_panel(out, &scores[i]);
    if (err)
      return err;
  }
  buf_printf(out, "</div>\n");
  char titles[256];
  snprintf(titles, sizeof titles,
           "<th scope=\"col\">days</th><th>passed</th><th>failed</th><th>estimate</th>%s<th>projection</th><th>last score</th>",
           scores[0].there[SCORE_REGRESSION] ? "<th>regression</th>" : "");
  table_begin(out, "Area under the curve", titles);
  for (size_t i = 0; i < n; i++) {
    const struct metrics *m = scores[i].metrics;
    buf_printf(out, "<tr><td>%d</td><td>%zu</td><td>%zu</td>", scores[i].horizon, m->n - m->failed, m->failed);
    for (size_t by = SCORE_ESTIMATE; by <= SCORE_LAST; by++)
      if (scores[i].there[by])
        number_put(out, m[by].auc, 3);
    buf_printf(out, "</tr>\n");
  }
  table_end(out);
  return 0;
}

/* ---------------------------------------------------------------- coverage */

static void coverage_put(struct buf *out, const struct score *scores, size_t n) {
  section_begin(
      out, "coverage", "Are the intervals honest?",
      "Readiness itself is never seen. The nearest to it is a readiness check taken in the exam's week, after the estimate; its "
      "own error is allowed for. On the dotted line, as many checks lay inside as the interval claims.");
  key_put(out, "found", NULL);
  panels_begin(out);
  for (size_t i = 0; i < n; i++) {
    const struct score_coverage *coverage = &scores[i].coverage;
    struct chart_point points[SCORE_LEVELS];
    char says[SAYS], title[TITLE];
    for (size_t level = 0; level < SCORE_LEVELS; level++)
      points[level] = (struct chart_point){coverage->level[level], coverage->inside[level], NAN, NAN};
    const struct chart_series series = {.class_name = "estimate", .points = points, .n = SCORE_LEVELS, .marks = true};
    snprintf(title, sizeof title, "%d days before, n = %zu", scores[i].horizon, coverage->n);
    if (coverage->n > 0)
      snprintf(says, sizeof says, "%.0f %% of the checks lay in the 80 %% interval.", 100 * coverage->inside[3]);
    else
      snprintf(says, sizeof says, "no check was taken in the exam's week after the estimate.");
    chart_put(out, &(struct chart){.title = title,
                                   .says = says,
                                   .x = "interval claims",
                                   .y = "checks inside",
                                   .diagonal = true,
                                   .series = &series,
                                   .series_n = 1});
  }
  buf_printf(out, "</div>\n");
  table_begin(out, "Checks of the exam's week inside the interval",
              "<th scope=\"col\">days</th><th>checks</th><th>50 %</th><th>60 %</th><th>70 %</th><th>80 %</th><th>90 %</th>");
  for (size_t i = 0; i < n; i++) {
    buf_printf(out, "<tr><td>%d</td><td>%zu</td>", scores[i].horizon, scores[i].coverage.n);
    for (size_t level = 0; level < SCORE_LEVELS; level++)
      number_put(out, scores[i].coverage.inside[level], 3);
    buf_printf(out, "</tr>\n");
  }
  table_end(out);
}

/* ---------------------------------------------------------------- alerts */

static void alerts_put(struct buf *out, const struct score *scores, size_t n) {
  static const size_t shown[] = {50, 60, 70, 80, 85, 90, 92, 95, 98}; /* of ALERT_STEPS */
  struct metrics_alert alerts[ALERT_STEPS + 1];
  section_begin(
      out, "alerts", "How many would be called in?",
      "Everybody whose probability is below the threshold is called in. Solid: the share of all who are; dashed: the share of "
      "those who later failed that is among them.");
  key_put(out, "called in, of all", "called in, of those who failed");
  panels_begin(out);
  for (size_t i = 0; i < n; i++) {
    struct chart_point points[2][ALERT_STEPS + 1];
    char says[SAYS], title[TITLE];
    metrics_alerts(scores[i].p[SCORE_ESTIMATE], scores[i].passed, scores[i].n, ALERT_STEPS, alerts);
    for (size_t step = 0; step <= ALERT_STEPS; step++) {
      points[0][step] = (struct chart_point){alerts[step].threshold, alerts[step].alerted, NAN, NAN};
      points[1][step] = (struct chart_point){alerts[step].threshold, alerts[step].caught, NAN, NAN};
    }
    const struct chart_series series[2] = {{.class_name = "estimate", .points = points[0], .n = ALERT_STEPS + 1},
                                           {.class_name = "last", .points = points[1], .n = ALERT_STEPS + 1}};
    title_of(title, &scores[i]);
    snprintf(says, sizeof says, "below .85 are %.0f %% of all and %.0f %% of those who failed.", 100 * alerts[85].alerted,
             100 * alerts[85].caught);
    chart_put(out, &(struct chart){
                       .title = title, .says = says, .x = "threshold", .y = "share called in", .series = series, .series_n = 2});
  }
  buf_printf(out, "</div>\n");
  folded_begin(
      out, "Called in, by threshold",
      "<th scope=\"col\">days</th><th>P(pass) below</th><th>of all</th><th>of those who failed</th><th>of those who passed</th>");
  for (size_t i = 0; i < n; i++) {
    metrics_alerts(scores[i].p[SCORE_ESTIMATE], scores[i].passed, scores[i].n, ALERT_STEPS, alerts);
    for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
      const struct metrics_alert *alert = &alerts[shown[k]];
      buf_printf(out, "<tr%s><td>%d</td><td>%.2f</td>", row_class(k == 0), scores[i].horizon, alert->threshold);
      number_put(out, alert->alerted, 3);
      number_put(out, alert->caught, 3);
      number_put(out, alert->false_alerted, 3);
      buf_printf(out, "</tr>\n");
    }
  }
  folded_end(out);
}

/* ---------------------------------------------------------------- the page */

int report_put(struct buf *out, const struct report_facts *facts, const struct score *scores, size_t n) {
  buf_put(out, head, sizeof head - 1);
  buf_printf(out, "<main>\n<h1>Backtest</h1>\n<p>");
  html_put(out, facts->data);
  buf_printf(out, ": %zu students, %zu results, %zu attempts, %zu of them with an outcome. Parameters ", facts->students,
             facts->results, facts->attempts, n > 0 ? scores[0].n : 0);
  html_put(out, facts->parameters);
  buf_printf(out, ". Each estimate rests on what was taken and known so many days before the exam, at noon.</p>\n");
  int err = 0;
  if (n > 0 && scores[0].n > 0) {
    figures_put(out, facts, scores, n);
    err = reliability_put(out, scores, n);
    if (!err)
      err = roc_put(out, scores, n);
    coverage_put(out, scores, n);
    alerts_put(out, scores, n);
  } else {
    buf_printf(out, "<p>No attempt has an outcome, so there is nothing to hold the estimates against.</p>\n");
  }
  buf_printf(out, "</main>\n</body>\n</html>\n");
  return err ? err : buf_finish(out);
}
