/* Command lines from tables: every kind of option, every way to get one wrong. */
#include "base/cli.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

struct chosen {
  bool flag;
  const char *text;
  long number, parts;
  int32_t day;
  struct cli_list list;
};

static const struct cli_option options[] = {
    CLI_FLAG("flag", struct chosen, flag, "a flag"),
    CLI_TEXT("text", "TEXT", struct chosen, text, "a text"),
    CLI_NUMBER("number", "N", struct chosen, number, 7, -3, 9, "a number"),
    CLI_DAY("day", "DAY", struct chosen, day, "a day"),
    CLI_MANY("many", "X", struct chosen, list, "several"),
    CLI_NUMBER("parts", "K", struct chosen, parts, 0, 2, 20, "not in parts"), /* its preset says that it was not given */
};
struct other {
  bool json;
};
static const struct cli_option others[] = {CLI_FLAG("json", struct other, json, "of the whole program")};

/* Parses words separated by blanks; *ret_json is the second table's. */
static int parse(const char *line, bool stop, struct chosen *ret, bool *ret_json, struct cli_words *words,
                 char reason[CLI_REASON]) {
  static char copy[512];
  char *argv[40] = {(char *)"program"}, *at = NULL;
  int argc = 1;
  snprintf(copy, sizeof copy, "%s", line);
  for (char *word = strtok_r(copy, " ", &at); word; word = strtok_r(NULL, " ", &at))
    argv[argc++] = word;
  const struct cli_set sets[] = {{options, sizeof options / sizeof *options, ret}, {others, 1, ret_json}};
  cli_preset(&sets[0]);
  cli_preset(&sets[1]);
  reason[0] = '\0';
  return cli_parse(sets, 2, argc, argv, 1, stop, words, reason);
}

static void everything_in_any_order(void **state) {
  (void)state;
  struct chosen chosen;
  struct cli_words words;
  char reason[CLI_REASON];
  bool json;
  assert_int_equal(parse("one --number -2 --flag two --text=a=b --json --many x --day 2027-03-01 --many y three", false, &chosen,
                         &json, &words, reason),
                   15);
  assert_true(chosen.flag && json);
  assert_string_equal(chosen.text, "a=b");
  assert_int_equal(chosen.number, -2);
  assert_int_equal(chosen.day, 20878);
  assert_int_equal(chosen.list.n, 2);
  assert_string_equal(chosen.list.item[1], "y");
  assert_null(chosen.list.item[2]);
  assert_int_equal(words.n, 3);
  assert_string_equal(words.word[2], "three");
}

static void presets_hold_where_nothing_is_given(void **state) {
  (void)state;
  struct chosen chosen = {.flag = true, .text = "left over", .number = 1};
  struct cli_words words;
  char reason[CLI_REASON];
  bool json = true;
  assert_int_equal(parse("", false, &chosen, &json, &words, reason), 1);
  assert_false(chosen.flag || json);
  assert_null(chosen.text);
  assert_int_equal(chosen.number, 7);
  assert_int_equal(chosen.day, CLI_NO_DAY);
  assert_int_equal(words.n + chosen.list.n, 0);
}

static void two_dashes_end_the_options(void **state) {
  (void)state;
  struct chosen chosen;
  struct cli_words words;
  char reason[CLI_REASON];
  bool json;
  assert_int_equal(parse("-- --flag -x -", false, &chosen, &json, &words, reason), 5);
  assert_false(chosen.flag);
  assert_int_equal(words.n, 3);
  assert_string_equal(words.word[0], "--flag");
  assert_string_equal(words.word[2], "-");
}

static void stops_at_the_first_word_when_told_to(void **state) {
  (void)state;
  struct chosen chosen;
  struct cli_words words;
  char reason[CLI_REASON];
  bool json;
  assert_int_equal(parse("--flag queue --nonsense", true, &chosen, &json, &words, reason), 2);
  assert_true(chosen.flag);
}

static void what_is_wrong_is_said(void **state) {
  (void)state;
  static const struct {
    const char *line, *said;
  } wrong[] = {
      {"--flat", "no option --flat here"},
      {"--fla", "no option --fla here"}, /* no abbreviations */
      {"--flag=yes", "--flag takes no value"},
      {"--text", "--text needs TEXT after it"},
      {"--text=", "--text needs TEXT, which is empty"},
      {"--number x", "from -3 to 9, not \"x\""},
      {"--number 10", "from -3 to 9, not \"10\""},
      {"--number 3x", "not \"3x\""},
      {"--number 99999999999999999999", "from -3 to 9"},
      {"--day 2027-02-29", "--day takes a day as YYYY-MM-DD"},
      {"-f", "two dashes"},
      {"a b c d e f g h i j k l m n o p q", "more than 16 words"},
      {"--many 1 --many 2 --many 3 --many 4 --many 5 --many 6 --many 7 --many 8 --many 9 --many 10 --many 11 --many 12 --many 13 "
       "--many 14 "
       "--many 15 --many 16 --many 17",
       "more than 16 times"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct chosen chosen;
    struct cli_words words;
    char reason[CLI_REASON];
    bool json;
    assert_int_equal(parse(wrong[i].line, false, &chosen, &json, &words, reason), E_INVALID);
    if (!strstr(reason, wrong[i].said))
      fail_msg("%s: \"%s\" does not say \"%s\"", wrong[i].line, reason, wrong[i].said);
  }
}

static void words_are_counted(void **state) {
  (void)state;
  char reason[CLI_REASON];
  const struct cli_words words = {.word = {"a", "b"}, .n = 2};
  assert_true(cli_words_fit(&words, 1, 2, "FILE", reason));
  assert_false(cli_words_fit(&words, 3, 3, "FILE", reason));
  assert_string_equal(reason, "FILE is missing");
  assert_false(cli_words_fit(&words, 0, 1, "FILE", reason));
  assert_string_equal(reason, "\"b\" is one word too many");
}

static void the_help_has_every_option(void **state) {
  (void)state;
  char *text = NULL;
  size_t len = 0;
  FILE *out = open_memstream(&text, &len);
  struct term term = {.out = out, .width = 80};
  cli_help_options(&term, options, sizeof options / sizeof *options);
  fclose(out);
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    assert_non_null(strstr(text, options[i].help));
  assert_non_null(strstr(text, "(-3 to 9; 7 unless given)"));
  assert_non_null(strstr(text, "not in parts (2 to 20)\n"));
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(everything_in_any_order),    cmocka_unit_test(presets_hold_where_nothing_is_given),
      cmocka_unit_test(two_dashes_end_the_options), cmocka_unit_test(stops_at_the_first_word_when_told_to),
      cmocka_unit_test(what_is_wrong_is_said),      cmocka_unit_test(words_are_counted),
      cmocka_unit_test(the_help_has_every_option),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
