/*
 * Everybody of a school, by a few workers who each take the next page of the roster when they are done with theirs (page.c).
 *
 * A worker is a thread with a connection and an engine of its own; what is shared is how far the roster has been given out, and the
 * counts. While one waits for the database another computes, so that as many processors are at it as there are workers. Ranges of
 * numbers given out beforehand were rejected: nobody knows how many of a range are still on the roster, and the slowest would hold
 * up the end. Reading ahead on one connection, too: it overlaps what the backend does with what we do, and no more than that.
 *
 * The same comes out whatever the number of workers: pages are independent of each other, counts are sums, and who was skipped is
 * told in order of the roster (a page that skipped somebody waits for those before it).
 *
 * Memory is that of a page for each worker, whatever the school's size. One transaction over all was rejected: it would hold back
 * every sync of the school for as long as the run takes, and a run that dies half-way would have done nothing; pages that are
 * recorded stay recorded, and the next run does them again with the same result.
 */
#include "db/evaluate.h"

#include "base/err.h"
#include "db/page.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NO_PAGE UINT64_MAX

struct worker {
  struct evaluate *evaluate;
  struct dbsync *db;
  struct page_desk *desk;
  uint64_t page; /* in hand, counted from the first; NO_PAGE */
  int64_t students[PAGE_STUDENTS];
  size_t n;
  char reason[EVALUATE_REASON];
};

struct evaluate {
  const struct evaluate_options *options;
  pthread_mutex_t lock; /* of all that follows, the workers' `page` included, and of the callbacks */
  pthread_cond_t moved; /* somebody's page is done, or it failed */
  struct evaluate_counts *counts;
  int err; /* the first; nobody begins a page after it */
  char *reason;
  int64_t after; /* given out up to here */
  uint64_t pages;
  bool more;
  struct worker workers[EVALUATE_WORKERS];
  size_t workers_n;
};

/* ---------------------------------------------------------------- giving out, taking in; under the lock */

static void fail(struct evaluate *evaluate, int err, const char *reason) {
  if (!evaluate->err) {
    evaluate->err = err;
    snprintf(evaluate->reason, EVALUATE_REASON, "%s", *reason ? reason : err_text(err));
  }
  pthread_cond_broadcast(&evaluate->moved);
}

/* The next page of the roster; false where there is none, or nothing more is to be done. */
static bool page_give(struct evaluate *evaluate, struct worker *worker) {
  if (evaluate->err || !evaluate->more)
    return false;
  int err = page_numbers(worker->desk, evaluate->after, worker->students, &worker->n);
  if (err) {
    fail(evaluate, err, worker->reason);
    return false;
  }
  evaluate->more = worker->n == PAGE_STUDENTS;
  if (worker->n == 0)
    return false;
  evaluate->after = worker->students[worker->n - 1];
  worker->page = evaluate->pages++;
  return true;
}

static bool is_first(const struct evaluate *evaluate, const struct worker *worker) {
  for (size_t i = 0; i < evaluate->workers_n; i++)
    if (evaluate->workers[i].page < worker->page)
      return false;
  return true;
}

static void counts_add(struct evaluate_counts *to, const struct evaluate_counts *page) {
  to->students += page->students;
  to->results += page->results;
  to->done += page->done;
  to->assessed += page->assessed;
  for (size_t state = 0; state < EVALUATE_STATES; state++)
    to->by_state[state] += page->by_state[state];
  to->flags += page->flags;
  to->recorded += page->recorded;
  to->newer += page->newer;
  to->retried += page->retried;
  to->skipped += page->skipped;
}

static void page_take(struct evaluate *evaluate, const struct worker *worker, const struct evaluate_counts *page,
                      const struct page_skip *skips) {
  const struct evaluate_options *options = evaluate->options;
  while (page->skipped > 0 && !evaluate->err && !is_first(evaluate, worker))
    pthread_cond_wait(&evaluate->moved, &evaluate->lock);
  for (size_t i = 0; i < page->skipped && options->skipped; i++)
    options->skipped(options->arg, skips[i].external_id, skips[i].reason);
  counts_add(evaluate->counts, page);
  if (options->progress)
    options->progress(options->arg, evaluate->counts->students);
}

/* ---------------------------------------------------------------- a worker */

static void *work(void *arg) {
  struct worker *worker = arg;
  struct evaluate *evaluate = worker->evaluate;
  pthread_mutex_lock(&evaluate->lock);
  while (worker->page != NO_PAGE || page_give(evaluate, worker)) {
    struct evaluate_counts counts;
    const struct page_skip *skips;
    pthread_mutex_unlock(&evaluate->lock);
    int err = page_evaluate(worker->desk, worker->students, worker->n, &counts, &skips);
    pthread_mutex_lock(&evaluate->lock);
    if (err)
      fail(evaluate, err, worker->reason);
    else
      page_take(evaluate, worker, &counts, skips);
    worker->page = NO_PAGE;
    pthread_cond_broadcast(&evaluate->moved);
  }
  pthread_mutex_unlock(&evaluate->lock);
  return NULL;
}

/* On the connection given, or one of its own. */
static int worker_open(struct evaluate *evaluate, struct dbsync *db) {
  struct worker *worker = &evaluate->workers[evaluate->workers_n];
  *worker = (struct worker){.evaluate = evaluate, .db = db, .page = NO_PAGE};
  int err = db ? E_OK
               : dbsync_open(evaluate->options->database_url, evaluate->options->role, &worker->db, worker->reason,
                             sizeof worker->reason);
  if (err)
    return err;
  worker->desk = page_desk_new(worker->db, evaluate->options, worker->reason);
  evaluate->workers_n++;
  return worker->desk ? E_OK : E_NOMEM;
}

static void worker_close(struct worker *worker, const struct dbsync *given) {
  page_desk_free(worker->desk);
  if (worker->db != given)
    dbsync_close(worker->db);
}

static size_t workers_wanted(const struct evaluate_options *options) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  if (!options->database_url)
    return 1;
  return cores < 1 ? 1 : cores > EVALUATE_WORKERS ? EVALUATE_WORKERS : (size_t)cores;
}

/* Those beside the first. Who cannot be had is done without: fewer are slower, no more. */
static size_t workers_begin(struct evaluate *evaluate, pthread_t beside[EVALUATE_WORKERS]) {
  size_t wanted = workers_wanted(evaluate->options), begun = 0;
  while (evaluate->workers_n < wanted && worker_open(evaluate, NULL) == E_OK)
    ;
  for (size_t i = 1; i < evaluate->workers_n && evaluate->workers[i].desk; i++)
    begun += pthread_create(&beside[begun], NULL, work, &evaluate->workers[i]) == 0;
  return begun;
}

/* The first page is given before anybody else is called: a school of one page needs one connection. */
static void workers_run(struct evaluate *evaluate) {
  pthread_t beside[EVALUATE_WORKERS];
  size_t begun = page_give(evaluate, &evaluate->workers[0]) && evaluate->more ? workers_begin(evaluate, beside) : 0;
  work(&evaluate->workers[0]);
  while (begun > 0)
    pthread_join(beside[--begun], NULL);
}

int evaluate_school(struct dbsync *db, const struct evaluate_options *options, struct evaluate_counts *counts,
                    char reason[EVALUATE_REASON]) {
  struct evaluate *evaluate = malloc(sizeof *evaluate);
  *counts = (struct evaluate_counts){0};
  snprintf(reason, EVALUATE_REASON, "%s", err_text(E_NOMEM));
  if (!evaluate)
    return E_NOMEM;
  *evaluate = (struct evaluate){.options = options, .counts = counts, .reason = reason, .more = true};
  pthread_mutex_init(&evaluate->lock, NULL);
  pthread_cond_init(&evaluate->moved, NULL);
  int err = worker_open(evaluate, db);
  if (!err) {
    reason[0] = '\0';
    workers_run(evaluate);
    err = evaluate->err;
  }
  for (size_t i = 0; i < evaluate->workers_n; i++)
    worker_close(&evaluate->workers[i], db);
  pthread_cond_destroy(&evaluate->moved);
  pthread_mutex_destroy(&evaluate->lock);
  free(evaluate);
  return err;
}

/* ---------------------------------------------------------------- the set in force */

int evaluate_parameters(struct dbsync *db, const struct evaluate_options *options, int32_t *ret_id,
                        char ret_version[RISK_VERSION_CHARS], char reason[EVALUATE_REASON]) {
  const struct model_set *set = NULL;
  bool students = false;
  snprintf(reason, EVALUATE_REASON, "%s", err_text(E_NOMEM));
  struct page_desk *desk = page_desk_new(db, options, reason);
  int err = desk ? page_set_in_force(desk, &students, &set) : E_NOMEM;
  if (!err && students && (!set || !set->params)) {
    if (set)
      snprintf(reason, EVALUATE_REASON, "the school's parameter set %d cannot be used: line %u, %s: %s", (int)set->id,
               set->fault.line, set->fault.key, set->fault.reason);
    else
      snprintf(reason, EVALUATE_REASON, "the school has no parameter set in force; stepguardctl params add gives it one");
    err = E_DATA;
  }
  if (!err) {
    *ret_id = set ? set->id : 0;
    snprintf(ret_version, RISK_VERSION_CHARS, "%s", set ? risk_params_version(set->params) : "");
  }
  page_desk_free(desk);
  return err;
}
