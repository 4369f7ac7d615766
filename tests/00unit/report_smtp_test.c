/* Where mail may go, and what a server's answer means. */
#include "report/smtp.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void answers(void **state) {
  static const struct {
    enum smtp_phase phase;
    long code;
    enum smtp_verdict verdict;
  } rows[] = {
      {SMTP_GREETING, 0, SMTP_DOWN},     {SMTP_GREETING, 554, SMTP_DOWN},     {SMTP_GREETING, 535, SMTP_DOWN},
      {SMTP_SENDER, 550, SMTP_DOWN},     {SMTP_SENDER, 451, SMTP_DOWN},       {SMTP_RECIPIENT, 0, SMTP_DOWN},
      {SMTP_RECIPIENT, 450, SMTP_LATER}, {SMTP_RECIPIENT, 550, SMTP_REFUSED}, {SMTP_DATA, 0, SMTP_LATER},
      {SMTP_DATA, 451, SMTP_LATER},      {SMTP_DATA, 554, SMTP_REFUSED},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_int_equal(smtp_judge(rows[i].phase, rows[i].code), rows[i].verdict);
}

static void ways(void **state) {
  static const struct {
    const char *url, *tls, *user;
    bool good;
  } rows[] = {
      {"smtp://relay.example:587", "required", "u", true},
      {"smtps://relay.example", "required", "", true},
      {"smtp://127.0.0.1:25", "none", "", true},
      {"smtp://[::1]", "none", "", true},
      {"smtp://localhost:25/name", "none", "", true},
      {"", "required", "", false},
      {"http://relay.example", "required", "", false},
      {"smtp://relay.example", "none", "", false},
      {"smtp://127.0.0.1.example", "none", "", false},
      {"smtp://localhost.example", "none", "", false},
      {"smtp://127.0.0.1", "none", "u", false},
      {"smtp://u:p@127.0.0.1", "none", "", false},
      {"smtp://127.0.0.1@relay.example", "none", "", false},
      {"smtp://relay.example", "maybe", "", false},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct smtp_options options = {
        .url = rows[i].url, .tls = rows[i].tls, .user = rows[i].user, .password = "", .ca_file = "", .deadline_s = 10};
    assert_int_equal(smtp_objection(&options) == NULL, rows[i].good);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(answers), cmocka_unit_test(ways)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
