/*
 * The mathematics of linking, apart from files and words: instruments that many students took some of, on one latent scale.
 *
 *   score = level_i + slope_i x + error,  x = own level + growth + wandering + lasting offset on the maker's material
 *
 * in units of score that link.c has made comparable (link_look.score). x has mean 0 and sd 1 among the students at their first
 * result; link.c turns the answer to the scale of the reference. The derivation is at the head of link_em.c.
 */
#ifndef SG_STUDY_LINK_EM_H
#define SG_STUDY_LINK_EM_H

#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How students grow, each in weeks: since the first result; of these, in the last weeks before the exam, where its day is known;
 * what comes soon after the first result and then stops. */
enum link_growth { LINK_EVENLY, LINK_FINALLY, LINK_SOON, LINK_GROWTHS };

enum {
  LINK_LOOKS = 24, /* of one student; link.c merges neighbours of one instrument where there are more */
  LINK_NO_MAKER = UINT16_MAX,
};

/* One or several results of a student on one instrument, taken within days of each other. */
struct link_look {
  uint32_t student; /* looks stand in order of students, then of weeks */
  uint16_t instrument;
  uint16_t n;   /* results in it */
  double weeks; /* since the student's first result */
  double growth[LINK_GROWTHS];
  double score;         /* mean */
  double within;        /* sum of squares about it */
  double item_variance; /* of one result: known binomial part of its error */
  double weight;        /* 1; less for a score that the student's others make unbelievable */
};

/* Instruments that resemble each other before any score is seen. Those of the catalogue have level and slope in common; of the
 * rest each maker has its own. */
struct link_group {
  double level, level_sd, slope, slope_sd;   /* of the group's mean: before, sd INFINITY where nothing is known */
  double error_sd;                           /* typical, moved by the data */
  double member_level_var, member_slope_var; /* members about the mean; moved by the data where `learned` */
  bool learned;
  double mean_level, mean_slope; /* out */
};

struct link_line {
  uint16_t group, maker;                       /* LINK_NO_MAKER: no lasting offset of a student */
  double level_var, slope_var;                 /* about the group's mean; 0: the group's member variances */
  double error_prior_sd, error_prior_n;        /* 0: the group's */
  double level, slope, error_var;              /* in: a start; out */
  double taken[LINK_GROWTHS];                  /* out: of growth, by the time its results were taken, on average */
  double level_cov, slope_cov, cross_cov;      /* out: covariance of level and slope */
  double level_information, slope_prior_share; /* out: of the data, and the prior's share of the slope */
  size_t results, students;                    /* out */
};

struct link_model {
  struct link_look *looks;
  struct link_line *lines;
  struct link_group *groups;
  size_t looks_n, lines_n, groups_n;
  double growth[LINK_GROWTHS], growth_sd;                 /* out: of the students, sd a week; in: sd of the mean before any score */
  double growth_by_level[LINK_GROWTHS];                   /* in: 0; out: what who starts one sd higher gains more, a week */
  double growth_var[LINK_GROWTHS], wander_var, maker_var; /* in: what is expected; out */
  unsigned rounds;                                        /* out */
  double moved;                                           /* out: by the last round, 1 is an sd of the students */
};

/* E_NOMEM, or what on_round gives to stop it. */
int link_em(struct link_model *model, int (*on_round)(void *arg, unsigned percent), void *arg) MUSTCHECK;

#endif
