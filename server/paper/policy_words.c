/*
 * A clearance policy in words. The language is small and closed (core.policy_language in the database, openapi/clearance.json):
 * all, any, not, and six kinds of clauses. Each clause becomes a sentence; groups are said by a lead before their clauses ("way
 * 1:", "not:"), because a committee reads a list and not a tree. What was found is matched by path, as the database names it.
 */
#include "paper/policy_words.h"

#include "paper/chart.h"
#include "paper/document.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PATH = 256, LEAD = 64, SENTENCE = 600, DEPTH = 8, CLAUSES = 9 };

struct walk {
  struct sheet *sheet;
  const json_t *findings;
  size_t n; /* clauses seen */
};

PRINTF_LIKE(3, 4) static void add(char *out, size_t cap, const char *fmt, ...) {
  const size_t at = strlen(out);
  va_list args;
  va_start(args, fmt);
  vsnprintf(out + at, cap - at, fmt, args);
  va_end(args);
}

const char *policy_proposal_words(const char *proposal) {
  static const char *const words[][2] = {{"meets", "meets the rule"},
                                         {"does_not_meet", "does not meet the rule"},
                                         {"cannot_say", "cannot say"},
                                         {"no_policy", "no rule in force"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(words[i][0], proposal) == 0)
      return words[i][1];
  return proposal;
}

/* ---------------------------------------------------------------- a clause */

static void say_items(char out[SENTENCE], const json_t *items, const char *between) {
  const json_t *item;
  size_t i;
  json_array_foreach(items, i, item) {
    char name[WORDS], score[WORDS];
    document_instrument(name, doc_text(item, "instrument"), "");
    document_score(score, doc_real(item, "min_score"), doc_text(item, "scale"));
    add(out, SENTENCE, "%s%s", i > 0 ? between : "", name);
    if (doc_has(item, "min_score"))
      add(out, SENTENCE, " of %s or more", score);
  }
}

static void say_manner(char out[SENTENCE], const json_t *of) {
  add(out, SENTENCE, "%s%s%s", doc_true(of, "official") ? ", loaded by the office" : "",
      doc_true(of, "timed") ? ", with the clock running" : "", doc_true(of, "new_form") ? ", on a form not seen before" : "");
}

static void say_days(char out[SENTENCE], const char *before, int64_t days, const char *after) {
  char words[WORDS];
  words_count(words, days, "day", "days");
  add(out, SENTENCE, "%s%s%s", before, words, after);
}

static void say_checks(char out[SENTENCE], const json_t *of) {
  const int64_t least = doc_count(of, "at_least");
  const bool latest = strcmp(doc_text(of, "pick"), "latest") == 0;
  if (least == 1)
    add(out, SENTENCE, "%s: ", latest ? "The newest" : "One");
  else
    add(out, SENTENCE, "%s %" PRId64 ": ", latest ? "Each of the newest" : "At least", least);
  say_items(out, doc_list(of, "of"), ", or ");
  say_manner(out, of);
  if (doc_has(of, "within_days"))
    say_days(out, ", within the last ", doc_count(of, "within_days"), "");
  if (doc_has(of, "within_days_of_exam"))
    say_days(out, ", within ", doc_count(of, "within_days_of_exam"), " of the exam");
}

static void say_last_check(char out[SENTENCE], const json_t *of) {
  add(out, SENTENCE, "The newest of ");
  say_items(out, doc_list(of, "of"), ", ");
  say_days(out, " is within ", doc_count(of, "within_days_of_exam"), " of the exam");
  say_manner(out, of);
}

static void say_p_pass(char out[SENTENCE], const json_t *of) {
  char p[WORDS];
  words_percent(p, doc_real(of, "at_least"));
  add(out, SENTENCE, "P(pass) is %s or more", p);
  words_percent(p, doc_real(of, "low_at_least"));
  if (doc_has(of, "low_at_least"))
    add(out, SENTENCE, ", the lower end of its interval %s or more", p);
}

static void say_state(char out[SENTENCE], const json_t *of) {
  const json_t *state;
  size_t i;
  add(out, SENTENCE, "The estimate says ");
  json_array_foreach(doc_list(of, "in"), i, state) {
    add(out, SENTENCE, "%s%s", i > 0 ? " or " : "", sheet_state_word(sheet_state_named(json_string_value(state))));
  }
}

static void say_exam(char out[SENTENCE], const json_t *of) {
  const bool planned = doc_true(of, "planned"), inside = doc_true(of, "inside_rules");
  add(out, SENTENCE, "%s%s%s", planned ? "An exam day is planned" : "", planned && inside ? ", and " : "",
      !inside   ? ""
      : planned ? "no rule about dates stands against it"
                : "No rule about dates stands against the plan");
}

static void say_attempt(char out[SENTENCE], const json_t *of) {
  add(out, SENTENCE, "The coming attempt is at most number %" PRId64, doc_count(of, "most"));
}

/* ---------------------------------------------------------------- what was found */

static void found_checks(char out[SENTENCE], const json_t *found) {
  char words[WORDS];
  words_count(words, doc_count(found, "fitting"), "such result", "such results");
  if (doc_count(found, "fitting") > 0)
    add(out, SENTENCE, "%" PRId64 " of %s", doc_count(found, "reaching"), words);
  else
    add(out, SENTENCE, "there is no such result");
}

static void found_last_check(char out[SENTENCE], const json_t *found) {
  char day[WORDS];
  words_day(day, doc_day(found, "newest_on"));
  add(out, SENTENCE, "%s", doc_has(found, "newest_on") ? day : "there is none");
  if (doc_has(found, "newest_on") && doc_has(found, "days_before_exam"))
    say_days(out, ", ", doc_count(found, "days_before_exam"), " before the exam");
}

static void found_p_pass(char out[SENTENCE], const json_t *found) {
  char p[WORDS];
  words_percent(p, doc_real(found, "p"));
  add(out, SENTENCE, "%s", doc_has(found, "p") ? p : "no estimate that is fresh enough");
  words_percent(p, doc_real(found, "p_low"));
  if (doc_has(found, "p_low"))
    add(out, SENTENCE, ", %s at the lower end", p);
}

static void found_state(char out[SENTENCE], const json_t *found) {
  const enum sheet_state state = doc_state(found, "state");
  add(out, SENTENCE, "%s", state ? sheet_state_word(state) : "no estimate");
}

static void found_exam(char out[SENTENCE], const json_t *found) {
  char day[WORDS];
  words_day(day, doc_day(found, "exam_on"));
  add(out, SENTENCE, "%s", doc_has(found, "exam_on") ? day : "none is planned");
}

static void found_attempt(char out[SENTENCE], const json_t *found) {
  if (doc_has(found, "attempt"))
    add(out, SENTENCE, "it is number %" PRId64, doc_count(found, "attempt"));
}

static const struct {
  const char *kind;
  void (*say)(char out[SENTENCE], const json_t *of);
  void (*found)(char out[SENTENCE], const json_t *found);
} clauses[] = {{"checks", say_checks, found_checks}, {"last_check", say_last_check, found_last_check},
               {"p_pass", say_p_pass, found_p_pass}, {"state", say_state, found_state},
               {"exam", say_exam, found_exam},       {"attempt", say_attempt, found_attempt}};

/* ---------------------------------------------------------------- the tree as a list */

static const json_t *finding_at(const struct walk *walk, const char *path) {
  const json_t *finding;
  size_t i;
  json_array_foreach(walk->findings, i, finding) {
    if (strcmp(doc_text(finding, "path"), path) == 0)
      return finding;
  }
  return NULL;
}

static void put_clause(struct walk *walk, size_t kind, const json_t *of, const char *path, const char *lead, bool turned) {
  char whole[PATH], sentence[SENTENCE] = "", found[SENTENCE] = "";
  snprintf(whole, sizeof whole, "%s/%s", path, clauses[kind].kind);
  const json_t *finding = finding_at(walk, whole), *truth = json_object_get(finding, "truth");
  if (walk->n++ >= CLAUSES)
    return;
  clauses[kind].say(sentence, of);
  if (doc_object(finding, "found"))
    clauses[kind].found(found, doc_object(finding, "found"));
  sheet_cell(walk->sheet, "%s", !json_is_boolean(truth) ? "not known" : json_is_true(truth) != turned ? "met" : "not met");
  sheet_cell(walk->sheet, "%s%s", lead, sentence);
  sheet_cell(walk->sheet, "%s", found);
}

/* Policies are nested eight deep at most (core.policy_faults); what is deeper is none. */
static void walk_expression(struct walk *walk, const json_t *of, const char *path, const char *lead, bool turned, int depth) {
  static const char *const groups[] = {"all", "any"};
  char below[PATH], words[LEAD];
  const json_t *part;
  size_t i;
  if (depth > DEPTH)
    return;
  for (size_t group = 0; group < sizeof groups / sizeof *groups; group++) {
    json_array_foreach(doc_list(of, groups[group]), i, part) {
      snprintf(below, sizeof below, "%s/%s/%zu", path, groups[group], i);
      snprintf(words, sizeof words, "%s", lead);
      if (group == 1)
        snprintf(words, sizeof words, "%sway %zu: ", lead, i + 1);
      walk_expression(walk, part, below, words, turned, depth + 1);
    }
  }
  if (doc_object(of, "not")) {
    snprintf(below, sizeof below, "%s/not", path);
    snprintf(words, sizeof words, "%snot: ", lead);
    walk_expression(walk, doc_object(of, "not"), below, words, !turned, depth + 1);
  }
  for (i = 0; i < sizeof clauses / sizeof *clauses; i++)
    if (doc_object(of, clauses[i].kind))
      put_clause(walk, i, doc_object(of, clauses[i].kind), path, lead, turned);
}

void policy_clauses(struct sheet *sheet, const json_t *require, const json_t *findings) {
  static const struct sheet_column columns[] = {
      {.title = "Clause", .head = 1}, {.title = "The policy asks", .wraps = 1}, {.title = "Found", .wraps = 1}};
  struct walk walk = {.sheet = sheet, .findings = findings};
  if (!json_is_object(require))
    return;
  sheet_table(sheet, "", columns, sizeof columns / sizeof *columns, "");
  walk_expression(&walk, require, "/require", "", false, 0);
  sheet_whole(sheet, walk.n);
}
