/*
 * A past class in memory, and a student of it as of a moment.
 *
 * A struct result has 450 bytes, most of them room for names and sub-scores that few results have. Forty results of a
 * hundred thousand students would take two gigabytes; here a result takes 64 bytes, names and sub-scores stand apart, and the
 * big form is filled in for one student at a time.
 *
 * What was known then is decided in one place, past_input(): a result counts when it was taken before the moment, an outcome
 * when it was out before it. An outcome without the day on which it became known is taken to be out four weeks after the
 * exam, the end of the span that USMLE names for most results. Revisions are settled when the class is read: how a mistyped
 * score stood in the meantime is not in the files.
 */
#include "study/past_build.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KNOWN_AFTER_DAYS = 28, LEAST_ROOM = 64 };

_Static_assert(sizeof(struct past_result) == 64, "no padding: two results are compared as bytes");

/* ---------------------------------------------------------------- arrays and texts */

int past_grow(void *array, size_t *room, size_t need, size_t size) {
  void *old;
  memcpy(&old, array, sizeof old);
  if (need <= *room)
    return 0;
  size_t grown = *room + *room / 2 > LEAST_ROOM ? *room + *room / 2 : LEAST_ROOM;
  if (grown < need)
    grown = need;
  if (grown > UINT32_MAX)
    return E_LIMIT;
  old = realloc(old, grown * size);
  if (!old)
    return E_NOMEM;
  memcpy(array, &old, sizeof old);
  *room = grown;
  return 0;
}

static uint32_t text_hash(const char *text) { /* FNV-1a */
  uint32_t hash = 2166136261u;
  for (; *text; text++)
    hash = (hash ^ (unsigned char)*text) * 16777619u;
  return hash ^ hash >> 15;
}

static size_t text_slot(const struct past_texts *texts, const char *text) {
  size_t slot = text_hash(text) & (texts->slots_n - 1);
  while (texts->slots[slot] && strcmp(past_text(texts, texts->slots[slot] - 1), text) != 0)
    slot = (slot + 1) & (texts->slots_n - 1);
  return slot;
}

static int texts_spread(struct past_texts *texts) {
  size_t slots_n = texts->slots_n ? 2 * texts->slots_n : LEAST_ROOM;
  uint32_t *slots = calloc(slots_n, sizeof *slots);
  if (!slots)
    return E_NOMEM;
  free(texts->slots);
  texts->slots = slots;
  texts->slots_n = slots_n;
  for (uint32_t i = 0; i < texts->n; i++)
    slots[text_slot(texts, past_text(texts, i))] = i + 1;
  return 0;
}

int past_text_number(struct past_texts *texts, const char *text, uint32_t *ret, bool *ret_new) {
  size_t len = strlen(text) + 1;
  int err = 2 * texts->n < texts->slots_n ? 0 : texts_spread(texts);
  if (err)
    return err;
  size_t slot = text_slot(texts, text);
  *ret_new = texts->slots[slot] == 0;
  if (*ret_new) {
    err = past_grow(&texts->text, &texts->text_room, texts->len + len, 1);
    if (!err)
      err = past_grow(&texts->at, &texts->at_room, texts->n + 1, sizeof *texts->at);
    if (err)
      return err;
    memcpy(texts->text + texts->len, text, len);
    texts->at[texts->n] = (uint32_t)texts->len;
    texts->len += len;
    texts->slots[slot] = (uint32_t)++texts->n;
  }
  *ret = texts->slots[slot] - 1;
  return 0;
}

static void texts_free(struct past_texts *texts) {
  free(texts->text);
  free(texts->at);
  free(texts->slots);
}

void past_free(struct past *past) {
  if (!past)
    return;
  texts_free(&past->ids);
  texts_free(&past->forms);
  free(past->students);
  free(past->results);
  free(past->attempts);
  free(past->subs);
  free(past->instruments);
  free(past);
}

bool past_file(char *ret, size_t cap, const char *directory, const char *name) {
  size_t len = (size_t)snprintf(ret, cap, "%s/%s", directory, name);
  return len < cap && access(ret, F_OK) == 0;
}

/* ---------------------------------------------------------------- looking */

const char *past_student_id(const struct past *past, size_t student) {
  return past_text(&past->ids, past->students[student].id);
}

const char *past_instrument(const struct past *past, const struct past_result *result) {
  return past->instruments[result->instrument];
}

const char *past_form(const struct past *past, const struct past_result *result) {
  return past_text(&past->forms, result->form);
}

void past_result_fill(const struct past *past, const struct past_result *from, struct result *ret) {
  /* The sub-scores' arrays are most of it, and only their first subs_n are ever looked at. */
  memset(ret, 0, offsetof(struct result, sub_area));
  memcpy(ret->id, from->id, UUID_BYTES);
  ret->revision = from->revision;
  ret->retracted = from->marks & PAST_RETRACTED;
  ret->repeat = from->marks & PAST_REPEAT;
  memcpy(ret->instrument, past_instrument(past, from), sizeof ret->instrument);
  snprintf(ret->form, sizeof ret->form, "%s", past_form(past, from));
  ret->taken_at_ms = from->taken_at_ms;
  ret->scale = (enum scale)from->scale;
  ret->score_centi = from->score_centi;
  ret->mode = (enum mode)from->mode;
  ret->items = from->items;
  ret->correct = from->correct;
  ret->omitted = from->omitted;
  ret->seconds = from->seconds;
  ret->seconds_allowed = from->seconds_allowed;
  ret->printed_p_pass_bp = from->printed_p_pass_bp;
  ret->subs = from->subs_n;
  for (size_t i = 0; i < from->subs_n; i++) {
    const struct past_sub *sub = &past->subs[from->subs_at + i];
    ret->sub_area[i] = sub->area;
    ret->sub_items[i] = sub->items;
    ret->sub_correct[i] = sub->correct;
  }
}

int32_t past_exam_day(const struct past_attempt *attempt) {
  return attempt->taken_day != RISK_NO_DAY ? attempt->taken_day : attempt->planned_day;
}

int64_t past_noon_ms(const struct past *past, int32_t day) {
  return past->zone ? zone_noon_ms(past->zone, day) : (int64_t)day * 86400000 + 43200000;
}

/* ---------------------------------------------------------------- as of a moment */

/* Known by noon of `day`: like everything else, strictly before. */
static bool outcome_known(const struct past_attempt *attempt, int32_t day) {
  if (attempt->outcome == PAST_NONE)
    return false;
  if (attempt->known_day != RISK_NO_DAY)
    return attempt->known_day < day;
  int32_t taken = past_exam_day(attempt);
  return taken != RISK_NO_DAY && taken + KNOWN_AFTER_DAYS < day;
}

/* A roster has one dedicated period; it is that of the first exam after its start. */
static bool dedicated_is_for(const struct past *past, const struct past_student *student, size_t attempt) {
  int32_t exam = past_exam_day(&past->attempts[student->attempts_at + attempt]);
  if (student->dedicated_day == RISK_NO_DAY || student->dedicated_day > exam)
    return false;
  for (size_t i = 0; i < student->attempts_n; i++) {
    int32_t other = past_exam_day(&past->attempts[student->attempts_at + i]);
    if (other != RISK_NO_DAY && other >= student->dedicated_day && other < exam)
      return false;
  }
  return true;
}

void past_input(const struct past *past, size_t student, size_t attempt, int32_t day, struct result *results,
                struct risk_input *ret) {
  const struct past_student *who = &past->students[student];
  const struct past_attempt *attempts = &past->attempts[who->attempts_at];
  *ret = (struct risk_input){.results = results,
                             .as_of_ms = past_noon_ms(past, day),
                             .as_of_day = day,
                             .exam_day = past_exam_day(&attempts[attempt]),
                             .dedicated_day = dedicated_is_for(past, who, attempt) ? who->dedicated_day : RISK_NO_DAY,
                             .permit_from_day = attempts[attempt].permit_from_day,
                             .permit_to_day = attempts[attempt].permit_to_day,
                             .deadline_day = RISK_NO_DAY,
                             .track = (enum risk_track)who->track,
                             .last_failed_day = RISK_NO_DAY,
                             .attempt = attempts[attempt].number};
  for (size_t i = 0; i < attempt; i++) {
    bool known = outcome_known(&attempts[i], day);
    ret->failures = (uint16_t)(ret->failures + (known && attempts[i].outcome == PAST_FAIL));
    ret->attempt = (uint16_t)(ret->attempt - !known);
    if (known && attempts[i].outcome == PAST_FAIL)
      ret->last_failed_day = past_exam_day(&attempts[i]);
  }
  for (size_t i = attempt; i > 0 && ret->sittings_n < RISK_MAX_SITTINGS; i--) {
    if (outcome_known(&attempts[i - 1], day) && past_exam_day(&attempts[i - 1]) != RISK_NO_DAY)
      ret->sittings[ret->sittings_n++] = past_exam_day(&attempts[i - 1]);
  }
  if (past->zone)
    ret->zone_offset_s = zone_offset_s(past->zone, ret->as_of_ms);
  for (size_t i = 0; i < who->results_n; i++) { /* in order of time */
    const struct past_result *from = &past->results[who->results_at + i];
    if (from->taken_at_ms >= ret->as_of_ms)
      break;
    past_result_fill(past, from, &results[ret->n++]);
  }
}
