/* Log lines: whatever a stranger writes, one event stays one line of plain text. */
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int pipe_ends[2];

static int open_pipe(void **state) {
  (void)state;
  if (pipe2(pipe_ends, O_NONBLOCK) < 0)
    return -1;
  log_set("test", LOG_INFO, pipe_ends[1]);
  return 0;
}

static int close_pipe(void **state) {
  (void)state;
  log_set(NULL, LOG_INFO, STDERR_FILENO);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  return 0;
}

/* All that was written since the last look. */
static const char *written(void) {
  static char text[3 * LIMIT_LOG_LINE_BYTES];
  ssize_t n = read(pipe_ends[0], text, sizeof text - 1);
  text[n > 0 ? n : 0] = '\0';
  return text;
}

static void values_are_quoted_where_they_must(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"cbssa", "cbssa"},
      {"192.0.2.7", "192.0.2.7"},
      {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
      {"", "\"\""},
      {"two words", "\"two words\""},
      {"a=b", "\"a=b\""},
      {"say \"hi\"", "\"say \\\"hi\\\"\""},
      {"back\\slash", "\"back\\\\slash\""},
      {"line\nlevel=error event=forged", "\"line\\nlevel=error event=forged\""},
      {"\x1b[31mred", "\"\\x1b[31mred\""},
      {"\xc2\x9b", "\"\\xc2\\x9b\""},          /* CSI as one character */
      {"\xe2\x80\xae", "\"\\xe2\\x80\\xae\""}, /* right-to-left override */
      {"\xff\xfe", "\"\\xff\\xfe\""},          /* no UTF-8 */
      {"\xc0\xaf", "\"\\xc0\\xaf\""},          /* overlong slash */
      {"\x7f", "\"\\x7f\""},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    assert_string_equal(log_value(pairs[i][0]), pairs[i][1]);
}

static void every_byte_stays_inside_its_quotes(void **state) {
  (void)state;
  for (int a = 1; a < 256; a++)
    for (int b = 0; b < 256; b++) {
      const char text[] = {(char)a, (char)b, '\0'};
      const char *value = log_value(text);
      size_t len = strlen(value);
      for (size_t i = 0; i < len; i++)
        assert_true((unsigned char)value[i] >= 0x20 && value[i] != 0x7f);
      if (strchr(value, ' ') || strchr(value, '=')) {
        assert_int_equal(value[0], '"');
        assert_int_equal(value[len - 1], '"');
      }
    }
}

static void long_values_are_cut_between_characters(void **state) {
  (void)state;
  char text[1001];
  for (size_t at = 0; at + 1 < sizeof text; at += 2)
    memcpy(text + at, "\xc3\xa9", 2);
  text[1000] = '\0';
  const char *value = log_value(text);
  assert_true(strlen(value) <= LIMIT_LOG_VALUE_BYTES + 8);
  assert_string_equal(value + strlen(value) - 3, "\xe2\x80\xa6");
  memset(text, '\n', 1000);
  value = log_value(text);
  assert_true(strlen(value) <= LIMIT_LOG_VALUE_BYTES + 8);
}

static void five_values_live_at_once(void **state) {
  (void)state;
  char line[200];
  snprintf(line, sizeof line, "%s %s %s %s %s", log_value("a"), log_value("b"), log_value("c"), log_value("d"), log_value("e"));
  assert_string_equal(line, "a b c d e");
}

static void a_line_has_everything_in_order(void **state) {
  (void)state;
  const struct log_context context = {"sid=8f21 stu=17/1042"};
  log_event(LOG_INFO, &context, "upload_stored", "rows=%d", 20);
  const char *text = written();
  assert_memory_equal(text, "ts=20", 5);
  assert_non_null(strstr(text, "Z level=info prog=test event=upload_stored sid=8f21 stu=17/1042 rows=20\n"));
  log_event(LOG_WARN, NULL, "plain", "");
  assert_non_null(strstr(written(), "level=warn prog=test event=plain\n"));
}

static void nothing_breaks_a_line(void **state) {
  (void)state;
  log_event(LOG_INFO, NULL, "careless", "text=%s", "a\nlevel=error event=forged\x1b[2J\xff");
  const char *text = written();
  assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
  assert_null(strchr(text, '\x1b'));
  assert_null(strchr(text, '\xff'));
}

static void a_line_that_is_too_long_is_cut_and_says_so(void **state) {
  (void)state;
  char text[3 * LIMIT_LOG_LINE_BYTES];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  log_event(LOG_INFO, NULL, "long", "text=%s", text);
  const char *line = written();
  assert_true(strlen(line) <= LIMIT_LOG_LINE_BYTES);
  assert_string_equal(line + strlen(line) - 5, "x\xe2\x80\xa6\n");
}

static void levels_are_kept(void **state) {
  (void)state;
  enum log_level level;
  log_event(LOG_DEBUG, NULL, "hidden", "");
  assert_string_equal(written(), "");
  assert_int_equal(log_level_parse("debug", &level), E_OK);
  assert_int_equal(level, LOG_DEBUG);
  assert_int_equal(log_level_parse("loud", &level), E_INVALID);
}

static void a_gate_counts_what_it_keeps(void **state) {
  (void)state;
  struct log_gate gate = {0};
  for (int i = 0; i < 10; i++)
    log_event_gated(&gate, 3, LOG_INFO, NULL, "storm", "i=%d", i);
  const char *text = written();
  assert_non_null(strstr(text, "i=2\n"));
  assert_null(strstr(text, "i=3\n"));
  gate.minute--; /* as if a minute had passed */
  log_event_gated(&gate, 3, LOG_INFO, NULL, "storm", "i=10");
  assert_non_null(strstr(written(), "event=storm left_out=7 i=10\n"));
  log_event_gated(&gate, 3, LOG_INFO, NULL, "storm", "i=11");
  assert_null(strstr(written(), "left_out"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_are_quoted_where_they_must),
      cmocka_unit_test(every_byte_stays_inside_its_quotes),
      cmocka_unit_test(long_values_are_cut_between_characters),
      cmocka_unit_test(five_values_live_at_once),
      cmocka_unit_test_setup_teardown(a_line_has_everything_in_order, open_pipe, close_pipe),
      cmocka_unit_test_setup_teardown(nothing_breaks_a_line, open_pipe, close_pipe),
      cmocka_unit_test_setup_teardown(a_line_that_is_too_long_is_cut_and_says_so, open_pipe, close_pipe),
      cmocka_unit_test_setup_teardown(levels_are_kept, open_pipe, close_pipe),
      cmocka_unit_test_setup_teardown(a_gate_counts_what_it_keeps, open_pipe, close_pipe),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
