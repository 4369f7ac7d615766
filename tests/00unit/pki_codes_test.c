/* A batch of codes: all different, hashed as the database expects, confirmed by its answer, and wiped. */
#include "pki/codes.h"

#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 1000, TEXT_BYTES = 64 * 1024 };

static struct codes batch(size_t n) {
  struct codes codes = {.fingerprint = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
  for (size_t i = 0; i < n; i++) {
    char id[32];
    snprintf(id, sizeof id, "s%zu", i);
    assert_int_equal(codes_add(&codes, id), 0);
  }
  return codes;
}

static void every_code_is_another_and_carries_the_fingerprint(void **state) {
  (void)state;
  struct codes codes = batch(MANY);
  json_t *seen = json_object();
  for (size_t i = 0; i < codes.n; i++) {
    struct code code;
    size_t at;
    assert_int_equal(code_parse(&code, &at, codes.rows[i].text), CODE_OK);
    assert_memory_equal(code.ca_fingerprint, codes.fingerprint, sizeof code.ca_fingerprint);
    json_object_set_new(seen, codes.rows[i].text, json_true());
  }
  assert_int_equal(json_object_size(seen), MANY);
  assert_string_equal(codes.rows[MANY - 1].student_id, "s999"); /* what was there survives the growing */
  json_decref(seen);
  codes_done(&codes);
  assert_null(codes.rows);
}

static void only_hashes_leave(void **state) {
  (void)state;
  struct codes codes = batch(3);
  struct buf text;
  buf_init(&text, TEXT_BYTES);
  codes_put_hashes(&codes, &text);
  json_t *rows = json_loadb((const char *)text.data, text.len, 0, NULL);
  buf_done(&text);
  assert_int_equal(json_array_size(rows), 3);
  for (size_t i = 0; i < codes.n; i++) {
    const json_t *row = json_array_get(rows, i);
    struct code code;
    size_t at;
    uint8_t hash[DIGEST_BYTES];
    char hex[DIGEST_TEXT];
    assert_int_equal(code_parse(&code, &at, codes.rows[i].text), CODE_OK);
    digest_sha256(hash, code.secret, sizeof code.secret);
    digest_hex(hex, hash, sizeof hash);
    assert_string_equal(json_string_value(json_object_get(row, "code_hash")), hex);
    assert_string_equal(json_string_value(json_object_get(row, "student_id")), codes.rows[i].student_id);
    assert_int_equal(json_object_size(row), 2);
  }
  json_decref(rows);
  codes_done(&codes);
}

static void the_answer_says_who_got_one(void **state) {
  (void)state;
  struct codes codes = batch(3);
  json_t *answer = json_pack("{s:[{s:s,s:s,s:s},{s:s,s:s,s:s}]}", "students", "student_id", "s2", "given_name", "Teal",
                             "family_name", "Pine", "student_id", "s0", "given_name", "", "family_name", "Elm");
  codes_confirm(&codes, answer);
  assert_true(codes.rows[0].student && !codes.rows[1].student && codes.rows[2].student);
  struct buf csv;
  char wanted[512];
  buf_init(&csv, TEXT_BYTES);
  codes_put_csv(&codes, "2027-01-31", &csv);
  buf_put_u8(&csv, '\0');
  snprintf(wanted, sizeof wanted, "student_id,name,code,expires\r\ns0,Elm,%s,2027-01-31\r\ns2,Teal Pine,%s,2027-01-31\r\n",
           codes.rows[0].text, codes.rows[2].text);
  assert_string_equal((const char *)csv.data, wanted);
  buf_done(&csv);
  json_decref(answer);
  codes_done(&codes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_code_is_another_and_carries_the_fingerprint),
      cmocka_unit_test(only_hashes_leave),
      cmocka_unit_test(the_answer_says_who_got_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
