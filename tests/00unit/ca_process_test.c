/*
 * stepguard-ca as a process, and the daemon's client of it: signing, refusing, being killed in the middle and found again,
 * hanging, hostile neighbours, reload and stop.
 */
#include "base/clock.h"
#include "base/err.h"
#include "pki/ca_client.h"
#include "pki/make.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tls_peer.h"

#include <spawn.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
enum { GUARD_MS = 15000, MANY = CA_CLIENT_PENDING_MAX };

extern char **environ;

static char program[512]; /* bin/stepguard-ca beside the tests/ we stand in */
static char directory[256];

static struct {
  struct scratch scratch;
  const char *conf, *socket, *ca_pem, *ca_key;
  EVP_PKEY *device_key;
  pid_t pid;
  struct loop *loop;
  struct loop_timer *guard;
  struct ca_client *client;
  int answers, signed_n, last_err;
  int wanted;
  uint8_t der[2048];
  size_t der_len;
  bool late;
} world;

/* ---- the process ---- */

static void write_conf(const char *school_code) {
  FILE *file = fopen(world.conf, "w");
  fprintf(file,
          "[school]\ncode = %s\nname = Demo School\nzone = America/New_York\n[ca]\nsocket = ca.sock\ncertificate = ca.pem\nkey = "
          "ca.key\n"
          "days = 90\n[log]\nlevel = error\n",
          school_code);
  assert_int_equal(fclose(file), 0);
}

static pid_t ca_spawn(void) {
  pid_t pid = -1;
  char *const argv[] = {program, (char *)(uintptr_t) "--config", (char *)(uintptr_t)world.conf, NULL};
  assert_int_equal(posix_spawn(&pid, program, NULL, NULL, argv, environ), 0);
  return pid;
}

static int socket_connect(void) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  snprintf(at.sun_path, sizeof at.sun_path, "%s", world.socket);
  if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
    return fd;
  close(fd);
  return -1;
}

static void ca_start(void) {
  world.pid = ca_spawn();
  for (int i = 0; i < 1000; i++) {
    const int fd = socket_connect();
    if (fd >= 0) {
      close(fd);
      return;
    }
    peer_sleep_ms(10);
  }
  fail_msg("stepguard-ca does not come up");
}

static int ca_end(int signo) {
  int status = 0;
  kill(world.pid, signo);
  assert_int_equal(waitpid(world.pid, &status, 0), world.pid);
  world.pid = 0;
  return status;
}

/* ---- asking ---- */

static struct ca_request request_of(int64_t device_id) {
  const int64_t now_ms = clock_wall_ms();
  struct ca_request r = {.school_code = "demo",
                         .student_id = 17,
                         .device_id = device_id,
                         .not_before_ms = now_ms,
                         .not_after_ms = now_ms + 90 * DAY_MS};
  uint8_t *spki = NULL;
  assert_int_equal(names_serial_make(r.serial), 0);
  r.spki_len = (size_t)i2d_PUBKEY(world.device_key, &spki);
  memcpy(r.spki, spki, r.spki_len);
  OPENSSL_free(spki);
  return r;
}

static void on_signed(void *arg, int err, const uint8_t *der, size_t len) {
  (void)arg;
  world.last_err = err;
  if (err == 0) {
    world.signed_n++;
    assert_true(len <= sizeof world.der);
    memcpy(world.der, der, len);
    world.der_len = len;
  } else
    assert_true(der == NULL && len == 0);
  if (++world.answers == world.wanted)
    loop_stop(world.loop);
}

static void on_guard(void *arg) {
  (void)arg;
  world.late = true;
  loop_stop(world.loop);
}

static void wait_for(int answers) {
  world.wanted = answers;
  loop_timer_set(world.guard, GUARD_MS);
  if (world.answers < answers)
    assert_int_equal(loop_run(world.loop), 0);
  assert_false(world.late);
  assert_int_equal(world.answers, answers);
}

static int ask(int64_t device_id) {
  const struct ca_request r = request_of(device_id);
  return ca_client_sign(world.client, &r, on_signed, NULL);
}

static int setup(void **state) {
  (void)state;
  world.answers = world.signed_n = world.last_err = 0;
  world.late = false;
  write_conf("demo");
  world.loop = loop_new();
  world.guard = loop_timer_new(world.loop, on_guard, NULL);
  world.client = ca_client_new(world.loop, world.socket);
  return world.client ? 0 : -1;
}

static int teardown(void **state) {
  (void)state;
  ca_client_free(world.client);
  loop_timer_free(world.guard);
  loop_free(world.loop);
  if (world.pid > 0)
    (void)ca_end(SIGKILL);
  return 0;
}

/* ---- tests ---- */

static void it_signs_what_it_is_asked_and_stops_when_told(void **state) {
  (void)state;
  struct stat st;
  struct cert_identity id;
  ca_start();
  assert_int_equal(stat(world.socket, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0600);
  assert_int_equal(ask(3), 0);
  assert_int_equal(world.answers, 0); /* never from inside */
  wait_for(1);
  assert_int_equal(world.last_err, 0);
  const uint8_t *at = world.der;
  X509 *cert = d2i_X509(NULL, &at, (long)world.der_len);
  assert_non_null(cert);
  assert_int_equal(names_read(cert, &id), 0);
  assert_int_equal(id.device_id, 3);
  X509_free(cert);
  const int status = ca_end(SIGTERM);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  assert_int_equal(access(world.socket, F_OK), -1);
}

static void it_refuses_what_is_not_its_own(void **state) {
  (void)state;
  ca_start();
  struct ca_request r = request_of(3);
  snprintf(r.school_code, sizeof r.school_code, "other");
  assert_int_equal(ca_client_sign(world.client, &r, on_signed, NULL), 0);
  wait_for(1);
  assert_int_equal(world.last_err, E_TLS);
  assert_int_equal(ask(3), 0); /* and goes on */
  wait_for(2);
  assert_int_equal(world.signed_n, 1);
}

static void away_is_said_at_once(void **state) {
  (void)state;
  assert_int_equal(ask(3), E_AWAY);
  ca_start();
  assert_int_equal(ask(3), 0);
  wait_for(1);
  assert_int_equal(world.signed_n, 1);
}

static void many_requests_share_the_line_up_to_a_cap(void **state) {
  (void)state;
  ca_start();
  for (int i = 0; i < MANY; i++)
    assert_int_equal(ask(i + 1), 0);
  assert_int_equal(ask(1), E_BUSY);
  wait_for(MANY);
  assert_int_equal(world.signed_n, MANY);
}

static void killed_in_the_middle_it_is_found_again(void **state) {
  (void)state;
  for (int round = 0; round < 10; round++) {
    world.answers = world.signed_n = 0;
    ca_start();
    kill(world.pid, SIGSTOP); /* so that the requests are really outstanding */
    for (int i = 0; i < 20; i++)
      assert_int_equal(ask(i + 1), 0);
    const int status = ca_end(SIGKILL);
    assert_true(WIFSIGNALED(status));
    wait_for(20);
    assert_int_equal(world.signed_n, 0);
    assert_int_equal(world.last_err, E_AWAY);
    ca_start(); /* over the socket that the dead one left */
    assert_int_equal(ask(5), 0);
    wait_for(21);
    assert_int_equal(world.signed_n, 1);
    (void)ca_end(SIGKILL);
  }
}

static void hanging_it_is_given_up_and_its_late_answer_harms_nobody(void **state) {
  (void)state;
  ca_start();
  kill(world.pid, SIGSTOP);
  const int64_t begin = clock_mono_ms();
  assert_int_equal(ask(1), 0);
  wait_for(1);
  assert_int_equal(world.last_err, E_AWAY);
  assert_true(clock_mono_ms() - begin >= 4900);
  kill(world.pid, SIGCONT);
  assert_int_equal(ask(2), 0);
  wait_for(2);
  assert_int_equal(world.last_err, 0);
}

static void neighbours_that_talk_rubbish_are_dropped(void **state) {
  (void)state;
  static const char *const rubbish[] = {"GET / HTTP/1.0\r\n\r\n", "\xff\xff\xff\xff", "\x00\x00\x00\x01X", "\x00\x00\x00\x00"};
  static const size_t len[] = {18, 4, 5, 4};
  char byte;
  ca_start();
  for (size_t i = 0; i < sizeof len / sizeof *len; i++) {
    const int fd = socket_connect();
    assert_true(fd >= 0);
    assert_int_equal(send(fd, rubbish[i], len[i], MSG_NOSIGNAL), (ssize_t)len[i]);
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
  }
  const int half = socket_connect(); /* and one that never finishes its sentence */
  assert_int_equal(send(half, "\x00\x00\x00\x99Q", 5, MSG_NOSIGNAL), 5);
  assert_int_equal(ask(1), 0);
  wait_for(1);
  assert_int_equal(world.last_err, 0);
  close(half);
}

static void a_second_one_does_not_take_the_socket(void **state) {
  (void)state;
  int status = 0;
  ca_start();
  const pid_t second = ca_spawn();
  assert_int_equal(waitpid(second, &status, 0), second);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
  assert_int_equal(ask(1), 0);
  wait_for(1);
  assert_int_equal(world.last_err, 0);
}

static void a_broken_reload_changes_nothing(void **state) {
  (void)state;
  ca_start();
  write_conf("no school at all!");
  kill(world.pid, SIGHUP);
  peer_sleep_ms(100);
  assert_int_equal(ask(1), 0);
  wait_for(1);
  assert_int_equal(world.last_err, 0);
  write_conf("demo");
  chmod(world.ca_key, 0644);
  kill(world.pid, SIGHUP);
  peer_sleep_ms(100);
  chmod(world.ca_key, 0600);
  assert_int_equal(ask(1), 0);
  wait_for(2);
  assert_int_equal(world.last_err, 0);
  kill(world.pid, SIGHUP); /* a sound one */
  peer_sleep_ms(100);
  assert_int_equal(ask(1), 0);
  wait_for(3);
  assert_int_equal(world.last_err, 0);
}

static void the_client_tells_those_who_wait_when_it_goes(void **state) {
  (void)state;
  ca_start();
  kill(world.pid, SIGSTOP);
  assert_int_equal(ask(1), 0);
  ca_client_free(world.client);
  world.client = NULL;
  assert_int_equal(world.answers, 1);
  assert_int_equal(world.last_err, E_CLOSED);
}

static int group_setup(void **state) {
  (void)state;
  char reason[300] = "";
  snprintf(program, sizeof program, "%s/../bin/stepguard-ca", directory);
  scratch_init(&world.scratch);
  world.conf = scratch_path(&world.scratch, "stepguardd.conf");
  world.socket = scratch_path(&world.scratch, "ca.sock");
  world.ca_pem = scratch_path(&world.scratch, "ca.pem");
  world.ca_key = scratch_path(&world.scratch, "ca.key");
  world.device_key = EVP_EC_gen("P-256");
  const struct pki_ca_options ca = {.certificate = world.ca_pem, .key = world.ca_key, .school_code = "demo", .school_name = "Demo"};
  if (pki_make_ca(&ca, reason, sizeof reason) == 0)
    return 0;
  fprintf(stderr, "%s\n", reason);
  return -1;
}

static int group_teardown(void **state) {
  (void)state;
  EVP_PKEY_free(world.device_key);
  scratch_done(&world.scratch);
  return 0;
}

int main(int argc, char **argv) {
  (void)argc;
  const char *slash = strrchr(argv[0], '/');
  snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - argv[0]) : 1, slash ? argv[0] : ".");
#define CA_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      CA_TEST(it_signs_what_it_is_asked_and_stops_when_told),
      CA_TEST(it_refuses_what_is_not_its_own),
      CA_TEST(away_is_said_at_once),
      CA_TEST(many_requests_share_the_line_up_to_a_cap),
      CA_TEST(killed_in_the_middle_it_is_found_again),
      CA_TEST(hanging_it_is_given_up_and_its_late_answer_harms_nobody),
      CA_TEST(neighbours_that_talk_rubbish_are_dropped),
      CA_TEST(a_second_one_does_not_take_the_socket),
      CA_TEST(a_broken_reload_changes_nothing),
      CA_TEST(the_client_tells_those_who_wait_when_it_goes),
  };
  return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
