/* Text for people: widths of any script, wrapping, tables; and that nothing from outside moves the cursor. */
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

struct paper {
  struct term term;
  char *text;
  size_t len;
};

static void paper_open(struct paper *paper, int width) {
  *paper = (struct paper){.term = {.width = width}};
  paper->term.out = open_memstream(&paper->text, &paper->len);
}

/* Closes, compares, frees. */
static void paper_is(struct paper *paper, const char *expected) {
  fclose(paper->term.out);
  assert_string_equal(paper->text, expected);
  free(paper->text);
}

static void columns_of_any_script(void **state) {
  (void)state;
  assert_int_equal(term_columns(""), 0);
  assert_int_equal(term_columns("Zoë"), 3);
  assert_int_equal(term_columns("Zoe\u0308"), 3); /* a mark on the letter before */
  assert_int_equal(term_columns("木村"), 4);
  assert_int_equal(term_columns("▲ at risk"), 9);
  assert_int_equal(term_columns("a\xff\x1b"), 3); /* each shown as one '?' */
  assert_int_equal(term_fit("木村", 3), 3);
  assert_int_equal(term_fit("abc", 2), 2);
  assert_int_equal(term_fit("abc", 9), 3);
}

static void what_comes_from_outside_cannot_move_the_cursor(void **state) {
  (void)state;
  struct paper paper;
  paper_open(&paper, 80);
  term_puts(&paper.term, STYLE_RED, "a\x1b[2Jb\r\nc\u202ed\xc0\x80");
  paper_is(&paper, "a?[2Jb??c?d??");
}

static void colour_only_where_it_is_wanted(void **state) {
  (void)state;
  struct paper paper;
  paper_open(&paper, 80);
  paper.term.colour = true;
  term_puts(&paper.term, STYLE_RED, "red");
  term_puts(&paper.term, STYLE_PLAIN, "plain");
  paper_is(&paper, "\033[31mred\033[0mplain");
}

static void words_wrap_between_and_only_long_ones_inside(void **state) {
  (void)state;
  struct paper paper;
  paper_open(&paper, 40);
  term_wrap(&paper.term, 2, "- ", STYLE_PLAIN, "The last readiness check is 30 days old, the exam is in 9 days.");
  term_wrap(&paper.term, 0, "", STYLE_PLAIN, "");
  term_wrap(&paper.term, 0, "", STYLE_PLAIN, "Donaudampfschiffahrtselektrizitaetenhauptbetriebswerk");
  paper_is(&paper, "  - The last readiness check is 30 days\n    old, the exam is in 9 days.\n\n"
                   "Donaudampfschiffahrtselektrizitaetenhaup\ntbetriebswerk\n");
}

static void a_wide_letter_never_hangs_the_line(void **state) {
  (void)state;
  const char *next;
  assert_int_equal(term_line("木", 1, &next), 3); /* does not fit, and is taken all the same */
  assert_int_equal(*next, '\0');
  assert_int_equal(term_line("", 10, &next), 0);
}

static const struct table_column columns[] = {{.title = "n", .right = true}, {.title = "name", .wraps = true}, {.title = "state"}};

static void a_table_is_as_wide_as_it_must(void **state) {
  (void)state;
  struct paper paper;
  struct table *table = table_new(columns, 3);
  paper_open(&paper, 80);
  table_cellf(table, STYLE_PLAIN, "%d", 1);
  table_cell(table, STYLE_PLAIN, "木村 Zoë");
  table_cell(table, STYLE_PLAIN, "on track");
  table_note(table, STYLE_PLAIN, "- ", "because");
  table_cellf(table, STYLE_PLAIN, "%d", 12);
  table_cell(table, STYLE_PLAIN, NULL);
  table_cell(table, STYLE_PLAIN, "at risk");
  assert_int_equal(table_print(table, &paper.term), 0);
  table_free(table);
  paper_is(&paper, " n  name      state\n"
                   " 1  木村 Zoë  on track\n"
                   "    - because\n"
                   "12            at risk\n");
}

static void a_column_that_wraps_gives_way(void **state) {
  (void)state;
  struct paper paper;
  struct table *table = table_new(columns, 3);
  paper_open(&paper, 40);
  table_cell(table, STYLE_PLAIN, "1");
  table_cell(table, STYLE_PLAIN, "a name that is longer than what there is room for");
  table_cell(table, STYLE_PLAIN, "on track");
  assert_int_equal(table_print(table, &paper.term), 0);
  table_free(table);
  paper_is(&paper, "n  name                         state\n"
                   "1  a name that is longer than   on track\n"
                   "   what there is room for\n");
}

static void an_empty_table_has_its_titles(void **state) {
  (void)state;
  struct paper paper;
  struct table *table = table_new(columns, 3);
  paper_open(&paper, 80);
  assert_int_equal(table_print(table, &paper.term), 0);
  table_free(table);
  paper_is(&paper, "n  name  state\n");
}

static void every_state_has_shape_and_word(void **state) {
  (void)state;
  static const char *const names[] = {"at_risk", "borderline", "on_track", "cannot_say"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const struct term_state *words = term_state(names[i]);
    assert_string_equal(words->name, names[i]);
    assert_int_equal(term_columns(words->shape), 1);
    for (size_t j = 0; j < i; j++) {
      assert_string_not_equal(words->shape, term_state(names[j])->shape);
      assert_string_not_equal(words->shape_ascii, term_state(names[j])->shape_ascii);
    }
  }
  assert_string_equal(term_state("something newer")->word, "not assessed");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_of_any_script),
      cmocka_unit_test(what_comes_from_outside_cannot_move_the_cursor),
      cmocka_unit_test(colour_only_where_it_is_wanted),
      cmocka_unit_test(words_wrap_between_and_only_long_ones_inside),
      cmocka_unit_test(a_wide_letter_never_hangs_the_line),
      cmocka_unit_test(a_table_is_as_wide_as_it_must),
      cmocka_unit_test(a_column_that_wraps_gives_way),
      cmocka_unit_test(an_empty_table_has_its_titles),
      cmocka_unit_test(every_state_has_shape_and_word),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
