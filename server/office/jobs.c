/*
 * Jobs: what takes longer than a request may. The database hands each to one daemon for a lease (api.job_claim); the worker goes
 * through the school's students a page at a time, computes on the lane, and says after each page how far it is, which keeps the
 * lease.
 *
 *   IDLE       timer, sg_job ──> CLAIMING
 *   CLAIMING   a job ──> READING          none ──> IDLE
 *   READING    a page ──> COMPUTING       no more ──> FINISHING
 *   COMPUTING  ──> ADVANCING              (WAITING before it, while the lane is full)
 *   ADVANCING  still ours ──> READING     cancelled, or another's ──> IDLE
 *   FINISHING  ──> IDLE, which looks for the next one at once
 *
 * Whatever fails on the way (database away, lane full, this process killed) needs no cleaning up: the lease ends, and whoever
 * claims the job next begins it anew. Sums of half a school are not kept: a school of 2,000 takes seconds, and a result put
 * together by two daemons would be one that nobody can compute again.
 *
 * The page is as many students as a helper thread computes in about a tenth of a second, because the same threads prove passwords.
 * Between lane_run() and computed() the thread owns `work`, and the loop looks at nothing in it.
 *
 * Rejected: a process of its own for jobs (one more thing to start and watch, for seconds of work a week); computing in PL/pgSQL
 * (there is one engine).
 */
#include "office/jobs.h"

#include "base/err.h"
#include "base/log.h"
#include "base/when.h"
#include "db/pasts.h"
#include "risk/params.h"
#include "study/preview.h"
#include "study/replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  JOBS_IDLE_MS = 15 * 1000, /* how late a lease that has ended is noticed; new jobs are heard of at once */
  JOBS_BUSY_MS = 500,       /* lane or pool are full: again after this */
  LEASE_S = 30,             /* a page takes a tenth of a second; a daemon that stands still for so long is gone */
  PAGE_MOST = 64,
  PAGE_ESTIMATES = 8000,           /* about a tenth of a second on one core */
  PAGE_BYTES = 256 * 1024 * 1024,  /* PAGE_MOST students with RISK_MAX_RESULTS each; only then so large */
  RESULT_BYTES = 16 * 1024 * 1024, /* three years of weeks, twice, take 300 KiB */
  ARGS_SMALL = 1024,
  REASON = 240,
  CHANGES = 16, /* as api.replay_begin takes */
  CHANGE_CHARS = 64,
  SETS = 2,
};

enum { BASE, PROPOSED };
enum job_kind { JOB_REPLAY, JOB_PREVIEW };
enum state { IDLE, CLAIMING, READING, WAITING, COMPUTING, ADVANCING, FINISHING };

enum { /* columns of job_claim */
       CLAIM_SCHOOL,
       CLAIM_JOB,
       CLAIM_KIND,
       CLAIM_ZONE,
       CLAIM_FROM,
       CLAIM_TO,
       CLAIM_EVERY,
       CLAIM_LEAD,
       CLAIM_CHANGES,
       CLAIM_SETS, /* version, body, instruments of the set in force; the same of the proposed one */
};

/* What a job computes with and into; the helper thread's while the state is COMPUTING. */
struct work {
  enum job_kind kind;
  struct risk_params *params[SETS];
  struct walk_moment *moments;
  size_t moments_n;
  struct replay replays[SETS];
  struct preview preview;
  struct walk_desk desk;
  struct arena arena; /* of the page */
  struct student_past *page;
  size_t page_n;
  uint32_t skipped;
  int err;
};

struct jobs {
  struct office *office;
  struct loop_timer *timer;
  char worker[96];
  enum state state;
  bool stopped;
  bool again; /* a job was announced while this one was under way */
  int32_t school_id;
  int64_t job_id, after; /* after: the last student computed */
  int32_t done;          /* students computed */
  struct work work;
};

/* ---------------------------------------------------------------- computing, on a helper thread */

static int student_compute(struct work *work, const struct student_past *past) {
  if (work->kind == JOB_PREVIEW)
    return preview_student(&work->preview, work->params[BASE], work->params[PROPOSED], &work->moments[0], past->student_id,
                           &past->who, &work->desk);
  int err = replay_student(&work->replays[BASE], work->params[BASE], &past->who, &work->desk);
  return err ? err : replay_student(&work->replays[PROPOSED], work->params[PROPOSED], &past->who, &work->desk);
}

static void page_compute(void *arg) {
  struct work *work = &((struct jobs *)arg)->work;
  for (size_t i = 0; i < work->page_n && !work->err; i++) {
    int err = student_compute(work, &work->page[i]);
    if (err == E_LIMIT)
      work->skipped++;
    else
      work->err = err;
  }
}

/* ---------------------------------------------------------------- what a job needs */

static void work_done(struct work *work) {
  for (int set = 0; set < SETS; set++) {
    risk_params_free(work->params[set]);
    replay_done(&work->replays[set]);
  }
  preview_done(&work->preview);
  walk_desk_done(&work->desk);
  arena_done(&work->arena);
  free(work->moments);
  *work = (struct work){0};
}

/* "floor=0.8\nceiling=0.9" into its parts; the names are copied, the values end the text. */
static int changes_split(char *text, struct replay_change changes[CHANGES], size_t *ret_n) {
  size_t n = 0;
  for (char *line = text; *line;) {
    char *equals = strchr(line, '='), *end = line + strcspn(line, "\n");
    bool last = *end == '\0';
    if (!equals || equals > end || n == CHANGES)
      return E_INVALID;
    *equals = *end = '\0';
    changes[n++] = (struct replay_change){line, equals + 1};
    line = last ? end : end + 1;
  }
  *ret_n = n;
  return E_OK;
}

static int params_make(struct work *work, const PGresult *res, char reason[REASON]) {
  struct replay_change changes[CHANGES];
  char text[CHANGES * 2 * CHANGE_CHARS];
  size_t n = 0;
  int err = snprintf(text, sizeof text, "%s", cell_text(res, 0, CLAIM_CHANGES)) < (int)sizeof text ? E_OK : E_LIMIT;
  if (!err)
    err = changes_split(text, changes, &n);
  for (int set = 0; set < SETS && !err; set++) {
    const char *body = cell_text(res, 0, CLAIM_SETS + 3 * set + 1), *instruments = cell_text(res, 0, CLAIM_SETS + 3 * set + 2);
    err = replay_params(body, strlen(body), instruments, strlen(instruments), changes, set == PROPOSED ? n : 0, &work->params[set],
                        reason, REASON);
  }
  return err;
}

static int moments_make(struct work *work, const PGresult *res, const struct zone *zone) {
  const bool replay = work->kind == JOB_REPLAY;
  const int32_t from = replay ? cell_day(res, 0, CLAIM_FROM) : 0, to = replay ? cell_day(res, 0, CLAIM_TO) : 0;
  const int32_t every = replay ? cell_i32(res, 0, CLAIM_EVERY) : 1;
  if (every < 1 || to < from || (to - from) / every >= REPLAY_MOMENTS)
    return E_LIMIT;
  work->moments_n = (size_t)((to - from) / every) + 1;
  work->moments = calloc(work->moments_n, sizeof *work->moments);
  if (!work->moments)
    return E_NOMEM;
  for (size_t i = 0; i < work->moments_n; i++) {
    int64_t as_of_ms = replay ? when_night_ms(zone, from + (int32_t)i * every) : clock_wall_ms();
    work->moments[i] = (struct walk_moment){as_of_ms, zone_day(zone, as_of_ms), zone_offset_s(zone, as_of_ms)};
  }
  const struct replay_options options = {work->moments, work->moments_n, replay ? cell_i32(res, 0, CLAIM_LEAD) : 0};
  int err = E_OK;
  for (int set = 0; set < SETS && replay && !err; set++)
    err = replay_init(&work->replays[set], &options);
  return err;
}

static int work_make(struct work *work, const PGresult *res, char reason[REASON]) {
  *work = (struct work){.kind = strcmp(cell_text(res, 0, CLAIM_KIND), "replay") == 0 ? JOB_REPLAY : JOB_PREVIEW};
  arena_init(&work->arena, PAGE_BYTES);
  struct zone *zone = zone_load(cell_text(res, 0, CLAIM_ZONE));
  int err = zone ? params_make(work, res, reason) : E_SYSTEM;
  if (!err)
    err = moments_make(work, res, zone);
  zone_free(zone);
  if (err && !reason[0])
    snprintf(reason, REASON, "%s", err_text(err));
  return err;
}

static int32_t page_size(const struct work *work) {
  size_t students = PAGE_ESTIMATES / (SETS * work->moments_n);
  return students < 1 ? 1 : students > PAGE_MOST ? PAGE_MOST : (int32_t)students;
}

static void put_result(struct buf *buf, struct work *work) {
  const char *base = risk_params_version(work->params[BASE]), *proposed = risk_params_version(work->params[PROPOSED]);
  buf_printf(buf, "{\"skipped\":%u,", work->skipped);
  if (work->kind == JOB_PREVIEW) {
    preview_put_json(buf, &work->preview);
  } else {
    const struct replay_named sets[SETS] = {{&work->replays[BASE], "in_force", base},
                                            {&work->replays[PROPOSED], "proposed", proposed}};
    replay_put_json(buf, sets, SETS);
  }
  buf_put(buf, "}", sizeof "}"); /* with its NUL */
}

/* ---------------------------------------------------------------- one after the other */

static void page_read(struct jobs *jobs);

static void rest(struct jobs *jobs, int ms) {
  work_done(&jobs->work);
  jobs->state = IDLE;
  if (!jobs->stopped)
    loop_timer_set(jobs->timer, ms);
}

/* Gives the job up for now; its lease will end. */
static void leave(struct jobs *jobs, const char *where, int err) {
  log_event(LOG_WARN, NULL, "job_left", "job=%" PRId64 " at=%s err=%s", jobs->job_id, where,
            err_name(jobs->stopped ? E_CLOSED : err));
  rest(jobs, JOBS_IDLE_MS);
}

static void finished(void *arg, int err, const PGresult *res) {
  struct jobs *jobs = arg;
  if (err) {
    leave(jobs, "finish", err);
    return;
  }
  log_event(LOG_INFO, NULL, "job_finished", "job=%" PRId64 " students=%d kept=%d", jobs->job_id, jobs->done, cell_bool(res, 0, 0));
  rest(jobs, 0); /* there may be another */
}

/* With the sentence why there is no result, or NULL. */
static void finish(struct jobs *jobs, const char *why) {
  struct args args;
  struct buf result;
  buf_init(&result, RESULT_BYTES);
  if (!why)
    put_result(&result, &jobs->work);
  int err = buf_finish(&result);
  if (err)
    why = err_text(err);
  args_init(&args, RESULT_BYTES);
  args_i32(&args, jobs->school_id);
  args_i64(&args, jobs->job_id);
  args_text(&args, jobs->worker);
  args_i32(&args, jobs->done);
  args_text(&args, why ? NULL : (const char *)result.data);
  args_text(&args, why);
  buf_done(&result);
  jobs->state = FINISHING;
  err = pool_call(jobs->office->write_pool, STMT_JOB_FINISH, &args, finished, jobs);
  if (err)
    leave(jobs, "finish", err);
}

static void advanced(void *arg, int err, const PGresult *res) {
  struct jobs *jobs = arg;
  if (err || jobs->stopped)
    leave(jobs, "advance", err);
  else if (!cell_bool(res, 0, 0))
    rest(jobs, 0); /* cancelled, or another's */
  else
    page_read(jobs);
}

static void computed(void *arg) {
  struct jobs *jobs = arg;
  struct args args;
  if (jobs->stopped) {
    leave(jobs, "compute", E_CLOSED);
    return;
  }
  if (jobs->work.err) {
    finish(jobs, err_text(jobs->work.err));
    return;
  }
  jobs->done += (int32_t)jobs->work.page_n;
  args_init(&args, ARGS_SMALL);
  args_i32(&args, jobs->school_id);
  args_i64(&args, jobs->job_id);
  args_text(&args, jobs->worker);
  args_i32(&args, jobs->done);
  args_i32(&args, LEASE_S);
  jobs->state = ADVANCING;
  int err = pool_call(jobs->office->write_pool, STMT_JOB_ADVANCE, &args, advanced, jobs);
  if (err)
    leave(jobs, "advance", err);
}

static int page_decode(struct jobs *jobs, const PGresult *res) {
  struct work *work = &jobs->work;
  arena_reset(&work->arena);
  work->page_n = 0;
  work->page = arena_zalloc(&work->arena, (size_t)cell_rows(res), sizeof *work->page);
  if (!work->page)
    return E_NOMEM;
  for (int row = 0; row < cell_rows(res); row++) {
    int err = pasts_decode(res, row, 0, &work->arena, &work->page[row]);
    if (err)
      return err;
    work->page_n++;
    jobs->after = work->page[row].student_id;
  }
  return E_OK;
}

/* A full lane is one that proves passwords: the page waits for it. */
static void page_start(struct jobs *jobs) {
  jobs->state = COMPUTING;
  if (lane_run(jobs->office->lane, page_compute, computed, jobs) == E_OK)
    return;
  jobs->state = WAITING;
  loop_timer_set(jobs->timer, JOBS_BUSY_MS);
}

static void page_came(void *arg, int err, const PGresult *res) {
  struct jobs *jobs = arg;
  if (err || jobs->stopped) {
    leave(jobs, "read", err);
    return;
  }
  if (cell_rows(res) == 0) {
    finish(jobs, NULL);
    return;
  }
  err = page_decode(jobs, res);
  if (err) {
    finish(jobs, err_text(err));
    return;
  }
  page_start(jobs);
}

static void page_read(struct jobs *jobs) {
  struct args args;
  args_init(&args, ARGS_SMALL);
  args_i32(&args, jobs->school_id);
  args_i64(&args, jobs->job_id);
  args_i64(&args, jobs->after);
  args_i32(&args, page_size(&jobs->work));
  jobs->state = READING;
  int err = pool_call(jobs->office->read_pool, STMT_JOB_STUDENTS, &args, page_came, jobs);
  if (err)
    leave(jobs, "read", err);
}

static void claimed(void *arg, int err, const PGresult *res) {
  struct jobs *jobs = arg;
  char reason[REASON] = "";
  if (err || jobs->stopped || cell_rows(res) == 0) {
    bool again = jobs->again && !err;
    jobs->again = false;
    rest(jobs, again ? 0 : JOBS_IDLE_MS);
    return;
  }
  jobs->school_id = cell_i32(res, 0, CLAIM_SCHOOL);
  jobs->job_id = cell_i64(res, 0, CLAIM_JOB);
  jobs->after = 0;
  jobs->done = 0;
  log_event(LOG_INFO, NULL, "job_begun", "job=%" PRId64 " kind=%s", jobs->job_id, cell_text(res, 0, CLAIM_KIND));
  if (work_make(&jobs->work, res, reason))
    finish(jobs, reason);
  else
    page_read(jobs);
}

static void claim(struct jobs *jobs) {
  struct args args;
  args_init(&args, ARGS_SMALL);
  args_text(&args, jobs->worker);
  args_i32(&args, LEASE_S);
  jobs->state = CLAIMING;
  jobs->again = false;
  if (pool_call(jobs->office->write_pool, STMT_JOB_CLAIM, &args, claimed, jobs) < 0)
    rest(jobs, JOBS_BUSY_MS);
}

static void tick(void *arg) {
  struct jobs *jobs = arg;
  if (jobs->state == IDLE)
    claim(jobs);
  else if (jobs->state == WAITING)
    page_start(jobs);
}

void jobs_heard(struct jobs *jobs) {
  jobs->again = true;
  if (jobs->state == IDLE && !jobs->stopped)
    loop_timer_set(jobs->timer, 0);
}

/* ---------------------------------------------------------------- life */

struct jobs *jobs_new(struct office *office) {
  char host[65] = "";
  struct jobs *jobs = calloc(1, sizeof *jobs);
  if (!jobs)
    return NULL;
  jobs->office = office;
  jobs->timer = loop_timer_new(office->loop, tick, jobs);
  if (!jobs->timer) {
    free(jobs);
    return NULL;
  }
  gethostname(host, sizeof host - 1);
  /* The time as well: after a restart the number of the process may come back, and its lease must not. */
  snprintf(jobs->worker, sizeof jobs->worker, "%s/%d/%" PRId64, host, (int)getpid(), clock_wall_ms());
  loop_timer_set(jobs->timer, JOBS_BUSY_MS);
  return jobs;
}

void jobs_stop(struct jobs *jobs) {
  jobs->stopped = true;
  loop_timer_clear(jobs->timer);
}

void jobs_free(struct jobs *jobs) {
  if (!jobs)
    return;
  work_done(&jobs->work);
  loop_timer_free(jobs->timer);
  free(jobs);
}
