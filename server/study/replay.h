/*
 * Replay: how many cases a set of thresholds would have opened in the past, when, and what came of them. Every student is walked
 * through the same moments (walk.h) with the real engine, and the rule of the office decides:
 *
 *   a case opens     the student is at risk, or a flag of severity warning or above is raised; the exam is not over
 *                    one for each student and attempt: when it had been closed before, it is opened again
 *   it closes        on track and no such flag, the exam taken, or the next attempt's turn
 *
 * An attempt is watched when it was taken inside the span with at least one moment `lead_days` or more before it. Of those
 *
 *   caught           failed, and the case was open at a moment `lead_days` or more before the exam
 *   missed           failed, and it was not
 *   false alarm      passed, though a case had been open at some moment before the exam
 *
 * Nobody acted on these cases: an intervention that would have helped is not in it, in neither direction.
 */
#ifndef SG_STUDY_REPLAY_H
#define SG_STUDY_REPLAY_H

#include "base/buf.h"
#include "study/walk.h"

enum {
  REPLAY_MOMENTS = 1100, /* three years of days */
  REPLAY_YEARS = 64,     /* classes of a school that are looked at together */
};

struct replay_options {
  const struct walk_moment *moments; /* in order of time; must outlive the replay */
  size_t moments_n;                  /* 1 to REPLAY_MOMENTS */
  int32_t lead_days;                 /* that the office needs to change something before the exam */
};

struct replay_week { /* seven days from from_day on */
  int32_t from_day;
  uint32_t opened, reopened, closed;
  uint32_t open; /* at its last moment */
};

struct replay_outcomes { /* of attempts that were watched */
  uint32_t failed, caught, passed, alarmed;
};

struct replay_year {
  int16_t class_year; /* 0: unknown */
  struct replay_outcomes outcomes;
};

/* Sums over students. */
struct replay {
  struct replay_options options;
  struct replay_week *weeks;
  uint32_t *open; /* by moment */
  size_t weeks_n;
  uint32_t students, cases; /* cases: of a student and attempt, however often opened */
  struct replay_outcomes outcomes;
  struct replay_year years[REPLAY_YEARS]; /* in order of class_year */
  size_t years_n;
};

int replay_init(struct replay *replay, const struct replay_options *options) MUSTCHECK; /* E_NOMEM, E_LIMIT */
void replay_done(struct replay *replay);

/* Adds one student. E_NOMEM; E_LIMIT: cannot be assessed, and nothing was added; or more class years than there is room for. */
int replay_student(struct replay *replay, const struct risk_params *params, const struct walk_student *student,
                   struct walk_desk *desk) MUSTCHECK;

/* Most cases open at once and at which moment; the most opened (again, too) in one week. */
uint32_t replay_peak_open(const struct replay *replay, size_t *ret_moment);
uint32_t replay_peak_week(const struct replay *replay, size_t *ret_week);

/* The members of a JSON object, without its braces: the span, and each set ("set": its name) with shares as n, count and 95 %
 * interval, null of nobody. `replays` are over the same moments. */
struct replay_named {
  const struct replay *replay;
  const char *name, *version;
};
void replay_put_json(struct buf *buf, const struct replay_named *sets, size_t n);

/* The text of a parameter file with some of its numbers replaced, parsed. E_INVALID and *ret_fault where a name is not in the text
 * or a value cannot be. `names` and `values` are texts. */
struct replay_change {
  const char *name, *value;
};
int replay_params(const char *text, size_t len, const char *instruments, size_t instruments_len,
                  const struct replay_change *changes, size_t n, struct risk_params **ret, char *reason, size_t cap) MUSTCHECK;

#endif
