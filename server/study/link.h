/*
 * Linking: offset, slope and error of every instrument, learned from students who took several. No outcomes, no roster.
 *
 * score = offset + slope * readiness + error as in proto/catalogue.h, with readiness on the scale of the reference instrument,
 * which itself gets offset 0 and slope 1.
 */
#ifndef SG_STUDY_LINK_H
#define SG_STUDY_LINK_H

#include "study/link_table.h"
#include "study/past.h"

enum link_state {
  LINK_LEARNED,   /* from the data, with what the catalogue knows */
  LINK_CATALOGUE, /* shares no student with the reference: the catalogue's line stays */
  LINK_UNLINKED,  /* the same, and the catalogue has none: left empty */
  LINK_ABSENT,    /* of the file, without a result */
};

struct link_answer { /* one for each entry of the table */
  enum link_state state;
  size_t results, students;
  double offset_se, slope_se; /* points, and points a point of the reference */
  double data_share;          /* 0 to 1: of what is known of the slope, the rest is the catalogue or the maker's others */
};

struct link_report {
  struct link_answer *answers;
  size_t n;
  size_t results, students, left_out; /* used; left out: retracted, repeated forms, other scales */
  double growth_per_week;             /* of the students, points of the reference */
  unsigned rounds;
  bool settled;
};

struct link_options {
  const struct past *past;
  struct link_table *table;                     /* changed: what is learned goes into offset, slope, error_sd, source and grade */
  const char *reference;                        /* code */
  const char *from;                             /* name of the data, for the source column */
  int (*on_round)(void *arg, unsigned percent); /* may be NULL; not 0 stops */
  void *arg;
};

/* E_INVALID and a sentence where the reference is not there or shares no student; E_NOMEM; what on_round gives. */
int link_run(const struct link_options *options, struct link_report *ret, char reason[LINK_REASON]) MUSTCHECK;
void link_report_done(struct link_report *report);

#endif
