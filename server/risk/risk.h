/*
 * The estimate: from one student's practice results and plan to the probability of passing Step 1 on the planned day.
 *
 * Pure: no I/O, no clock, no globals, no allocation; the caller lends every buffer. Deterministic: the same set of results
 * gives the same bits whatever the order they arrived in. README.md beside this file derives the model.
 *
 * Units: readiness is EPC (equated percent correct, 0 to 100) as double; times are Unix milliseconds; days are civil days
 * since 1970-01-01; probabilities are 0 to 1.
 */
#ifndef SG_RISK_H
#define SG_RISK_H

#include "proto/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RISK_NO_DAY INT32_MIN

enum {
  RISK_MAX_RESULTS = 4096, /* of one student that enter the estimate; the newest where there are more */
  RISK_REASONS_EXTRA = 3,  /* reasons beside the results: base rate, prior, growth */
  RISK_MAX_FLAGS = 32,
  RISK_MAX_MAKERS = 16,
  RISK_MAX_AREAS = 64,
  RISK_MAX_INSTRUMENTS = 128,
  RISK_CURVE_DAYS = 121, /* planned day - 60 .. + 60 */
  RISK_VERSION_CHARS = 32,
  RISK_MAX_SITTINGS = 4, /* earlier attempts whose days are looked at */
  RISK_EFFORT_DAYS = 28, /* in which effort is counted: whole weeks, and as long as a readiness check is fresh */
  RISK_NOT_SAID = -1,    /* left out of what was reported of a week */
};

enum risk_track { RISK_TRACK_US_MD = 0, RISK_TRACK_US_DO, RISK_TRACK_NON_US, RISK_TRACKS };

/* Numbers of State in stepguard.proto. */
enum risk_state { RISK_STATE_NONE = 0, RISK_AT_RISK, RISK_BORDERLINE, RISK_ON_TRACK, RISK_CANNOT_SAY };

/* ---------------------------------------------------------------- parameters */

struct risk_params; /* a parsed parameter file and instrument catalogue; immutable, shared, see params.h */

/* ---------------------------------------------------------------- input */

/* What a student reported of one week. No part of the estimate: rules about how somebody studies look at it, and where nothing was
 * reported they say nothing. */
struct risk_week {
  int32_t from_day;   /* its Monday */
  int32_t said_day;   /* civil day on which it was said; later ones are not looked at */
  uint16_t questions; /* answered, as the student counts */
  uint16_t study_minutes;
  uint16_t goal_questions;                     /* meant for that week; 0 for no goal */
  int8_t reviewed_percent, confidence_percent; /* of the misses; of passing on the planned day; RISK_NOT_SAID */
};

struct risk_input {
  const struct result *results; /* any order; of one id only the highest revision, retracted ones may be among them */
  size_t n;
  int64_t as_of_ms;      /* results taken later are not looked at */
  int32_t as_of_day;     /* the civil day of as_of_ms in the school's zone */
  int32_t exam_day;      /* planned day of the coming attempt, or RISK_NO_DAY */
  int32_t dedicated_day; /* start of the dedicated period, or RISK_NO_DAY: then the parameter file's default before the exam */
  int32_t permit_from_day, permit_to_day, deadline_day; /* or RISK_NO_DAY */
  enum risk_track track;
  uint16_t attempt;                    /* of the coming attempt, from 1 */
  uint16_t failures;                   /* earlier attempts that failed, as far as their outcome is known */
  int32_t last_failed_day;             /* day on which the newest of these was taken; 0 or RISK_NO_DAY where nobody can tell */
  uint16_t sittings_n;                 /* of the array, at most RISK_MAX_SITTINGS */
  int32_t sittings[RISK_MAX_SITTINGS]; /* days on which earlier attempts were taken, passed or not, newest first */
  const struct risk_week *weeks;       /* each at most once, newest first */
  size_t weeks_n;
  uint16_t date_moves;            /* how often the planned day of the coming attempt became another day; 0 where nobody counts */
  bool enrolled;                  /* a device is enrolled: "never synced" makes sense */
  int64_t enrolled_ms;            /* first enrolment, or when the code was issued; 0 where unknown */
  int64_t last_sync_ms;           /* last contact of any device, 0 for never */
  enum risk_state previous_state; /* of the assessment before, for hysteresis; RISK_STATE_NONE for the first */
  uint16_t pending_state_runs;    /* assessments in a row that already asked for another state */
  int32_t zone_offset_s;          /* of the school's zone from UTC at as_of_ms; only for dates in sentences */
};

/* The coming attempt is the first: the group's pass rate and the recalibration of first attempts apply, else those of repeats. */
bool risk_first_attempt(const struct risk_input *input);

/* ---------------------------------------------------------------- output */

/* Flags. The table of rules is flags.c; the order here is not an interface. */
enum risk_severity { RISK_INFO = 1, RISK_WATCH, RISK_WARNING, RISK_URGENT };

struct risk_flag {
  const char *code; /* static: "low_probability" */
  uint16_t version;
  enum risk_severity severity;
  double numbers[4];   /* what the sentence is made of, finite; meaning per rule in flags.c; unused ones 0 */
  uint16_t evidence_n; /* indices into input->results of the rows it rests on, newest first */
  uint16_t evidence[4];
};

/* What the office is to do about a flag: the same for every student, one row per code. */
struct risk_rule {
  const char *code;
  uint16_t version;
  enum risk_severity severity; /* of most; some are raised by a step when the exam is near */
  const char *objective;       /* what acting on it is meant to reach */
  const char *owner;           /* role: "adviser", "dean", "operator" */
  const char *action;
  uint16_t due_days;     /* after it was raised */
  uint16_t expires_days; /* without new evidence the flag is stale after this */
  const char *sentence;  /* pattern of risk_flag_text(), see words.c */
};

const struct risk_rule *risk_rule(const char *code); /* NULL where there is none */
const struct risk_rule *risk_rule_at(size_t i);      /* in order of the table; NULL behind its end */

enum risk_reason_kind { RISK_REASON_BASE_RATE = 0, RISK_REASON_PRIOR, RISK_REASON_GROWTH, RISK_REASON_RESULT };

struct risk_reason {
  enum risk_reason_kind kind;
  uint32_t result; /* index into input->results for RISK_REASON_RESULT */
  double points;   /* share of p; all together sum to p within 1e-9 (the base rate is one of them) */
};

/* One area of the content outline, from the sub-scores of the last months. */
struct risk_area {
  uint8_t area; /* number in proto/catalogue/areas.csv */
  uint16_t forms;
  uint32_t items, correct;
  double difference, difference_sd; /* from the student's whole score, EPC, shrunk towards 0 */
  double p_weak;                    /* that the area lies below the cut */
  bool weak;                        /* p_weak over the parameter file's probability */
  bool missed_again;                /* weak, and below the cut in each of the last forms that had it (three by default) */
};

struct risk_assessment {
  double readiness_mean, readiness_sd; /* as of */
  double exam_mean, exam_sd;           /* on the exam day; as of where none is planned */
  double growth_per_week;              /* posterior mean of the growth in force at as_of, EPC a week */
  double p, p_low, p_high;             /* 80 % interval: spread of what the posterior says P could be */
  double base_rate;                    /* of the group: what p is with no result at all */
  enum risk_state state;
  uint16_t pending_state_runs; /* to be handed back next time */
  uint32_t results_used, results_after, results_retracted;
  uint32_t effort_items; /* answered in the last RISK_EFFORT_DAYS: of every result, repeats and tutor mode too, for it is work */
  int32_t days_to_exam;  /* RISK_NO_DAY where none is planned; negative when past */
  int64_t last_check_ms; /* newest readiness check used, 0 for none */
  uint16_t flags_n;
  struct risk_flag flags[RISK_MAX_FLAGS];
  uint32_t reasons_n; /* of the caller's array; by weight, heaviest first; base rate always first */
  struct risk_reason *reasons;
  uint16_t areas_n;
  const struct risk_area *areas; /* as risk_areas() gives them; in the scratch, until that is used again */
  char parameters[RISK_VERSION_CHARS];
};

/* Working memory. size grows linearly with results: risk_scratch_bytes(n). Aligned as malloc aligns. */
size_t risk_scratch_bytes(size_t n);

enum { RISK_OK = 0, RISK_E_INPUT = -1 /* more results than risk_flag can index (65535) */ };

/*
 * Assesses one student. `reasons` has room for input->n + RISK_REASONS_EXTRA entries and becomes ret->reasons. Every number of *ret
 * is finite for any input whose results pass result_check(). Instruments the parameters do not know are left out of the estimate
 * and counted in neither field.
 */
int risk_assess(const struct risk_params *params, const struct risk_input *input, void *scratch, struct risk_reason *reasons,
                struct risk_assessment *ret) MUSTCHECK;

/* P(pass) for each day from exam_day - 60 to exam_day + 60 (as_of_day where none is planned); NaN before as_of_day. */
int risk_curve(const struct risk_params *params, const struct risk_input *input, void *scratch,
               double ret[RISK_CURVE_DAYS]) MUSTCHECK;

/* ---------------------------------------------------------------- for charts and for the student */

struct risk_point {
  double mean, sd; /* readiness on that day, EPC */
};

/* Readiness on each of `n` days that are not after as_of_day, in the light of everything known as of now. */
int risk_history(const struct risk_params *params, const struct risk_input *input, void *scratch, const int32_t *days, size_t n,
                 struct risk_point *ret) MUSTCHECK;

/* One result by itself, as the estimate reads it. */
struct risk_look {
  uint32_t result;    /* index into input->results */
  double epc, sd_epc; /* readiness it speaks of on its day, without what a repeated form or a missing clock adds; its error */
  double used_epc;    /* the same, no further from what the other results say than is believed */
  bool check;         /* a readiness check that counts as one */
  bool repeated;      /* declared, or the same form was taken before */
};

/* The results that count, newest first. `ret` has room for input->n. */
int risk_looks(const struct risk_params *params, const struct risk_input *input, void *scratch, struct risk_look *ret,
               size_t *ret_n) MUSTCHECK;

/* First day of the curve on which P reaches the ceiling, inside the permit window and not after the deadline; RISK_NO_DAY
 * where there is none. `curve` is what risk_curve() gave for this input. */
int32_t risk_earliest_day(const struct risk_params *params, const struct risk_input *input, const double curve[RISK_CURVE_DAYS]);

/* Fills `ret` in order of area number and gives how many areas there are in *ret_n. */
int risk_areas(const struct risk_params *params, const struct risk_input *input, void *scratch,
               struct risk_area ret[RISK_MAX_AREAS], size_t *ret_n) MUSTCHECK;

/* ---------------------------------------------------------------- words */

const char *risk_state_name(enum risk_state state); /* "at_risk" "borderline" "on_track" "cannot_say" */
/* The sentence of a flag or reason, with its numbers, in English, for the office. Gives the bytes needed. */
size_t risk_flag_text(char *out, size_t cap, const struct risk_flag *flag, const struct risk_input *input);
size_t risk_reason_text(char *out, size_t cap, const struct risk_reason *reason, const struct risk_input *input);
size_t risk_reason_code(char *out, size_t cap, const struct risk_reason *reason,
                        const struct risk_input *input); /* "result:cbssa" */

#endif
