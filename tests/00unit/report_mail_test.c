/* A mail's bytes: the same every time, taken one way only, and no header that nobody meant. */
#include "report/mail.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct mail_part pictures[] = {{.type = "image/png", .cid = "c1@stepguard", .bytes = "\x89PNG\r\n", .len = 6}};
static const struct mail_part papers[] = {
    {.type = "text/csv; charset=utf-8", .name = "Übersicht 木.csv", .bytes = "a,b\r\n.\r\n", .len = 8}};

static struct mail sample(void) {
  return (struct mail){.from = "stepguard@school.example",
                       .from_name = "School",
                       .to = "dean@school.example",
                       .reply_to = "",
                       .subject = "Brief",
                       .header_id = "00112233445566778899aabbccddeeff",
                       .made_at_ms = 1800000000000,
                       .list = "brief",
                       .choices_url = "https://office.example/account",
                       .text = "Hello\n",
                       .html = "<p>Hello</p>\n"};
}

/* The mail as a string in a buffer of the test's; the error where there is one. */
static int written(const struct mail *mail, char *ret, size_t cap) {
  char why[MAIL_WHY];
  struct buf buf;
  buf_init(&buf, cap - 1);
  const int err = mail_write(mail, &buf, why);
  if (!err) {
    memcpy(ret, buf.data, buf.len);
    ret[buf.len] = '\0';
  }
  assert_int_equal(err == E_INVALID, why[0] != '\0');
  buf_done(&buf);
  return err;
}

static void the_same_mail_is_the_same_bytes(void **state) {
  static char one[65536], two[65536];
  struct mail mail = sample();
  (void)state;
  mail.images = pictures, mail.images_n = 1, mail.files = papers, mail.files_n = 1;
  assert_int_equal(written(&mail, one, sizeof one), E_OK);
  assert_int_equal(written(&mail, two, sizeof two), E_OK);
  assert_string_equal(one, two);
  assert_non_null(strstr(one, "Message-Id: <00112233445566778899aabbccddeeff@school.example>\r\n"));
  assert_non_null(strstr(one, "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n"));
  assert_non_null(strstr(one, "sg-00112233445566778899aabbccddeeff-mixed"));
  assert_non_null(strstr(one, "filename*=UTF-8''%C3%9Cbersicht%20%E6%9C%A8.csv"));
  assert_null(strstr(one, "Importance"));
}

static void every_header_stands_once(void **state) {
  static const char *const names[] = {
      "From: ",           "To: ",      "Subject: ",          "Date: ",      "Message-Id: ", "MIME-Version: ",
      "Auto-Submitted: ", "List-Id: ", "List-Unsubscribe: ", "Precedence: "};
  static char bytes[65536];
  const struct mail mail = sample();
  (void)state;
  assert_int_equal(written(&mail, bytes, sizeof bytes), E_OK);
  *strstr(bytes, "\r\n\r\n") = '\0';
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *first = strstr(bytes, names[i]);
    assert_non_null(first);
    assert_true(first == bytes || first[-1] == '\n');
    assert_null(strstr(first + 1, names[i]));
  }
  assert_null(strstr(bytes, "Bcc"));
}

static void what_could_be_two_headers_is_not_written(void **state) {
  static const char *const bad[] = {"a\r\nBcc: x@y", "a\nb", "a\rb", "\x01", "\x7f", "\xff\xfe", "=?utf-8?q?=0A?="};
  static char bytes[65536];
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct mail mail = sample();
    mail.subject = bad[i];
    assert_int_equal(written(&mail, bytes, sizeof bytes), E_INVALID);
    mail = sample();
    mail.from_name = bad[i];
    assert_int_equal(written(&mail, bytes, sizeof bytes), E_INVALID);
    mail = sample();
    mail.to = bad[i];
    assert_int_equal(written(&mail, bytes, sizeof bytes), E_INVALID);
    mail = sample();
    mail.header_id = bad[i];
    assert_int_equal(written(&mail, bytes, sizeof bytes), E_INVALID);
    mail = sample();
    mail.choices_url = bad[i];
    assert_int_equal(written(&mail, bytes, sizeof bytes), E_INVALID);
    const struct mail_part file = {.type = "text/csv", .name = bad[i], .bytes = "", .len = 0};
    mail = sample();
    mail.files = &file, mail.files_n = 1;
    assert_int_equal(written(&mail, bytes, sizeof bytes), E_INVALID);
  }
}

static void bodies_of_any_kind_are_bodies(void **state) {
  static const char tail[] =
      "\n.\n..\nFrom me\n\r\nSubject: x\n--sg-00112233445566778899aabbccddeeff-alternative\n\xf0\x9f\x8e\x93\n";
  static char bytes[262144], text[8192];
  struct mail mail = sample();
  (void)state;
  memset(text, 'x', 4000); /* one line */
  memcpy(text + 4000, tail, sizeof tail);
  mail.text = text;
  assert_int_equal(written(&mail, bytes, sizeof bytes), E_OK);
  assert_true(mail_is_wire((const uint8_t *)bytes, strlen(bytes)));
  mail.html = NULL;
  assert_int_equal(written(&mail, bytes, sizeof bytes), E_OK);
  assert_null(strstr(bytes, "multipart"));
  mail.text = "";
  assert_int_equal(written(&mail, bytes, sizeof bytes), E_OK);
}

static void a_mail_of_more_than_there_is_room_for_is_none(void **state) {
  static char bytes[512];
  const struct mail mail = sample();
  (void)state;
  assert_int_equal(written(&mail, bytes, sizeof bytes), E_LIMIT);
}

static void addresses(void **state) {
  static const char *const good[] = {"a@b", "first.last+tag@school.example", "o'brien@s-1.example"};
  static const char *const bad[] = {
      "",     "a",    "@b",     "a@",    "a b@c",     "a@b@c",         "a@b\r\nX: y", "a@b\n",      "a..b@c",      ".a@b",   "a.@b",
      "a@-b", "a@b-", "a@b..c", "<a@b>", "\"a b\"@c", "a@[127.0.0.1]", "a@b.",        "\xc3\xa4@b", "a@b\xc3\xbc", "a@b,c@d"};
  char label[MAIL_ADDRESS + 8];
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_true(mail_address_good(good[i]));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(mail_address_good(bad[i]));
  memset(label, 'a', sizeof label);
  label[1] = '@';
  label[2 + 63] = '\0';
  assert_true(mail_address_good(label)); /* a label of 63 */
  label[2 + 63] = 'a';
  label[2 + 64] = '\0';
  assert_false(mail_address_good(label));
}

/* A label that looks encoded and is not: the library would write another address than the one that the mail goes to. */
static void an_address_is_written_as_it_is_or_not_at_all(void **state) {
  static const char *const good[] = {"Ada.Alt@North.Example", "a@xn--bcher-kva.example", "A@B.EXAMPLE"};
  static char bytes[65536];
  struct mail mail = sample();
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    mail.to = good[i];
    assert_int_equal(written(&mail, bytes, sizeof bytes), E_OK);
    assert_non_null(strstr(bytes, good[i]));
  }
  mail.to = "en@xn--scexample";
  assert_int_equal(written(&mail, bytes, sizeof bytes), E_INVALID);
}

static void bytes_that_are_taken_one_way_only(void **state) {
  static const struct {
    const char *bytes;
    size_t len;
    bool wire;
  } rows[] = {{"a\r\n", 3, true},   {"\r\n", 2, true},      {"a", 1, false},      {"a\n", 2, false},       {"a\r", 2, false},
              {"\n\r\n", 3, false}, {"a\0b\r\n", 5, false}, {"\r\r\n", 3, false}, {"a\x80\r\n", 4, false}, {"a\r\n.\r\n", 6, true}};
  static uint8_t line[MAIL_LINE + 4];
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_int_equal(mail_is_wire((const uint8_t *)rows[i].bytes, rows[i].len), rows[i].wire);
  memset(line, 'x', sizeof line);
  memcpy(line + MAIL_LINE, "\r\n", 2);
  assert_true(mail_is_wire(line, MAIL_LINE + 2));
  memset(line, 'x', sizeof line);
  memcpy(line + MAIL_LINE + 1, "\r\n", 2);
  assert_false(mail_is_wire(line, MAIL_LINE + 3));
}

int main(void) {
  mail_prepare();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_mail_is_the_same_bytes),
      cmocka_unit_test(every_header_stands_once),
      cmocka_unit_test(what_could_be_two_headers_is_not_written),
      cmocka_unit_test(bodies_of_any_kind_are_bodies),
      cmocka_unit_test(a_mail_of_more_than_there_is_room_for_is_none),
      cmocka_unit_test(addresses),
      cmocka_unit_test(an_address_is_written_as_it_is_or_not_at_all),
      cmocka_unit_test(bytes_that_are_taken_one_way_only),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
