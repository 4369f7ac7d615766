/*
 * A page of a school's students, evaluated on one connection: read, assessed, recorded, and those again of whom something new came
 * in meanwhile. Whoever evaluates a school has one desk for each connection and gives it pages (evaluate.h).
 */
#ifndef SG_DB_PAGE_H
#define SG_DB_PAGE_H

#include "db/evaluate.h"

enum { PAGE_STUDENTS = 512 };

struct page_skip {
  char external_id[65];
  char reason[MODEL_REASON];
};

struct page_desk;

/* Borrows all three. NULL when there is no memory; a failure of the database is E_… from the first page. */
struct page_desk *page_desk_new(struct dbsync *db, const struct evaluate_options *options, char reason[EVALUATE_REASON]) MUSTCHECK;
void page_desk_free(struct page_desk *desk);

/* The next students of the roster after `after`, in order; fewer than PAGE_STUDENTS are the last. */
int page_numbers(struct page_desk *desk, int64_t after, int64_t ret[PAGE_STUDENTS], size_t *ret_n) MUSTCHECK;

/* Counts of this page alone; *ret_skips lists who could not be assessed, in order, until the next page. */
int page_evaluate(struct page_desk *desk, const int64_t *students, size_t n, struct evaluate_counts *ret,
                  const struct page_skip **ret_skips) MUSTCHECK;

/* The set that is in force for the first student of the roster; *ret is NULL where there is no set, or it was never taken. */
int page_set_in_force(struct page_desk *desk, bool *ret_students, const struct model_set **ret) MUSTCHECK;

#endif
