/*
 * Opening a past class for a calculation: parameters first, because their catalogue decides which instruments exist, then the
 * files. No configuration and no database: a school can hand its files to somebody who has neither.
 *
 * Rows that cannot be are printed as they are met and the rest is used; the exit code says that there were some.
 */
#include "ctl/study.h"

#include "base/err.h"
#include "base/file.h"

#include <inttypes.h>
#include <stdlib.h>

enum { TEXT_BYTES = 4 * 1024 * 1024, PATH_BYTES = 4096 };

static const char shipped[] = RISK_PARAMS_DEFAULT;

/* ---------------------------------------------------------------- parameters */

static struct risk_params *params_of(struct study *study, const char *name, const char *body, size_t body_len,
                                     const char *instruments) {
  struct risk_params_fault fault = {0};
  struct risk_params *params = risk_params_parse(body, body_len, study->catalogue, study->catalogue_len, &fault);
  if (!params)
    ctl_fail(study->ctl, EXIT_PROBLEMS, "%s%s%s, line %u: %s: %s", name, instruments ? " with " : "",
             instruments ? instruments : "", fault.line, fault.key, fault.reason);
  return params;
}

static int text_read(struct ctl *ctl, const char *file, char **ret, size_t *ret_len) {
  char reason[FILE_REASON] = "";
  int err = file_read(file, TEXT_BYTES, ret, ret_len, reason);
  return err ? ctl_fail(ctl, cli_exit_of(err), "%s", reason) : EXIT_DONE;
}

static int params_open(struct study *study, const struct study_options *options) {
  char path[PATH_BYTES];
  size_t len;
  const char *text = risk_params_builtin(shipped, &len), *instruments = options->instruments;
  if (!instruments && past_file(path, sizeof path, options->data, "instruments.csv"))
    instruments = path;
  int code = instruments ? text_read(study->ctl, instruments, &study->catalogue, &study->catalogue_len) : EXIT_DONE;
  if (!code && options->fit)
    code = text_read(study->ctl, options->fit, &study->body, &study->body_len);
  if (code)
    return code;
  study->published = params_of(study, shipped, text, len, instruments);
  if (!study->published)
    return EXIT_PROBLEMS;
  study->params = options->fit ? params_of(study, options->fit, study->body, study->body_len, instruments)
                               : params_of(study, shipped, text, len, instruments);
  return study->params ? EXIT_DONE : EXIT_PROBLEMS;
}

/* ---------------------------------------------------------------- files */

static void finding_take(void *arg, const char *file, const struct csv_finding *finding) {
  struct study *study = arg;
  json_array_append_new(study->findings, ctl_finding_json(file, finding, ""));
  if (study->shown++ >= CTL_FINDINGS_SHOWN)
    return;
  progress_end(&study->progress);
  ctl_finding(study->ctl, file, finding, "");
}

static struct past_options past_options_of(struct study *study, const struct study_options *options) {
  return (struct past_options){.directory = options->data,
                               .zone = study->zone,
                               .known = risk_params_knows,
                               .known_arg = study->params,
                               .finding = finding_take,
                               .progress = study_at,
                               .arg = study};
}

static void findings_end(struct study *study, const char *data) {
  if (study->shown > CTL_FINDINGS_SHOWN)
    ctl_fail(study->ctl, EXIT_PROBLEMS, "%s: %" PRIu64 " more findings are not shown; --json has all", data,
             study->shown - CTL_FINDINGS_SHOWN);
}

static int read_failed(struct study *study, int err, const char *reason) {
  return ctl_fail(study->ctl, err == E_INVALID ? EXIT_PROBLEMS : EXIT_REFUSED, "%s", reason);
}

static int past_open(struct study *study, const struct study_options *options) {
  char reason[PAST_REASON];
  const struct past_options given = past_options_of(study, options);
  study_begin(study, "bytes");
  int err = past_read(&given, &study->past, reason);
  study_end(study);
  findings_end(study, options->data);
  study->refused = err ? 0 : study->past->refused;
  return err ? read_failed(study, err, reason) : EXIT_DONE;
}

struct visiting {
  struct study *study;
  int (*visit)(void *arg, const struct past *part, const struct past_totals *totals);
  void *arg;
  bool begun, stopped;
};

static int part_visit(void *arg, const struct past *part, const struct past_totals *totals) {
  struct visiting *visiting = arg;
  if (!visiting->begun) {
    study_end(visiting->study);
    study_begin(visiting->study, "students");
  }
  visiting->begun = true;
  int err = visiting->visit(visiting->arg, part, totals);
  visiting->stopped = err != E_OK;
  return err;
}

int study_parts(struct study *study, const struct study_options *options,
                int (*visit)(void *arg, const struct past *part, const struct past_totals *totals), void *arg,
                struct past_totals *ret) {
  char reason[PAST_REASON];
  struct visiting visiting = {.study = study, .visit = visit, .arg = arg};
  const struct past_parts_options given = {.past = past_options_of(study, options), .visit = part_visit, .arg = &visiting};
  study_begin(study, "bytes");
  int err = past_parts(&given, ret, reason);
  study_end(study);
  findings_end(study, options->data);
  study->refused = ret->refused;
  return visiting.stopped ? EXIT_REFUSED : err ? read_failed(study, err, reason) : EXIT_DONE;
}

int study_prepare(struct ctl *ctl, const struct study_options *options, struct study *ret) {
  *ret = (struct study){.ctl = ctl, .findings = json_array()};
  if (!options->data)
    return ctl_fail(ctl, EXIT_USAGE, "which class? Give --data DIR, the directory that has results.csv");
  if (options->zone && !(ret->zone = zone_load(options->zone)))
    return ctl_fail(ctl, EXIT_USAGE, "there is no time zone \"%s\" on this machine", options->zone);
  return ret->findings ? params_open(ret, options) : ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
}

int study_open(struct ctl *ctl, const struct study_options *options, struct study *ret) {
  int code = study_prepare(ctl, options, ret);
  return code ? code : past_open(ret, options);
}

void study_close(struct study *study) {
  past_free(study->past);
  risk_params_free(study->params);
  risk_params_free(study->published);
  zone_free(study->zone);
  free(study->body);
  free(study->catalogue);
  json_decref(study->findings);
}

int study_verdict(struct study *study) {
  if (study->refused == 0)
    return EXIT_DONE;
  return ctl_fail(study->ctl, EXIT_PROBLEMS, "%" PRIu64 " rows could not be used and were left out", study->refused);
}

/* ---------------------------------------------------------------- progress */

void study_begin(struct study *study, const char *what) {
  progress_start(&study->progress, what, 0);
}

void study_at(void *arg, uint64_t done, uint64_t total) {
  struct study *study = arg;
  study->progress.total = total;
  progress_at(&study->progress, done);
}

void study_end(struct study *study) {
  progress_end(&study->progress);
}
