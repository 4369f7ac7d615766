/*
 * Goals and check-ins, between the wire and struct study_entry.
 *
 * Shape alone: what the numbers may be is study_check's to say. One body for both kinds, with fields that the other kind leaves
 * empty, was rejected: on the wire, which others read, a field that means nothing half of the time would have to be explained for
 * ever.
 */
#include "proto/wire.h"

#include <string.h>

enum { GIVEN = 1 };

/* Absent becomes RESULT_UNKNOWN. What is too large for a number here is too large for a week. */
static int number_read(const char *field, bool given, uint32_t value, int32_t *ret, struct result_fault *ret_fault) {
  if (given && value > INT32_MAX)
    return result_refuse(ret_fault, field, "%u cannot be; correct it or leave it out", value);
  *ret = given ? (int32_t)value : RESULT_UNKNOWN;
  return 0;
}

static int goal_read(const Stepguard__V1__StudyGoal *m, struct study_entry *ret, struct result_fault *ret_fault) {
  *ret = study_entry_of(STUDY_GOAL, m->from_day);
  if (number_read("questions", m->questions_given_case, m->questions, &ret->questions, ret_fault) ||
      number_read("checks", m->checks_given_case, m->checks, &ret->checks, ret_fault) ||
      number_read("review_minutes", m->review_minutes_given_case, m->review_minutes, &ret->minutes, ret_fault))
    return -1;
  return 0;
}

static int check_in_read(const Stepguard__V1__CheckIn *m, struct study_entry *ret, struct result_fault *ret_fault) {
  *ret = study_entry_of(STUDY_CHECK_IN, m->week_from_day);
  if (number_read("study_minutes", GIVEN, m->study_minutes, &ret->minutes, ret_fault) ||
      number_read("questions", GIVEN, m->questions, &ret->questions, ret_fault) ||
      number_read("reviewed_percent", m->reviewed_percent_given_case, m->reviewed_percent, &ret->reviewed_percent, ret_fault) ||
      number_read("confidence_percent", m->confidence_percent_given_case, m->confidence_percent, &ret->confidence_percent,
                  ret_fault))
    return -1;
  return 0;
}

int wire_study_read(const Stepguard__V1__StudyEntry *message, struct study_entry *ret, struct result_fault *ret_fault) {
  struct study_entry entry;
  int bad;
  switch (message->what_case) {
  case STEPGUARD__V1__STUDY_ENTRY__WHAT_GOAL: bad = goal_read(message->goal, &entry, ret_fault); break;
  case STEPGUARD__V1__STUDY_ENTRY__WHAT_CHECK_IN: bad = check_in_read(message->check_in, &entry, ret_fault); break;
  default: bad = result_refuse(ret_fault, "what", "this is neither a goal nor a check-in; update the server or the client");
  }
  if (bad)
    return -1;
  if (message->entry_id.len != UUID_BYTES)
    return result_refuse(ret_fault, "entry_id", "the id has %zu bytes instead of %d; the client is broken, update it",
                         message->entry_id.len, UUID_BYTES);
  memcpy(entry.id, message->entry_id.data, UUID_BYTES);
  entry.made_at_ms = message->made_at_ms;
  *ret = entry;
  return 0;
}

/* The case of a oneof with one member is the member's field number where it is there, and 0 where it is not. */
#define GIVE(to, MESSAGE, member, MEMBER, value)                                                                                   \
  if ((value) != RESULT_UNKNOWN) {                                                                                                 \
    (to)->member##_given_case = STEPGUARD__V1__##MESSAGE##__##MEMBER##_GIVEN_##MEMBER;                                             \
    (to)->member = (uint32_t)(value);                                                                                              \
  }

void wire_study_write(const struct study_entry *entry, struct wire_study *ret) {
  stepguard__v1__study_entry__init(&ret->message);
  stepguard__v1__study_goal__init(&ret->goal);
  stepguard__v1__check_in__init(&ret->check_in);
  ret->message.entry_id = (ProtobufCBinaryData){UUID_BYTES, (uint8_t *)(uintptr_t)entry->id};
  ret->message.made_at_ms = entry->made_at_ms;
  if (entry->kind == STUDY_GOAL) {
    ret->goal.from_day = entry->day;
    GIVE(&ret->goal, STUDY_GOAL, questions, QUESTIONS, entry->questions)
    GIVE(&ret->goal, STUDY_GOAL, checks, CHECKS, entry->checks)
    GIVE(&ret->goal, STUDY_GOAL, review_minutes, REVIEW_MINUTES, entry->minutes)
    ret->message.what_case = STEPGUARD__V1__STUDY_ENTRY__WHAT_GOAL;
    ret->message.goal = &ret->goal;
  } else {
    ret->check_in.week_from_day = entry->day;
    ret->check_in.study_minutes = (uint32_t)entry->minutes;
    ret->check_in.questions = (uint32_t)entry->questions;
    GIVE(&ret->check_in, CHECK_IN, reviewed_percent, REVIEWED_PERCENT, entry->reviewed_percent)
    GIVE(&ret->check_in, CHECK_IN, confidence_percent, CONFIDENCE_PERCENT, entry->confidence_percent)
    ret->message.what_case = STEPGUARD__V1__STUDY_ENTRY__WHAT_CHECK_IN;
    ret->message.check_in = &ret->check_in;
  }
}
