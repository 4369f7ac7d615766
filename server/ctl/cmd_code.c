/*
 * code issue: one-time codes for students, as a file for letters.
 *
 * The order is what keeps a code from being lost: inside one transaction the hashes go to the database, then the file is
 * written and synced, then it is committed. A disk that is full leaves the students with the codes they had; a commit that
 * fails leaves a file whose codes are unknown, and that is said.
 */
#include "ctl/ctl.h"
#include "ctl/letters.h"

#include "base/err.h"
#include "db/state.h"
#include "pki/make.h"
#include "proto/result.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  PAGE = 200,
  PAGE_BYTES = 64 * 1024 * 1024, /* one student's results at a time */
  ROWS_BYTES = 64 * 1024 * 1024,
};

struct issue_options {
  struct cli_list students;
  const char *out;
  long expires_days;
  bool all, unenrolled;
};

static const struct cli_option issue_cli[] = {
    CLI_MANY("student", "ID", struct issue_options, students, "for this student; may be given several times"),
    CLI_FLAG("all", struct issue_options, all, "for every student on the roster"),
    CLI_FLAG("unenrolled", struct issue_options, unenrolled, "for every student without a device"),
    CLI_TEXT("out", "FILE|DIR", struct issue_options, out,
             "a new CSV file for a mail merge, or an existing directory (or a name ending in /) for one file a student"),
    CLI_NUMBER("expires-days", "N", struct issue_options, expires_days, 14, 1, 365, "a code works up to the end of this day"),
};

/* ---------------------------------------------------------------- for whom */

/* Reads one page of students, adds those meant; *after moves on. */
static int students_page(struct ctl *ctl, bool unenrolled_only, struct codes *codes, int64_t *after, int *ret_rows) {
  struct args args;
  struct arena arena;
  PGresult *res = NULL;
  args_init(&args, 1024);
  args_text(&args, ctl->conf->school_code);
  args_i64(&args, *after);
  args_i32(&args, PAGE);
  int code = ctl_call(ctl, STMT_OPERATOR_STATES, &args, &res);
  if (code)
    return code;
  int err = 0;
  arena_init(&arena, PAGE_BYTES);
  for (int row = 0; row < cell_rows(res) && !err; row++) {
    struct student_state state;
    arena_reset(&arena);
    err = state_decode(res, row, 0, &arena, &state);
    if (!err && !(unenrolled_only && state.input.enrolled))
      err = codes_add(codes, state.external_id);
    if (!err)
      *after = state.student_id;
  }
  *ret_rows = cell_rows(res);
  arena_done(&arena);
  PQclear(res);
  return err ? ctl_fail(ctl, EXIT_REFUSED, "cannot make codes: %s", err_text(err)) : EXIT_DONE;
}

static int students_collect(struct ctl *ctl, const struct issue_options *options, struct codes *codes) {
  int64_t after = 0;
  int rows = PAGE, code = EXIT_DONE;
  for (size_t i = 0; i < options->students.n && !code; i++) {
    int err = codes_add(codes, options->students.item[i]);
    if (err)
      code = ctl_fail(ctl, cli_exit_of(err), "no code for student \"%.70s\": %s", options->students.item[i], err_text(err));
  }
  while ((options->all || options->unenrolled) && rows == PAGE && !code)
    code = students_page(ctl, options->unenrolled, codes, &after, &rows);
  return code;
}

/* ---------------------------------------------------------------- database and file */

static bool is_directory(const char *path) {
  struct stat there;
  size_t len = strlen(path);
  return (len > 0 && path[len - 1] == '/') || (stat(path, &there) == 0 && S_ISDIR(there.st_mode));
}

static int hashes_send(struct ctl *ctl, const struct codes *codes, int64_t expires_ms, json_t **ret) {
  struct args args;
  struct buf rows;
  buf_init(&rows, ROWS_BYTES);
  codes_put_hashes(codes, &rows);
  buf_put_u8(&rows, '\0');
  int code = buf_finish(&rows) ? ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM)) : EXIT_DONE;
  if (!code) {
    args_init(&args, ROWS_BYTES);
    args_text(&args, ctl->conf->school_code);
    args_text(&args, (const char *)rows.data);
    args_time(&args, expires_ms);
    code = ctl_call_json(ctl, STMT_CODES_ISSUE, &args, ret);
  }
  buf_done(&rows);
  return code;
}

static int codes_store(struct ctl *ctl, struct codes *codes, const char *out, int32_t last_day, json_t **ret) {
  char reason[FILE_REASON] = "", expires[11];
  if (dbsync_begin(ctl->db) < 0)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", dbsync_reason(ctl->db));
  int code = hashes_send(ctl, codes, zone_midnight_ms(ctl->zone, last_day + 1), ret);
  if (code)
    goto fail;
  codes_confirm(codes, *ret);
  result_format_day(expires, last_day);
  int err = is_directory(out) ? letters_write_files(codes, out, reason) : letters_write_csv(codes, out, expires, reason);
  if (err) {
    code = ctl_fail(ctl, EXIT_REFUSED, "%s; no code was issued", *reason ? reason : err_text(err));
    goto fail;
  }
  if (dbsync_commit(ctl->db) < 0)
    return ctl_fail(ctl, EXIT_REFUSED, "%s; the codes in %s may not work: issue them again", dbsync_reason(ctl->db), out);
  return EXIT_DONE;
fail:
  (void)dbsync_rollback(ctl->db);
  return code;
}

static int issue_say(struct ctl *ctl, const json_t *answer, const char *out, int32_t last_day) {
  size_t i;
  json_t *unknown = json_object_get(answer, "unknown"), *id;
  char expires[11];
  result_format_day(expires, last_day);
  json_array_foreach(unknown, i, id) {
    ctl_fail(ctl, EXIT_PROBLEMS, "there is no student \"%s\" on the roster", json_string_value(id) ? json_string_value(id) : "?");
  }
  int code = json_array_size(unknown) > 0 ? EXIT_PROBLEMS : EXIT_DONE;
  if (!ctl->global.json) {
    ctl_say(ctl, "%lld codes issued, good up to the end of %s (%s), written to %s", (long long)ctl_integer(answer, "issued"),
            expires, ctl->conf->zone, out);
    return code;
  }
  int printed = ctl_print_json(ctl, json_pack("{s:I,s:s,s:s,s:O?}", "issued", (json_int_t)ctl_integer(answer, "issued"), "out", out,
                                              "expires", expires, "unknown", unknown));
  return printed ? printed : code;
}

static int issue_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)words;
  const struct issue_options *options = given;
  struct codes codes = {0};
  uint8_t fingerprint[32];
  char reason[400] = "";
  json_t *answer = NULL;
  if ((options->students.n > 0) + options->all + options->unenrolled != 1)
    return ctl_fail(ctl, EXIT_USAGE, "for whom? One of --student ID, --all, --unenrolled");
  if (!options->out)
    return ctl_fail(ctl, EXIT_USAGE, "where to? --out FILE or --out DIR");
  int code = ctl_zone(ctl);
  if (code)
    return code;
  if (pki_fingerprint(ctl->conf->ca_certificate, fingerprint, reason, sizeof reason) < 0)
    return ctl_fail(ctl, EXIT_PROBLEMS, "%s", reason);
  memcpy(codes.fingerprint, fingerprint, sizeof codes.fingerprint);
  code = ctl_database(ctl);
  if (!code)
    code = students_collect(ctl, options, &codes);
  if (!code && codes.n == 0) {
    ctl_say(ctl, "nobody to issue a code to");
    code = ctl->global.json ? ctl_print_json(ctl, json_pack("{s:i,s:[]}", "issued", 0, "unknown")) : EXIT_DONE;
  } else if (!code) {
    int32_t last_day = zone_day(ctl->zone, clock_wall_ms()) + (int32_t)options->expires_days;
    code = codes_store(ctl, &codes, options->out, last_day, &answer);
    if (!code)
      code = issue_say(ctl, answer, options->out, last_day);
  }
  json_decref(answer);
  codes_done(&codes);
  return code;
}

const struct ctl_command ctl_code_issue = {
    .name = "code issue",
    .words = "",
    .summary = "make one-time codes with which students enrol a device",
    .text = "A code works once, up to the end of the day printed beside it. Issuing a new one ends the student's earlier ones. The "
            "codes are nowhere else than in the file written here (mode 0600); the database keeps hashes. Hand them out by "
            "letter or in person, then delete the file.",
    .examples = "stepguardctl code issue --unenrolled --out codes.csv\n"
                "stepguardctl code issue --student 1042 --expires-days 3 --out codes/",
    .options = issue_cli,
    .options_n = sizeof issue_cli / sizeof *issue_cli,
    .run = issue_run,
};
