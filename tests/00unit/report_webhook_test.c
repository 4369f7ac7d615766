/* The signature, by the example of Standard Webhooks 1.0. */
#include "report/webhook.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void the_signature_of_the_standards_example(void **state) {
  /* base64 of "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" after its prefix */
  static const uint8_t secret[] = {0x31, 0xf2, 0x90, 0xf6, 0xbf, 0x06, 0x29, 0x8a, 0xab, 0x4f, 0x08, 0xd4,
                                   0x3c, 0x3f, 0x08, 0x2c, 0xf6, 0x48, 0xa3, 0x62, 0xda, 0x2d, 0xa4, 0xb0};
  const struct webhook hook = {.id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
                               .body = "{\"test\": 2432232314}",
                               .secret = secret,
                               .secret_len = sizeof secret,
                               .now_ms = 1614265330000};
  char signature[WEBHOOK_SIGNATURE];
  (void)state;
  assert_int_equal(webhook_sign(&hook, signature), E_OK);
  assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_signature_of_the_standards_example)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
