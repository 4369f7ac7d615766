/*
 * What the documents have in common: the same opening, and the same words for the same codes as on the pages of the office
 * (web/src/ui/words.ts, instrument.ts). A code that is not known here is said plainly rather than left out: a school has
 * instruments of its own.
 */
#include "paper/document.h"

#include "base/when.h"
#include "paper/chart.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FOOT = 1400, MS_A_DAY = 24 * 60 * 60 * 1000 };

void document_open(struct sheet *sheet, const json_t *document, const char *title, const char *subtitle, const char *name) {
  char foot[FOOT], moment[WORDS];
  const int64_t as_of_ms = doc_moment_ms(document, "as_of");
  words_moment(moment, as_of_ms, doc_text(document, "zone"));
  sheet_title(sheet, title, subtitle);
  sheet_meta(sheet, doc_text(document, "school"), as_of_ms, "en");
  snprintf(foot, sizeof foot, "%s · %s · as of %s%s%s", doc_text(document, "school"), name, moment,
           doc_has(document, "notice") ? "\n" : "", doc_text(document, "notice"));
  sheet_foot(sheet, foot);
}

void document_plain(char ret[WORDS], const char *code) {
  size_t i = 0;
  for (; code[i] && i < WORDS - 1; i++)
    ret[i] = code[i] == '_' ? ' ' : code[i];
  ret[i] = '\0';
}

void document_instrument(char ret[WORDS], const char *code, const char *form) {
  static const struct {
    const char *code, *name;
  } names[] = {
      {"cbssa", "CBSSA"},
      {"cbse", "CBSE"},
      {"uwsa1", "UWSA 1"},
      {"uwsa2", "UWSA 2"},
      {"uwsa3", "UWSA 3"},
      {"free120", "Free 120"},
      {"free120_old", "Free 120, old"},
      {"amboss_sa", "AMBOSS SA"},
      {"qbank_uworld", "UWorld block"},
      {"qbank_amboss", "AMBOSS block"},
      {"qbank_kaplan", "Kaplan block"},
      {"qbank_other", "question block"},
      {"school_exam", "school exam"},
  };
  char plain[WORDS];
  const char *name = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(names[i].code, code) == 0)
      name = names[i].name;
  document_plain(plain, code);
  name = name ? name : plain;
  const bool says = *form && !strcasestr(name, form); /* a form that is no more than its instrument is not said twice */
  snprintf(ret, WORDS, "%s%s%s", name, says ? " " : "", says ? form : "");
}

void document_score(char ret[WORDS], double score, const char *scale) {
  static const struct {
    const char *scale, *unit;
  } units[] = {{"epc", " EPC"}, {"percent", " %"}, {"nbme800", " of 800"}, {"cbse_old", " (old CBSE)"}, {"own", " (own scale)"}};
  const char *unit = "";
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (strcmp(units[i].scale, scale) == 0)
      unit = units[i].unit;
  if (isfinite(score))
    snprintf(ret, WORDS, "%g%s", round(score * 10) / 10, unit);
  else
    snprintf(ret, WORDS, "none");
}

void document_points(char ret[WORDS], double points, int digits) {
  snprintf(ret, WORDS, "%s%.*f", points < 0 ? "−" : "+", digits, fabs(points));
}

void document_interval(char ret[WORDS], double low, double high) {
  char from[WORDS], to[WORDS];
  words_percent(from, low);
  words_percent(to, high);
  if (strcmp(from, to) == 0)
    snprintf(ret, WORDS, "%s", from);
  else
    snprintf(ret, WORDS, "%.30s to %.30s", from, to);
}

void document_share(char ret[WORDS], double share) {
  if (isfinite(share))
    snprintf(ret, WORDS, "%.0f\u00a0%%", 100 * share);
  else
    snprintf(ret, WORDS, "none");
}

void document_shares(char ret[WORDS], double low, double high) {
  char to[WORDS];
  document_share(ret, low);
  document_share(to, high);
  snprintf(ret + strlen(ret), WORDS - strlen(ret), " to %.30s", to);
}

void document_day(char ret[WORDS], const json_t *object, const char *key, const char *zone_name) {
  const int64_t unix_ms = doc_moment_ms(object, key);
  struct zone *zone = zone_load(zone_name);
  const int32_t day = zone ? zone_day(zone, unix_ms) : (int32_t)(unix_ms / MS_A_DAY);
  zone_free(zone);
  words_day(ret, doc_has(object, key) ? day : CHART_NO_DAY);
}

void document_ahead(char ret[WORDS], int32_t from, int32_t to) {
  char days[WHEN_TEXT] = "";
  if (from != CHART_NO_DAY && to != CHART_NO_DAY)
    when_days(days, (int64_t)to - from);
  snprintf(ret, WORDS, "%s", days);
}

void document_round(double *parts, size_t n, int digits) {
  const double unit = pow(10, digits);
  double over[DOCUMENT_PARTS], all = 0, floors = 0;
  if (n > DOCUMENT_PARTS)
    return;
  for (size_t i = 0; i < n; i++) {
    const double whole = floor(parts[i] * unit);
    all += parts[i] * unit;
    over[i] = parts[i] * unit - whole;
    floors += parts[i] = whole;
  }
  for (double missing = round(all) - floors; missing >= 1 && n > 0; missing--) {
    size_t most = 0;
    for (size_t i = 1; i < n; i++)
      most = over[i] > over[most] ? i : most;
    parts[most]++;
    over[most] = -1;
  }
  for (size_t i = 0; i < n; i++)
    parts[i] /= unit;
}

void document_clip(char ret[DOCUMENT_CLIPPED], const char *text) {
  static const char rest[] = "… (the rest is in the ledger)";
  size_t len = strlen(text);
  const bool cut = len > DOCUMENT_CLIPPED - sizeof rest;
  if (cut)
    len = DOCUMENT_CLIPPED - sizeof rest;
  while (cut && len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) /* inside a character */
    len--;
  snprintf(ret, DOCUMENT_CLIPPED, "%.*s%s", (int)len, text, cut ? rest : "");
}
