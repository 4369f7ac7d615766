/* Inside of linking: what its files share while a past class becomes the numbers that link_em.c works with. */
#ifndef SG_STUDY_LINK_BUILD_H
#define SG_STUDY_LINK_BUILD_H

#include "study/link.h"
#include "study/link_em.h"

/* How scores of one entry become comparable: (raw - centre) / unit. */
struct link_reading {
  double centre, unit;
  bool line, known; /* a line of the catalogue or the scale; of the catalogue */
  bool seen;
  uint32_t linked_to; /* union-find over shared students */
  uint16_t at;        /* index into lines, UINT16_MAX for none */
};

struct linking {
  const struct link_options *options;
  struct link_report *report;
  struct link_table *table;
  struct link_reading *readings;
  size_t *entry_of; /* of an instrument of the past */
  struct link_model model;
  uint16_t group_makers[LINK_ENTRIES]; /* first entry that has the maker of each group of scales of their own */
  bool *counted;                       /* of each result: whether it is used */
  double *spare;                       /* room for a column */
  const char *params;                  /* text of the shipped parameters */
  size_t params_len;
  double dedicated_days, item_proportion, items_assumed, untimed_epc, untimed_sd, tutor_epc, tutor_sd;
  char reference_makers[LINK_SOURCE];
  size_t reference;
};

static inline struct link_reading *link_reading_of(const struct linking *linking, const struct past_result *result) {
  return &linking->readings[linking->entry_of[result->instrument]];
}

static inline double link_raw_score(const struct past_result *result) {
  enum { CENTI = 100 };
  return (double)result->score_centi / CENTI;
}

/* Marks the results that are used, and which instruments they join. */
void link_scale_mark(struct linking *linking);
/* The representative of all instruments that an entry is joined with by shared students. */
size_t link_scale_root(struct link_reading *readings, size_t at);
/* How the scores of an entry become comparable; any_known: whether the unit is EPC. */
void link_scale_read(struct linking *linking, size_t entry, bool any_known);
/* Adds the entry's line to the model, with what is expected of it and of the group it falls into. */
void link_prior_line(struct linking *linking, size_t entry);
/* The first group, and what is expected of students. */
void link_prior_begin(struct link_model *model);
/* Adds a student's looks to the model. */
void link_look_take(struct linking *linking, size_t student);

#endif
