/*
 * What a night does for every student of a school, without the brief: read, assessed, recorded with flags and cases, kept for the
 * night and said to be whole. One line of JSON: seconds by the clock, how many students, results, flags, the processor's seconds
 * and the largest resident set of this side.
 *
 *   nightly_load DATABASE_URL SCHOOL NIGHT(days since 1970) AS_OF(seconds since 1970) [CONNECTIONS]
 *
 * On one connection where CONNECTIONS is 1.
 */
#include "db/evaluate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ARGS_BYTES = 1024, MILLISECONDS = 1000 };

struct night {
  const char *url, *school;
  int32_t day;
  int64_t as_of_ms;
  struct dbsync *db;
};

static double clock_s(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The largest so far; getrusage() would count what this process was before it became this program. */
static long resident_kb(void) {
  char line[128];
  long kb = 0;
  FILE *file = fopen("/proc/self/status", "r");
  while (file && fgets(line, sizeof line, file))
    if (strncmp(line, "VmHWM:", 6) == 0)
      kb = strtol(line + 6, NULL, 10);
  if (file)
    fclose(file);
  return kb;
}

/* Gives the number that the statement answers with. */
static int keep(const struct night *night, enum stmt stmt, const char *source, int64_t *ret) {
  struct args args;
  PGresult *res = NULL;
  args_init(&args, ARGS_BYTES);
  args_text(&args, night->school);
  args_day(&args, night->day);
  args_time(&args, night->as_of_ms);
  if (source)
    args_text(&args, source);
  int err = dbsync_call(night->db, stmt, &args, &res);
  if (!err)
    *ret = source ? cell_bool(res, 0, 0) : cell_i64(res, 0, 0);
  PQclear(res);
  return err;
}

static int work(const struct night *night, bool alone, struct evaluate_counts *counts, char reason[EVALUATE_REASON]) {
  const struct evaluate_options options = {.role = ROLE_REPORT,
                                           .school_code = night->school,
                                           .as_of_ms = night->as_of_ms,
                                           .database_url = alone ? NULL : night->url,
                                           .keep = true,
                                           .night = night->day};
  int64_t missing = 0, first = 0;
  int err = evaluate_school(night->db, &options, counts, reason);
  if (err)
    return err;
  err = keep(night, STMT_ESTIMATES_KEEP, NULL, &missing);
  if (!err)
    err = keep(night, STMT_REPORT_NIGHT_KEEP, "run", &first);
  if (err)
    snprintf(reason, EVALUATE_REASON, "%s", dbsync_reason(night->db));
  else if (missing > 0 || !first)
    snprintf(reason, EVALUATE_REASON, "%" PRId64 " students are missing, or the night was whole before", missing);
  return err || missing > 0 || !first ? -1 : 0;
}

int main(int argc, char **argv) {
  struct evaluate_counts counts;
  char reason[EVALUATE_REASON];
  if (argc < 5)
    return EXIT_FAILURE;
  struct night night = {.url = argv[1],
                        .school = argv[2],
                        .day = (int32_t)strtol(argv[3], NULL, 10),
                        .as_of_ms = strtoll(argv[4], NULL, 10) * MILLISECONDS};
  double begun = clock_s(CLOCK_MONOTONIC);
  int err = dbsync_open(night.url, ROLE_REPORT, &night.db, reason, sizeof reason);
  if (!err)
    err = work(&night, argc > 5 && strcmp(argv[5], "1") == 0, &counts, reason);
  dbsync_close(night.db);
  if (err) {
    fprintf(stderr, "%s\n", reason);
    return EXIT_FAILURE;
  }
  printf("{\"seconds\": %.6f, \"cpu_seconds\": %.6f, \"rss_kb\": %ld, \"students\": %" PRIu64 ", \"results\": %" PRIu64
         ", \"recorded\": %" PRIu64 ", \"flags\": %" PRIu64 "}\n",
         clock_s(CLOCK_MONOTONIC) - begun, clock_s(CLOCK_PROCESS_CPUTIME_ID), resident_kb(), counts.students, counts.results,
         counts.recorded, counts.flags);
  return EXIT_SUCCESS;
}
