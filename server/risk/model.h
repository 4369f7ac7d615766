/*
 * Inside of the risk library: what its files share and nobody outside sees. README.md derives the equations; the symbols
 * here are the ones used there.
 *
 * One assessment is a straight line through these files:
 *   evidence.c  which results count, and what each says about readiness  -> struct evidence
 *   robust.c    how far each may stray from what the others say          -> row->z becomes row->z_used
 *   filter.c    posterior of level, growth and maker offsets, weights    -> struct posterior
 *   assess.c    planned day, P(pass), interval, contributions, curve
 *   trend.c     rising, standing still, falling
 *   state.c     at risk, borderline, on track, cannot say
 *   flags.c     rules, weeks.c those about how somebody studies;  words.c  sentences
 */
#ifndef SG_RISK_MODEL_H
#define SG_RISK_MODEL_H

#include "risk/params.h"
#include "risk/risk.h"

enum {
  MODEL_CODES = 384, /* a list of instrument codes or makers in the parameter file */
  MODEL_SCALES = SCALE_OWN + 1,
  MODEL_NO_MAKER = UINT8_MAX,
  MODEL_HASH = 4 * RISK_MAX_INSTRUMENTS, /* power of two, at most a quarter full */
  /* Components of the state: wandering, level, two deviations from the group's growth, one offset for each maker in use. */
  AT_WANDER = 0,
  AT_LEVEL,
  AT_GROWTH_BEFORE,
  AT_GROWTH_DEDICATED,
  AT_MAKER,
  MODEL_STATE = AT_MAKER + RISK_MAX_MAKERS + 1, /* one more: a day to be looked back at (filter_smooth) */
};

#define MS_PER_DAY    86400000.0
#define DAYS_PER_WEEK 7.0

/* ---------------------------------------------------------------- parameters */

/* score = at_cut + per_epc * (readiness - cut): how a scale lies beside EPC. */
struct scale_line {
  double at_cut, per_epc, sd_epc; /* sd_epc: what converting to or from this scale adds */
};

/* An instrument as the engine uses it: everything in EPC, so that (score - offset) / slope is a look at readiness. */
struct known_instrument {
  char code[LIMIT_INSTRUMENT_CHARS + 1];
  enum scale scale;
  bool usable;    /* false: neither linked nor on a scale that has a line */
  bool check;     /* counts as a readiness check */
  uint8_t maker;  /* index into makers, or MODEL_NO_MAKER: no offset of its own in the state */
  uint16_t items; /* 0 where unknown or varying */
  double offset, slope;
  double variance;    /* EPC squared, without the items' binomial part */
  double familiarity; /* EPC */
};

struct growth_prior {
  double mean, sd; /* EPC a week at the start of the dedicated period */
};

struct risk_params {
  char version[RISK_VERSION_CHARS];

  double cut_epc, exam_sd_epc, interval_coverage;
  double recalibration_intercept_first, recalibration_slope_first, recalibration_intercept_repeat, recalibration_slope_repeat;
  double recalibration_intercept_sd, recalibration_slope_sd; /* prior of the four, for fitting */
  double base_rate_first[RISK_TRACKS], base_rate_repeat[RISK_TRACKS];
  double prior_sd_epc[RISK_TRACKS];

  struct growth_prior growth_before[RISK_TRACKS], growth_dedicated[RISK_TRACKS];
  double growth_before_scale_weeks, growth_dedicated_scale_weeks, growth_dedicated_own_weeks;
  double growth_rest_days, dedicated_default_days;
  double wander_sd_epc; /* after one week */

  double maker_offset_sd_epc;
  char reference_makers[MODEL_CODES];
  double familiarity_epc, familiarity_sd_epc;
  double untimed_offset_epc, untimed_sd_epc, tutor_offset_epc, tutor_sd_epc;
  double item_proportion, items_assumed, least_error_sd_epc, unlinked_sd_epc;
  struct scale_line scales[MODEL_SCALES];
  double robust_bound_sd, robust_neighbours;

  double floor, ceiling;
  char readiness_checks[MODEL_CODES];
  double check_fresh_days, check_window_days, check_far_days, thin_sd_epc;
  double hysteresis_runs, hysteresis_margin;

  double exam_soon_days, never_synced_days;
  double plateau_slope_epc, plateau_probability, plateau_checks, plateau_span_days, trend_window_days;
  double still_share, unsettled_share, unsettled_sd_epc;
  double decline_probability, repeat_window_days;
  double unstable_confidence, unstable_results, stands_out_epc;
  double timing_omitted_share, timing_probability, timing_items, timing_seconds, timing_seconds_sd, timed_window_days;
  double avoidance_moves, retake_free, retake_year_days, retake_pause_days;
  double silent_days, attempt_limit;
  double study_window_days, goals_share, goals_weeks, goals_missed_weeks;
  double cramming_days, cramming_weeks, cramming_ratio, cramming_more_hours;
  double confidence_window_days, confidence_said, confidence_probability, over_confidence_gap, panic_gap;
  double review_share, review_weeks, review_questions;
  double area_sd_epc, area_window_days, area_probability, area_misses;

  /* Derived when parsed. */
  double interval_z, unstable_z;
  double prior_mean_first[RISK_TRACKS], prior_mean_repeat[RISK_TRACKS];

  unsigned instruments_n, makers_n;
  struct known_instrument instruments[RISK_MAX_INSTRUMENTS];
  char makers[RISK_MAX_MAKERS][LIMIT_INSTRUMENT_CHARS + 1];
  uint8_t hash[MODEL_HASH]; /* index into instruments + 1, 0 for empty */
};

/* NULL where there is none. */
const struct known_instrument *params_instrument(const struct risk_params *params, const char *code);
/* The rest of *params is filled in by params.c. 0, or -1 and *ret_fault. */
int params_instruments_load(struct risk_params *params, const char *text, size_t len,
                            struct risk_params_fault *ret_fault) MUSTCHECK;
/* Adds those of the built-in catalogue whose codes are not there yet. */
void params_instruments_builtin(struct risk_params *params);
/* Whether a list of words separated by spaces has this one, in any case of letters. */
bool params_list_has(const char *list, const char *word);

/* ---------------------------------------------------------------- normal distribution */

double normal_cdf(double z);
double normal_quantile(double p); /* 0 < p < 1 */

/* ---------------------------------------------------------------- the course of time for one student */

/* Growth between two days: what the group gains, in EPC, and for each phase the weeks at full rate by which the student's own
 * deviation from the group's rate is to be multiplied. */
struct growth {
  double expected, own[2];
};

struct course {
  double now_days;       /* as of, in days since 1970 with fractions */
  double target_days;    /* the planned day, or now where none is ahead */
  double rest_days;      /* expected growth stops so long before an exam; 0 where none is ahead */
  double dedicated_days; /* start of the dedicated period; now where nobody can tell */
  bool dedicated_known;
  double prior_mean, prior_variance, base_rate; /* base_rate: before recalibration */
  double intercept, slope;                      /* of the recalibration */
  struct growth_prior rate[2];                  /* before and in the dedicated period */
  struct growth grown;                          /* from the start of the dedicated period to the end of growth */
};

void course_set(struct course *ret, const struct risk_params *params, const struct risk_input *input);
/* From a day to the planned one, and from now to an exam on a day; nothing where growth ends before. */
struct growth course_growth_to_target(const struct risk_params *params, const struct course *course, double from_days);
struct growth course_growth(const struct risk_params *params, const struct course *course, double exam_days);
/* A week's growth as of now. */
struct growth course_rate(const struct risk_params *params, const struct course *course);

/* ---------------------------------------------------------------- evidence */

/* One result that counts. Rows stand newest first. */
struct row {
  const struct known_instrument *known;
  uint32_t result; /* index into the input */
  uint8_t slot;    /* of its maker's offset in the state; 0 where there is none */
  bool check;      /* a readiness check that counts as one: not repeated, with the clock running */
  bool repeated;   /* declared, or the same form was taken before */
  bool in;         /* has a say in the estimate for the planned day (filter.c) */
  double days;
  double z, z_used;     /* readiness it speaks of, EPC, on its day; z_used after robust.c */
  double variance;      /* of z */
  struct growth growth; /* from its day to the target */
  double weight;        /* of z_used in the planned day's mean */
};

struct evidence {
  struct row *rows;
  size_t n;
  unsigned makers; /* offsets in the state */
  uint32_t after, retracted;
};

/* `rows` and `index` have room for input->n entries, `table` for evidence_table_size(input->n). */
void evidence_collect(struct evidence *ret, const struct risk_params *params, const struct risk_input *input,
                      const struct course *course, struct row *rows, uint32_t *index, uint32_t *table);
size_t evidence_table_size(size_t n);

/* Sets z_used. `lent`: evidence->n times MODEL_STATE. */
void robust_bound(const struct risk_params *params, const struct course *course, struct evidence *evidence, double *lent);

/* ---------------------------------------------------------------- posterior */

struct posterior {
  unsigned size, width; /* components in use; rounded up to what the loops run over */
  double strain;        /* sum over the rows of (surprise before bounding)^2 / its variance: about their number */
  double mean[MODEL_STATE];
  double cov[MODEL_STATE][MODEL_STATE];
};

struct spread {
  double mean, variance;
};

struct filter {
  const struct risk_params *params;
  const struct course *course;
  struct evidence *evidence;
  double *gains; /* evidence->n times MODEL_STATE: what each row moves, kept for the weights */
};

/* Posterior from the rows that are `in`. */
void filter_run(const struct filter *filter, struct posterior *ret);
/* After filter_run() with every row in: settles row->in and row->weight so that no weight is negative and the variance on
 * the planned day is the least possible under that condition. Gives `all` where that holds already, else `spare`, filled. */
const struct posterior *filter_weigh(const struct filter *filter, const struct posterior *all, struct posterior *spare);

/* Readiness on a day that is past, in the light of everything known now. Overwrites the gains. */
struct spread filter_smooth(const struct filter *filter, double days);

/* A linear function of the state. */
struct spread posterior_linear(const struct posterior *posterior, const double coefficients[MODEL_STATE]);
/* Readiness for an exam on a day from now on, and readiness now. */
struct spread posterior_exam(const struct filter *filter, const struct posterior *posterior, double exam_days);
struct spread posterior_now(const struct filter *filter, const struct posterior *posterior);

/* ---------------------------------------------------------------- state and flags */

/* Slope of readiness over the results of the trend window, EPC a week. */
struct trend {
  unsigned checks;                    /* readiness checks in the window */
  double span_days;                   /* between the oldest and the newest of them */
  double slope, sd;                   /* sd 0: fewer than two checks, nothing is known */
  double expected, expected_variance; /* of the group over the same days */
  double walk_variance;               /* of the slope, by wandering alone */
};

/* What the rules look at, gathered once. */
struct findings {
  const struct risk_params *params;
  const struct risk_input *input;
  const struct course *course;
  const struct evidence *evidence;
  const struct risk_assessment *assessment; /* all but state and flags */
  double strain;                            /* of the posterior from every row */
  const struct risk_area *areas;
  size_t areas_n;
  size_t newest_check; /* row; SIZE_MAX where there is none */
  struct trend trend;
};

/* Sets findings->trend; needs newest_check. */
void trend_measure(struct findings *findings);
/* Posterior probability that readiness rises by less than `bound` EPC a week. */
double trend_below(const struct findings *findings, double bound);

/* Areas of one student from the sub-scores of the evidence (areas.c); gives how many there are. */
size_t areas_estimate(const struct risk_params *params, const struct risk_input *input, const struct evidence *evidence,
                      double now_days, struct spread readiness, struct risk_area ret[RISK_MAX_AREAS]);

void state_decide(const struct findings *findings, struct risk_assessment *assessment);
void flags_raise(const struct findings *findings, struct risk_assessment *assessment);
/* The newest check was cut down by robust.c, and not by a little: it is better than the other results make believable. */
bool check_stands_out(const struct findings *findings);

/* Rules about how somebody studies (weeks.c), as flags.c calls them: whether it holds, and the flag's numbers. */
bool weeks_goals_missed(const struct findings *findings, struct risk_flag *flag);
bool weeks_cramming(const struct findings *findings, struct risk_flag *flag);
bool weeks_misses_unreviewed(const struct findings *findings, struct risk_flag *flag);
bool weeks_over_confidence(const struct findings *findings, struct risk_flag *flag);
bool weeks_panic(const struct findings *findings, struct risk_flag *flag);

/* Items answered after one moment and until another, both ms: of every result, repeats and tutor mode too, for it is work. */
uint32_t effort_items(const struct risk_params *params, const struct risk_input *input, double after_ms, double until_ms);

/* Days to the exam; -1 where none is ahead. */
double findings_days_left(const struct findings *findings);
/* P(pass) as if the newest readiness check, taken today, were all there is. There must be one. */
double check_alone(const struct findings *findings);
/* Days between the newest readiness check and as-of; negative where there is none. */
double findings_check_age(const struct findings *findings);

#endif
