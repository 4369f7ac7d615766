/*
 * The packet that a committee gets of one student: two pages for an ordinary one, read from top to bottom as a committee does. Who,
 * and where they stand; how readiness came to be what it is, against the line that passes and the day of the exam; why, in points
 * that add up; on what results it rests; where they are weak; what the policy asks and people decided; what is planned, what was
 * tried; and the lines where people sign.
 *
 * The estimate is one ground among others and never decides: the policy proposes, people decide, and the sheet says so where it
 * says either (GDPR Art. 22). Lists are cut where a page would overflow and say how much there is beyond.
 *
 * Redacted, it is the same without contacts, case and names of the school's people: their members are not in the document.
 */
#include "paper/build.h"

#include "base/err.h"
#include "paper/chart.h"
#include "paper/document.h"
#include "paper/packet.h"
#include "paper/policy_words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
  REASONS_ALONE = 9,   /* the rest in one row */
  RESULTS_LISTED = 14, /* of the checks, newest first: what two pages hold */
  AREAS_LISTED = 4,
  CONTACTS_LISTED = 4,
  DECISIONS_LISTED = 3,
  NAME = 512,
  LINE = 640,
};

static const double percent = 100, small_points = 1;

/* ---------------------------------------------------------------- who, and where they stand */

static void put_title(const struct packet *packet) {
  static const char *const tracks[][2] = {{"us_md", "US MD"}, {"us_do", "US DO"}, {"non_us", "outside the US"}};
  char title[NAME], subtitle[NAME], year[32] = "no class year";
  const char *track = "", *adviser = doc_text(packet->student, "adviser_email");
  for (size_t i = 0; i < sizeof tracks / sizeof *tracks; i++)
    if (strcmp(tracks[i][0], doc_text(packet->student, "track")) == 0)
      track = tracks[i][1];
  if (doc_has(packet->student, "class_year"))
    snprintf(year, sizeof year, "class of %" PRId64, doc_count(packet->student, "class_year"));
  snprintf(title, sizeof title, "%s %s", doc_text(packet->student, "given_name"), doc_text(packet->student, "family_name"));
  snprintf(subtitle, sizeof subtitle, "Committee packet%s · %s · %s · %s%s%s",
           doc_true(packet->document, "redacted") ? ", redacted" : "", doc_text(packet->student, "student_id"), year, track,
           *adviser ? " · adviser " : "", adviser);
  document_open(packet->sheet, packet->document, title, subtitle, "Committee packet");
}

static void put_exam_figure(const struct packet *packet) {
  char value[WORDS] = "none planned", label[WORDS], note[WORDS] = "";
  const int32_t exam = doc_day(packet->plan, "exam_day");
  snprintf(label, sizeof label, "exam, attempt %" PRId64, doc_count(packet->plan, "attempt"));
  if (exam != CHART_NO_DAY)
    words_day_short(value, exam);
  if (doc_true(packet->plan, "passed"))
    snprintf(value, sizeof value, "passed");
  else if (doc_true(packet->plan, "taken"))
    snprintf(note, sizeof note, "taken, the result is not there");
  else
    document_ahead(note, packet->day, exam);
  sheet_figure(packet->sheet, SHEET_STATE_NONE, label, value, note);
}

static void put_figures(const struct packet *packet) {
  char value[WORDS], note[WORDS + 16], day[WORDS];
  const enum sheet_state state = doc_state(packet->assessment, "state");
  document_day(day, packet->assessment, "as_of", packet->zone);
  snprintf(note, sizeof note, "as of %s", day);
  sheet_figure(packet->sheet, state, "readiness", state ? sheet_state_word(state) : "no estimate", state ? note : "");
  if (packet->assessment) {
    words_percent(value, doc_real(packet->assessment, "p"));
    document_interval(day, doc_real(packet->assessment, "p_low"), doc_real(packet->assessment, "p_high"));
    sheet_figure(packet->sheet, SHEET_STATE_NONE,
                 doc_has(packet->assessment, "exam_day") ? "P(pass) on the planned day" : "P(pass), no day planned", value, day);
  }
  put_exam_figure(packet);
  const int32_t safe = doc_day(packet->calendar, "last_safe_on");
  if (safe != CHART_NO_DAY && !doc_true(packet->plan, "passed") && !doc_true(packet->plan, "taken")) {
    words_day_short(value, safe);
    document_ahead(note, packet->day, safe);
    sheet_figure(packet->sheet, SHEET_STATE_NONE, "last safe day", value, note);
  }
  document_plain(value, doc_text(packet->clearance, "state"));
  sheet_figure(packet->sheet, SHEET_STATE_NONE, "clearance", *value ? value : "undecided",
               doc_true(packet->clearance, "worse") ? "fell since it was decided" : "");
}

/* ---------------------------------------------------------------- why */

static void put_reason_rows(const struct packet *packet, const json_t *reasons, const double points[DOCUMENT_PARTS], size_t n) {
  const json_t *reason;
  char text[WORDS], rest_text[WORDS];
  size_t i, alone = 0, rest_n = 0;
  double rest = 0;
  json_array_foreach(reasons, i, reason) {
    if (i >= n)
      break;
    const bool base = strcmp(doc_text(reason, "code"), "base_rate") == 0;
    if (!base && (alone == REASONS_ALONE || fabs(points[i]) < small_points)) {
      rest += points[i];
      rest_n++;
      continue;
    }
    alone += !base;
    sheet_cell(packet->sheet, "%s", doc_text(reason, "text"));
    document_points(text, points[i], 1);
    sheet_cell(packet->sheet, "%s", base ? text + 1 : text);
  }
  if (rest_n == 0)
    return;
  words_count(rest_text, (int64_t)rest_n, "smaller reason", "smaller reasons");
  document_points(text, rest, 1);
  sheet_cell(packet->sheet, "%s", rest_text);
  sheet_cell(packet->sheet, "%s", text);
}

/* P on the planned day, and what it would be today: how much rests on what is still expected. */
static void put_chances(const struct packet *packet) {
  const json_t *a = packet->assessment, *today = doc_object(a, "today");
  char p[WORDS], interval[WORDS], day[WORDS], now[WORDS], then[LINE / 2] = "";
  if (!doc_has(a, "p") || !today || doc_true(packet->plan, "taken") || doc_true(packet->plan, "passed"))
    return;
  words_percent(p, doc_real(a, "p"));
  document_interval(interval, doc_real(a, "p_low"), doc_real(a, "p_high"));
  words_day(day, doc_day(a, "exam_day"));
  if (doc_has(a, "exam_day"))
    snprintf(then, sizeof then, "P(pass) on %s is %s, 80 %% interval %s. ", day, p, interval);
  words_percent(p, doc_real(today, "p"));
  document_interval(interval, doc_real(today, "p_low"), doc_real(today, "p_high"));
  document_day(now, a, "as_of", packet->zone);
  sheet_text(packet->sheet, "%sWere the exam on %s: %s, %s.", then, now, p, interval);
}

static void put_reasons(const struct packet *packet) {
  static const struct sheet_column columns[] = {{.title = "Reason", .wraps = 1}, {.title = "Points of P(pass)", .right = 1}};
  const json_t *reasons = doc_list(packet->assessment, "reasons"), *reason;
  double points[DOCUMENT_PARTS], all = 0;
  char version[WORDS] = "";
  size_t i, n = 0;
  sheet_heading(packet->sheet, 2, "P(pass), and why");
  put_chances(packet);
  sheet_table(packet->sheet, "", columns, sizeof columns / sizeof *columns, "There is no estimate yet.");
  json_array_foreach(reasons, i, reason) {
    if (n < DOCUMENT_PARTS)
      points[n++] = percent * doc_real(reason, "points");
  }
  if (n == 0)
    return;
  document_round(points, n, 1);
  put_reason_rows(packet, reasons, points, n);
  for (i = 0; i < n; i++)
    all += points[i];
  sheet_cell(packet->sheet, "P(pass), the sum of the above");
  sheet_cell(packet->sheet, "%.1f %%", all);
  snprintf(version, sizeof version, "%s", doc_text(packet->assessment, "parameters"));
  sheet_small(packet->sheet,
              "Model %s. At risk below %.0f %%, on track from %.0f %%. The estimate is one ground among others; it decides "
              "nothing.",
              version, percent * doc_real(packet->lines, "floor"), percent * doc_real(packet->lines, "ceiling"));
}

/* ---------------------------------------------------------------- on what it rests */

/* What the student said of a sitting of which this is the official result. */
static void put_reported(char how[], size_t cap, const json_t *reported) {
  const double difference = doc_real(reported, "difference");
  const size_t at = strlen(how);
  char score[WORDS];
  if (!reported || difference == 0)
    return;
  document_score(score, doc_real(reported, "score"), doc_text(reported, "scale"));
  const int len = snprintf(how + at, cap - at, ", student reported %s", score);
  if (isfinite(difference) && len > 0 && (size_t)len < cap - at)
    snprintf(how + at + len, cap - at - (size_t)len, " (%+g)", difference);
}

static void put_result(const struct packet *packet, const json_t *result) {
  char name[WORDS], score[WORDS], day[WORDS], how[LINE];
  const int64_t omitted = doc_count(result, "omitted");
  words_day(day, doc_day(result, "on"));
  document_instrument(name, doc_text(result, "instrument"), doc_text(result, "form"));
  document_score(score, doc_real(result, "score"), doc_text(result, "scale"));
  snprintf(how, sizeof how, "%s%s%s", doc_text(result, "mode"), doc_true(result, "repeat") ? ", form seen before" : "",
           doc_true(result, "corrected") ? ", corrected" : "");
  const size_t at = strlen(how);
  if (omitted > 0)
    snprintf(how + at, sizeof how - at, ", %" PRId64 " left out", omitted);
  put_reported(how, sizeof how, doc_object(result, "reported"));
  sheet_cell(packet->sheet, "%s", day);
  sheet_cell(packet->sheet, "%s", name);
  sheet_cell(packet->sheet, "%s", score);
  sheet_cell(packet->sheet, "%s", strncmp(how, ", ", 2) == 0 ? how + 2 : how);
  sheet_cell(packet->sheet, "%s", strcmp(doc_text(result, "source"), "office") == 0 ? "office" : "student");
}

static void put_results(const struct packet *packet) {
  static const struct sheet_column columns[] = {{.title = "Taken", .head = 1},
                                                {.title = "Result", .wraps = 1},
                                                {.title = "Score", .right = 1},
                                                {.title = "How taken"},
                                                {.title = "Source"}};
  char words[WORDS];
  const json_t *result;
  size_t i, checks = 0, shown = 0;
  json_array_foreach(packet->results, i, result) {
    checks += !packet_is_block(result);
  }
  const size_t blocks = json_array_size(packet->results) - checks;
  sheet_heading(packet->sheet, 2, "Results");
  sheet_table(packet->sheet, "", columns, sizeof columns / sizeof *columns, "No results yet.");
  json_array_foreach(packet->results, i, result) {
    if (packet_is_block(result) || shown == RESULTS_LISTED)
      continue;
    put_result(packet, result);
    shown++;
  }
  sheet_whole(packet->sheet, checks);
  words_count(words, (int64_t)blocks, "question block is", "question blocks are");
  if (blocks > 0)
    sheet_small(packet->sheet, "%s not listed.", words);
}

static void put_areas(const struct packet *packet) {
  const json_t *areas = doc_list(packet->document, "areas"), *area;
  size_t i;
  sheet_heading(packet->sheet, 2, "Weakest areas");
  json_array_foreach(areas, i, area) {
    char difference[WORDS];
    if (i == AREAS_LISTED)
      break;
    document_points(difference, doc_real(area, "difference"), 0);
    sheet_item(packet->sheet, doc_text(area, "name"), "%s EPC from the whole, %" PRId64 " of %" PRId64 " items right%s", difference,
               doc_count(area, "correct"), doc_count(area, "items"), doc_true(area, "weak") ? ": weak" : "");
  }
  if (json_array_size(areas) == 0)
    sheet_text(packet->sheet, "No sub-scores yet.");
}

/* ---------------------------------------------------------------- clearance */

static void put_decision(const struct packet *packet, const json_t *decision) {
  char day[WORDS], state[WORDS], until[WORDS], rests[LINE / 2] = "", reason[DOCUMENT_CLIPPED], conditions[DOCUMENT_CLIPPED];
  document_day(day, decision, "decided_at", packet->zone);
  document_plain(state, doc_text(decision, "state"));
  words_day(until, doc_day(decision, "valid_until"));
  if (doc_has(decision, "policy_version"))
    snprintf(rests, sizeof rests, ", by version %" PRId64 " of the policy%s", doc_count(decision, "policy_version"),
             doc_true(decision, "against_proposal") ? ", against its proposal" : "");
  const char *by = doc_text(doc_object(decision, "staff"), "name");
  document_clip(reason, doc_text(decision, "reason"));
  document_clip(conditions, doc_text(decision, "conditions"));
  sheet_item(packet->sheet, state, "%s, attempt %" PRId64 "%s%s%s%s%s%s%s%s%s%s", day, doc_count(decision, "attempt"),
             *by ? ", by " : ", by the ", *by ? by : doc_text(decision, "role"), rests,
             doc_has(decision, "valid_until") ? ", until " : "", doc_has(decision, "valid_until") ? until : "", *reason ? ": " : "",
             reason, *conditions ? " Condition: " : "", conditions, "");
}

static void put_clearance(const struct packet *packet) {
  const json_t *c = packet->clearance, *policy = doc_object(c, "policy"), *proposal = doc_object(c, "proposal"), *decision;
  const json_t *decisions = doc_list(c, "decisions");
  char due[WORDS];
  size_t i;
  sheet_heading(packet->sheet, 2, "Clearance");
  if (policy && proposal) {
    words_day(due, doc_day(proposal, "due_on"));
    sheet_text(packet->sheet, "The policy “%s”, version %" PRId64 "%s%s: %s. It proposes; a person decides.",
               doc_text(policy, "title"), doc_count(policy, "version"), doc_has(proposal, "due_on") ? ", to be met by " : "",
               doc_has(proposal, "due_on") ? due : "", policy_proposal_words(doc_text(proposal, "proposal")));
    policy_clauses(packet->sheet, doc_object(c, "require"), doc_list(proposal, "findings"));
  } else {
    sheet_text(packet->sheet, "%s",
               doc_true(c, "passed") || doc_true(c, "taken") ? "Nothing is left to decide: the exam has been taken."
                                                             : "No clearance policy is in force for this class.");
  }
  json_array_foreach(decisions, i, decision) {
    if (i < DECISIONS_LISTED)
      put_decision(packet, decision);
  }
  if (json_array_size(decisions) == 0)
    sheet_text(packet->sheet, "Nobody has decided yet.");
  else
    sheet_whole(packet->sheet, json_array_size(decisions));
}

/* ---------------------------------------------------------------- plan, and what was done */

static void put_attempts(const struct packet *packet) {
  const json_t *attempt;
  size_t i;
  json_array_foreach(doc_list(packet->document, "attempts"), i, attempt) {
    char lead[WORDS], day[WORDS];
    const bool taken = doc_has(attempt, "taken_on");
    const char *outcome = doc_text(attempt, "outcome");
    snprintf(lead, sizeof lead, "Attempt %" PRId64, doc_count(attempt, "attempt"));
    words_day(day, doc_day(attempt, taken ? "taken_on" : "planned_on"));
    sheet_fact(packet->sheet, lead, "%s%s%s",
               taken                            ? "taken "
               : doc_has(attempt, "planned_on") ? "planned for "
                                                : "no day: ",
               day,
               strcmp(outcome, "pass") == 0   ? ", passed"
               : strcmp(outcome, "fail") == 0 ? ", failed"
                                              : "");
  }
}

static void put_plan(const struct packet *packet) {
  static const struct {
    const char *label, *member;
    bool open; /* says something only while the exam is to come */
  } days[] = {{"Eligible from", "permit_from", true},        {"Eligible until", "permit_to", true},
              {"First lawful day", "earliest_on", true},     {"Last day for the path", "latest_on", true},
              {"Last safe day", "last_safe_on", true},       {"Result, to plan with", "result_plan_on", false},
              {"Retake, should it fail", "retake_on", false}};
  const bool open = !doc_true(packet->plan, "passed") && !doc_true(packet->plan, "taken");
  const json_t *broken;
  char words[WORDS];
  size_t i;
  sheet_heading(packet->sheet, 2, "Plan and attempts");
  put_attempts(packet);
  sheet_fact(packet->sheet, "Attempts", "%" PRId64 " used, %" PRId64 " left", doc_count(packet->calendar, "attempts_used"),
             doc_count(packet->calendar, "attempts_left"));
  for (i = 0; i < sizeof days / sizeof *days; i++) {
    if (!doc_has(packet->calendar, days[i].member) || (days[i].open && !open))
      continue;
    words_day(words, doc_day(packet->calendar, days[i].member));
    sheet_fact(packet->sheet, days[i].label, "%s", words);
  }
  json_array_foreach(doc_list(packet->calendar, "breaks"), i, broken) {
    sheet_item(packet->sheet, "Against it:", "%s", json_string_value(broken) ? json_string_value(broken) : "");
  }
}

static void put_contacts(const struct packet *packet) {
  const json_t *contact;
  size_t i;
  json_array_foreach(doc_list(packet->work, "contacts"), i, contact) {
    char day[WORDS], channel[WORDS], outcome[WORDS];
    if (i == CONTACTS_LISTED)
      break;
    words_day(day, doc_day(contact, "on"));
    document_plain(channel, doc_text(contact, "channel"));
    document_plain(outcome, doc_text(contact, "outcome"));
    sheet_item(packet->sheet, day, "%s: %s (%s)", channel, outcome, doc_text(contact, "by"));
  }
  if (doc_count(packet->work, "contacts_n") == 0)
    sheet_text(packet->sheet, "No contact yet.");
  else
    sheet_whole(packet->sheet, (size_t)doc_count(packet->work, "contacts_n"));
}

static void put_case(const struct packet *packet) {
  const json_t *item, *reason;
  char state[WORDS], since[WORDS];
  size_t i;
  sheet_heading(packet->sheet, 2, "Case and contacts");
  if (!packet->work) {
    sheet_text(packet->sheet, "No case was ever opened.");
    return;
  }
  document_plain(state, doc_text(packet->work, "state"));
  words_day(since, doc_day(packet->work, "state_since"));
  sheet_fact(packet->sheet, "Case", "%s since %s", state, since);
  sheet_fact(packet->sheet, "In hand of", "%s", doc_has(packet->work, "owner") ? doc_text(packet->work, "owner") : "nobody");
  json_array_foreach(doc_list(packet->work, "reasons"), i, reason) {
    sheet_fact(packet->sheet, i == 0 ? "Because" : "and", "%s", json_string_value(reason) ? json_string_value(reason) : "");
  }
  json_array_foreach(doc_list(packet->work, "plan"), i, item) {
    char kind[WORDS], from[WORDS], until[WORDS];
    document_plain(kind, doc_text(item, "kind"));
    words_day(from, doc_day(item, "from"));
    words_day(until, doc_day(item, "until"));
    sheet_fact(packet->sheet, "Plan", "%s, %s%s%s%s%s", kind, doc_text(item, "state"), doc_has(item, "from") ? ", from " : "",
               doc_has(item, "from") ? from : "", doc_has(item, "until") ? " until " : "", doc_has(item, "until") ? until : "");
  }
  put_contacts(packet);
}

static void put_signatures(const struct packet *packet) {
  static const struct sheet_column columns[] = {
      {.title = "Chair", .wraps = 1}, {.title = "Dean's office", .wraps = 1}, {.title = "Date"}};
  sheet_heading(packet->sheet, 2, "Decision of the committee");
  sheet_table(packet->sheet, "", columns, sizeof columns / sizeof *columns, "");
  sheet_cell(packet->sheet, "\n");
  sheet_cell(packet->sheet, " ");
  sheet_cell(packet->sheet, "                         ");
}

int sheet_packet(const json_t *document, struct sheet **ret) {
  if (!json_is_object(document))
    return E_DATA;
  const struct packet packet = {.sheet = sheet_new(),
                                .document = document,
                                .student = doc_object(document, "student"),
                                .assessment = doc_object(document, "assessment"),
                                .plan = doc_object(document, "plan"),
                                .calendar = doc_object(document, "calendar"),
                                .lines = doc_object(document, "lines"),
                                .results = doc_list(document, "results"),
                                .clearance = doc_object(document, "clearance"),
                                .work = doc_object(document, "case"),
                                .zone = doc_text(document, "zone"),
                                .day = doc_day(document, "day")};
  if (!packet.sheet)
    return E_NOMEM;
  put_title(&packet);
  put_figures(&packet);
  packet_put_course(&packet);
  put_reasons(&packet);
  put_results(&packet);
  put_areas(&packet);
  put_clearance(&packet);
  put_plan(&packet);
  if (!doc_true(document, "redacted"))
    put_case(&packet);
  put_signatures(&packet);
  packet_rows(packet.sheet, document);
  const int err = sheet_failed(packet.sheet);
  if (err)
    sheet_free(packet.sheet);
  else
    *ret = packet.sheet;
  return err;
}
