/* Inside of linking: what the rounds of link_em.c and the work on one student in link_student.c share. */
#ifndef SG_STUDY_LINK_WORK_H
#define SG_STUDY_LINK_WORK_H

#include "study/link_em.h"

#define LINK_TINY 1e-10 /* least variance and pivot: keeps what rounding took from dividing by nothing */

struct link_sums { /* of one line's regression on x, weighted by precision */
  double n, x, xx, y, xy, error, error_n;
};

struct link_normal { /* normal equations, lower triangle: growth, levels, means of groups */
  size_t n;
  double *matrix, *rhs;
};

struct link_work {
  struct link_model *model;
  struct link_normal normal;
  struct link_sums *sums; /* one for each line */
  /* Sums over students of what each variance is the mean of, and how many; of growth with the level, and of the level's square. */
  double growth[LINK_GROWTHS], growth_n[LINK_GROWTHS], leaning[LINK_GROWTHS], level_square[LINK_GROWTHS];
  double wander, wander_n, maker, maker_n;
  /* Of the student at hand. */
  double covariance[LINK_LOOKS][LINK_LOOKS], inverse[LINK_LOOKS][LINK_LOOKS];
  double noise[LINK_LOOKS], residual[LINK_LOOKS], alpha[LINK_LOOKS]; /* alpha: inverse times residual */
};

/* In place: the lower triangle becomes L with L L' = matrix. A pivot that rounding took is put at a hair. */
void link_matrix_factor(double *matrix, size_t n, size_t stride);
void link_matrix_solve(const double *factor, size_t n, size_t stride, double *x);

/* Fills noise, residual, inverse and alpha for a student's n looks; the others need it done. */
void link_student_invert(struct link_work *work, const struct link_look *looks, size_t n);
/* Weights of the looks, from how far each is from what the others say. */
void link_student_weigh(struct link_work *work, struct link_look *looks, size_t n);
/* Adds to the sums of the lines. */
void link_student_regress(struct link_work *work, const struct link_look *looks, size_t n);
/* Adds to the sums of growth, wandering and makers. */
void link_student_variances(struct link_work *work, const struct link_look *looks, size_t n);
/* Adds X' S^-1 X and X' S^-1 y, X having a column for each kind of growth and one for each level. */
void link_student_normal(struct link_work *work, const struct link_look *looks, size_t n);

#endif
