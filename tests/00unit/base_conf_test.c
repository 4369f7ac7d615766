/* The configuration: every type, every kind of fault, and that one run names them all with file, line and key. */
#include "base/conf.h"
#include "base/conf_table.h"
#include "base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { FINDINGS_MAX = 40 };

static char directory[64], path[128];
static struct conf_finding findings[FINDINGS_MAX];
static size_t findings_n;

static const char school[] = "[school]\ncode = demo\nname = School of the tests\nzone = America/New_York\n";

static int make_directory(void **state) {
  (void)state;
  snprintf(directory, sizeof directory, "/tmp/sg-conf-XXXXXX");
  if (!mkdtemp(directory))
    return -1;
  snprintf(path, sizeof path, "%s/stepguard.conf", directory);
  return 0;
}

static int remove_directory(void **state) {
  (void)state;
  unlink(path);
  return rmdir(directory);
}

static void collect(void *arg, const struct conf_finding *finding) {
  (void)arg;
  assert_true(findings_n < FINDINGS_MAX);
  assert_string_equal(finding->file, path);
  findings[findings_n++] = *finding;
}

static struct conf *load_bytes(const char *text, size_t len) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, len), (ssize_t)len);
  close(fd);
  findings_n = 0;
  return conf_load(path, collect, NULL);
}

static struct conf *load(const char *more) {
  char text[8192];
  snprintf(text, sizeof text, "%s%s", school, more);
  return load_bytes(text, strlen(text));
}

static void assert_finding(size_t i, unsigned line, const char *key, const char *part) {
  assert_true(i < findings_n);
  if (findings[i].line != line || strcmp(findings[i].key, key) != 0 || !strstr(findings[i].reason, part))
    fail_msg("finding %zu is %u: %s: %s, not %u: %s: ...%s...", i, findings[i].line, findings[i].key, findings[i].reason, line, key,
             part);
}

/* `more` must be refused with one finding. */
static void assert_refused(const char *more, unsigned line, const char *key, const char *part) {
  struct conf *conf = load(more);
  assert_null(conf);
  assert_int_equal(findings_n, 1);
  assert_finding(0, line, key, part);
}

/* systemd hands secrets over in a directory of the start's own; a tool at a shell has none and goes on without. */
static void a_path_may_be_a_credential(void **state) {
  static const char text[] = "[office]\nsecrets_key = credential:office.key\n[student]\nkey = credential:server.key\n";
  (void)state;
  setenv("CREDENTIALS_DIRECTORY", "/run/credentials/stepguardd.service", 1);
  struct conf *conf = load(text);
  assert_non_null(conf);
  assert_string_equal(conf->office_secrets_key, "/run/credentials/stepguardd.service/office.key");
  assert_string_equal(conf->office_key, "/run/credentials/stepguardd.service/server.key"); /* borrowed */
  assert_false(conf_is_credential(conf->office_secrets_key));
  conf_unref(conf);
  unsetenv("CREDENTIALS_DIRECTORY");
  conf = load(text);
  assert_non_null(conf);
  assert_string_equal(conf->office_secrets_key, "credential:office.key");
  assert_string_equal(conf->office_key, "credential:server.key");
  assert_true(conf_is_credential(conf->office_key));
  conf_unref(conf);
  char private[96], expected[128];
  snprintf(private, sizeof private, "%s/private", directory);
  assert_int_equal(mkdir(private, S_IRWXU), 0); /* where the units take them from */
  conf = load(text);
  assert_non_null(conf);
  snprintf(expected, sizeof expected, "%s/server.key", private);
  assert_string_equal(conf->office_key, expected); /* borrowed */
  assert_false(conf_is_credential(conf->office_key));
  conf_unref(conf);
  assert_int_equal(rmdir(private), 0);
  assert_refused("[office]\nkey = credential:\n", 6, "office.key", "names no credential");
  assert_refused("[office]\nkey = credential:../x\n", 6, "office.key", "names no credential");
  assert_refused("[office]\nkey = credential:a/b\n", 6, "office.key", "names no credential");
}

static void the_school_is_enough(void **state) {
  (void)state;
  char wanted[128];
  struct conf *conf = load("");
  assert_non_null(conf);
  assert_string_equal(conf->school_code, "demo");
  assert_string_equal(conf->student_listen, "[::]:7443");
  assert_int_equal(conf->database_connections, 2);
  assert_int_equal(conf->certificate_days, 90);
  assert_int_equal(conf->log_level, LOG_INFO);
  /* Paths count from the file's directory; what borrows has the other's value. */
  snprintf(wanted, sizeof wanted, "%s/ca.pem", directory);
  assert_string_equal(conf->ca_certificate, wanted);
  assert_string_equal(conf->client_ca, wanted);
  assert_string_equal(conf->enrol_certificate, conf->student_certificate);
  assert_string_equal(conf->enrol_key, conf->student_key);
  assert_string_equal(conf->ca_socket, "/run/stepguard-ca/sign.sock");
  conf_unref(conf);
}

static void everything_can_be_said(void **state) {
  (void)state;
  struct conf *conf =
      load("; a remark\n# another\n\n"
           "  [database]  \n\turl = host=/tmp/x y dbname=sg ; behind a value\nconnections=3\ndeadline_ms = 250\r\n"
           "[student]\nlisten = 127.0.0.1:0\nkey = /etc/k.pem\n[enrol]\nlisten = fd:4\nkey = e.key\n[log]\nlevel = debug\n"
           "[report]\ndirectory = na\xc3\xafve dir");
  assert_non_null(conf);
  assert_string_equal(conf->database_url, "host=/tmp/x y dbname=sg");
  assert_int_equal(conf->database_connections, 3);
  assert_int_equal(conf->database_deadline_ms, 250);
  assert_string_equal(conf->student_key, "/etc/k.pem");
  assert_string_not_equal(conf->enrol_key, conf->student_key);
  assert_int_equal(conf->log_level, LOG_DEBUG);
  conf_unref(conf);
}

static void a_byte_order_mark_is_passed_over(void **state) {
  (void)state;
  char text[512];
  snprintf(text, sizeof text, "\xef\xbb\xbf%s", school);
  struct conf *conf = load_bytes(text, strlen(text));
  assert_non_null(conf);
  conf_unref(conf);
}

static void all_faults_in_one_run(void **state) {
  (void)state;
  static const char text[] = "[school]\n"                 /* 1 */
                             "code = Demo School\n"       /* 2 */
                             "zone = America/New_Yorck\n" /* 3 */
                             "junk\n"                     /* 4 */
                             "[student]\n"                /* 5 */
                             "listen = localhost:7443\n"  /* 6 */
                             "idle_s = soon\n"            /* 7 */
                             "max_conections = 7\n"       /* 8 */
                             "idle_s = 60\n"              /* 9 */
                             "[databse]\n"                /* 10 */
                             "url = ignored\n"            /* 11 */
                             "[log\n"                     /* 12 */
                             "level = ignored\n"          /* 13 */
                             "[log]\n"                    /* 14 */
                             "level = loud\n";            /* 15 */
  struct conf *conf = load_bytes(text, sizeof text - 1);
  assert_null(conf);
  assert_finding(0, 2, "school.code", "a-z, 0-9 and -");
  assert_finding(1, 3, "school.zone", "America/New_Yorck is not a time zone");
  assert_finding(2, 4, "", "neither [section] nor key = value");
  assert_finding(3, 6, "student.listen", "localhost:7443 is not an address");
  assert_finding(4, 7, "student.idle_s", "soon is not a whole number from 5 to 86400");
  assert_finding(5, 8, "student.max_conections", "did you mean max_connections?");
  assert_finding(6, 9, "student.idle_s", "set twice, first on line 7");
  assert_finding(7, 10, "databse", "did you mean database?");
  assert_finding(8, 12, "", "closed by ]");
  assert_finding(9, 15, "log.level", "loud is none of error, warn, info, debug");
  assert_finding(10, 0, "school.name", "is missing: name shown to students");
  assert_int_equal(findings_n, 11);
}

static void each_type_refuses(void **state) {
  (void)state;
  assert_refused("[student]\nlisten = 127.0.0.1\n", 6, "student.listen", "is not an address");
  assert_refused("[student]\nlisten = 127.0.0.1:70000\n", 6, "student.listen", "is not an address");
  assert_refused("[student]\nlisten = [::1:7443\n", 6, "student.listen", "is not an address");
  assert_refused("[student]\nlisten = ::1:7443\n", 6, "student.listen", "is not an address");
  assert_refused("[student]\nlisten = fd:x\n", 6, "student.listen", "is not an address");
  assert_refused("[student]\nidle_s = 4\n", 6, "student.idle_s", "from 5 to 86400");
  assert_refused("[student]\nidle_s = 5x\n", 6, "student.idle_s", "from 5 to 86400");
  assert_refused("[student]\nidle_s = -\n", 6, "student.idle_s", "from 5 to 86400");
  assert_refused("[student]\nidle_s = 99999999999999999999\n", 6, "student.idle_s", "from 5 to 86400");
  assert_refused("[student]\nidle_s =\n", 6, "student.idle_s", "\"\" is not a whole number");
  assert_refused("[student]\nkey =\n", 6, "student.key", "is empty");
  assert_refused("[student]\nkey = a\x1b[31m\n", 6, "student.key", "\\x1b");
  assert_refused("[student]\nkey = \xff\n", 6, "student.key", "UTF-8");
  assert_refused("[ca]\nxyzzy_plugh = 1\n", 6, "ca.xyzzy_plugh", "check-config --list");
}

static void a_line_too_long_is_one_finding(void **state) {
  (void)state;
  char text[600];
  memset(text, 'x', sizeof text);
  memcpy(text, "[database]\nurl = ", 17);
  snprintf(text + 500, 100, "\nconnections = 3\n");
  assert_refused(text, 6, "", "is longer than");
}

static void a_nul_is_noticed(void **state) {
  (void)state;
  char text[512];
  size_t len = (size_t)snprintf(text, sizeof text, "%s[log]\nlevel = in", school);
  memcpy(text + len, "\0fo\n", 4);
  assert_null(load_bytes(text, len + 4));
  assert_true(findings_n >= 1);
}

static void a_file_that_is_not_there(void **state) {
  (void)state;
  unlink(path);
  findings_n = 0;
  assert_null(conf_load(path, collect, NULL));
  assert_int_equal(findings_n, 1);
  assert_finding(0, 0, "", "cannot be opened: No such file");
  conf_unref(load("")); /* leaves a file for the teardown */
}

static void what_may_be_left_out_is_empty(void **state) {
  (void)state;
  struct conf *without = load(""),
              *with = load("[oidc]\nissuer = https://id.example.edu\nclient_secret_file = a.secret\nca_file =\n");
  assert_non_null(without);
  assert_non_null(with);
  assert_string_equal(without->oidc_issuer, "");
  assert_string_equal(without->oidc_client_secret_file, ""); /* and not the directory of the file */
  assert_string_equal(with->oidc_issuer, "https://id.example.edu");
  assert_non_null(strstr(with->oidc_client_secret_file, "/a.secret"));
  assert_string_equal(with->oidc_ca_file, "");
  conf_unref(without);
  conf_unref(with);
}

static size_t changed_n;
static char changed_key[64];

static void changed(void *arg, const char *key) {
  (void)arg;
  changed_n++;
  snprintf(changed_key, sizeof changed_key, "%s", key);
}

static void a_reload_knows_what_cannot_change(void **state) {
  (void)state;
  struct conf *old = load(""), *same = load("[log]\nlevel = debug\n[student]\nidle_s = 77\n"),
              *other = load("[database]\nconnections = 5\n");
  changed_n = 0;
  assert_int_equal(conf_fixed_changes(old, same, changed, NULL), 0);
  assert_int_equal(conf_fixed_changes(old, other, changed, NULL), 1);
  assert_int_equal(changed_n, 1);
  assert_string_equal(changed_key, "database.connections");
  assert_ptr_equal(conf_ref(old), old);
  conf_unref(old);
  conf_unref(old);
  conf_unref(same);
  conf_unref(other);
  conf_unref(NULL);
}

static void described(void *arg, const char *key, const char *type, const char *value, const char *help) {
  size_t *n = arg;
  ++*n;
  assert_non_null(strchr(key, '.'));
  assert_true(strlen(type) > 0 && strlen(value) > 0 && strlen(help) > 10);
}

static void the_table_is_sound(void **state) {
  (void)state;
  size_t n = 0;
  conf_describe(described, &n);
  assert_int_equal(n, conf_rows_n);
  for (size_t i = 0; i < conf_rows_n; i++)
    for (size_t j = 0; j < i; j++) {
      assert_int_not_equal(conf_rows[i].offset, conf_rows[j].offset);
      assert_false(strcmp(conf_rows[i].section, conf_rows[j].section) == 0 && strcmp(conf_rows[i].name, conf_rows[j].name) == 0);
    }
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_FILE(the_school_is_enough),           WITH_FILE(a_path_may_be_a_credential),
      WITH_FILE(everything_can_be_said),         WITH_FILE(a_byte_order_mark_is_passed_over),
      WITH_FILE(all_faults_in_one_run),          WITH_FILE(each_type_refuses),
      WITH_FILE(a_line_too_long_is_one_finding), WITH_FILE(a_nul_is_noticed),
      WITH_FILE(a_file_that_is_not_there),       WITH_FILE(a_reload_knows_what_cannot_change),
      WITH_FILE(what_may_be_left_out_is_empty),  cmocka_unit_test(the_table_is_sound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
