/* Forms of a sheet: what is escaped, how wide, how many columns, and where a page for mail is cut. */
#include "paper/paper.h"

#include "base/err.h"
#include "base/term.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static const struct paper_html whole = {.images = PAPER_INLINE}, mail = {.images = PAPER_ATTACHED, .most_bytes = PAPER_MAIL_BYTES};

static struct sheet *sheet_of_everything(void) {
  static const struct sheet_column columns[] = {
      {.title = "student", .head = 1}, {.title = "P & Q", .right = 1}, {.title = "why", .wraps = 1}};
  struct sheet *sheet = sheet_new();
  sheet_title(sheet, "A <title> & \"more\"", "It's here");
  sheet_meta(sheet, "School <x>", 0, "en");
  sheet_foot(sheet, "foot < foot");
  sheet_heading(sheet, 2, "One </h2><script>alert(1)</script>");
  sheet_text(sheet, "two\nlines");
  sheet_small(sheet, "small");
  sheet_notice(sheet, "notice");
  sheet_link(sheet, "https://office.example/?a=1&b=\"2\"", "Open");
  sheet_link(sheet, "javascript:alert(1)", "No link");
  sheet_figure(sheet, SHEET_AT_RISK, "at risk", "12", "3 more");
  sheet_fact(sheet, "as of", "today");
  sheet_state_item(sheet, SHEET_BORDERLINE, "1001", "\u05d0\u05d1 sentence");
  sheet_item(sheet, "", "=1+1");
  sheet_state_item(sheet, SHEET_CANNOT_SAY, "cannot say", "hidden");
  sheet_whole(sheet, 1204);
  sheet_table(sheet, "Table", columns, 3, "nobody");
  sheet_cell(sheet, "=cmd");
  sheet_cell(sheet, "-3.5");
  sheet_state_cell(sheet, SHEET_ON_TRACK);
  sheet_table(sheet, "Empty", columns, 3, "nobody");
  sheet_chart(sheet, &(struct chart){.kind = CHART_STATES,
                                     .title = "\"Chart\"",
                                     .message = "a < b",
                                     .points = &(struct chart_point){.counts = {1, 2, 3, 4}},
                                     .points_n = 1});
  sheet_page_break(sheet);
  assert_int_equal(sheet_failed(sheet), 0);
  return sheet;
}

/* ---------------------------------------------------------------- HTML */

static void html_is_escaped(void **state) {
  (void)state;
  static const char *const there[] = {
      "<h1 dir=\"auto\">A &lt;title&gt; &amp; &quot;more&quot;</h1>",
      "One &lt;/h2&gt;&lt;script&gt;",
      "two<br>\nlines",
      "href=\"https://office.example/?a=1&amp;b=&quot;2&quot;\"",
      "It&#39;s here",
      "and 1,201 more",
      "alt=\"&quot;Chart&quot;: a &lt; b\"",
      "<span class=\"state borderline\"><span aria-hidden=\"true\">\u25c6</span>\u00a0borderline</span>",
      "nobody",
      "<source media=\"(prefers-color-scheme: dark)\" srcset=\"data:image/png;base64,iVBOR",
      "<html lang=\"en\">"};
  static const char *const not_there[] = {"<script", "javascript:", "http://", "cid:", "url("};
  struct sheet *sheet = sheet_of_everything();
  struct paper_bytes html;
  assert_int_equal(paper_html(sheet, &whole, &html, NULL), 0);
  assert_int_equal(strlen(html.data), html.len);
  for (size_t i = 0; i < sizeof there / sizeof *there; i++)
    if (!strstr(html.data, there[i]))
      fail_msg("%s is missing", there[i]);
  for (size_t i = 0; i < sizeof not_there / sizeof *not_there; i++)
    assert_null(strstr(html.data, not_there[i]));
  paper_bytes_done(&html);
  sheet_free(sheet);
}

static void pictures_go_with_the_mail(void **state) {
  (void)state;
  struct sheet *sheet = sheet_of_everything();
  struct paper_attached attached;
  struct paper_bytes html;
  char reference[PAPER_CID + 8];
  assert_int_equal(paper_html(sheet, &mail, &html, &attached), 0);
  assert_int_equal(attached.n, 1);
  assert_memory_equal(attached.images[0].png.data, "\x89PNG", 4);
  snprintf(reference, sizeof reference, "\"cid:%s\"", attached.images[0].cid);
  assert_non_null(strstr(html.data, reference));
  assert_null(strstr(html.data, "data:"));
  paper_bytes_done(&html);
  paper_attached_done(&attached);
  assert_int_equal(attached.n, 0);
  sheet_free(sheet);
}

static void a_mail_is_cut_where_gmail_would(void **state) {
  (void)state;
  enum { LISTS = 12, LINES = 200 };
  struct sheet *sheet = sheet_new();
  struct paper_attached attached;
  struct paper_bytes html;
  for (int list = 0; list < LISTS; list++) {
    sheet_heading(sheet, 2, "List %d", list);
    for (int line = 0; line < LINES; line++)
      sheet_item(sheet, "1001", "A sentence of the usual length, with its numbers: 12 of 30, 41 %% to 59 %%, since 2027-01-14.");
    sheet_whole(sheet, 5000);
  }
  assert_int_equal(paper_html(sheet, &mail, &html, &attached), 0);
  assert_in_range(html.len, PAPER_MAIL_BYTES / 2, PAPER_MAIL_BYTES);
  assert_non_null(strstr(html.data, "List 11"));
  assert_non_null(strstr(html.data, "and 4,9"));
  paper_bytes_done(&html);
  paper_attached_done(&attached);
  assert_int_equal(paper_html(sheet, &whole, &html, NULL), 0);
  assert_true(html.len > LISTS * LINES * 100);
  paper_bytes_done(&html);
  assert_int_equal(paper_html(sheet, &(struct paper_html){.images = PAPER_ATTACHED, .most_bytes = 1000}, &html, &attached),
                   E_LIMIT);
  sheet_free(sheet);
}

static void more_pictures_than_a_mail_takes(void **state) {
  (void)state;
  struct sheet *sheet = sheet_new();
  struct paper_attached attached;
  struct paper_bytes html;
  for (int i = 0; i <= PAPER_IMAGES; i++)
    sheet_chart(sheet, &(struct chart){.kind = CHART_STATES, .title = "t", .message = "m", .told = true});
  assert_int_equal(paper_html(sheet, &mail, &html, &attached), E_LIMIT);
  sheet_free(sheet);
}

/* ---------------------------------------------------------------- text */

static void text_keeps_to_eighty_columns(void **state) {
  (void)state;
  struct sheet *sheet = sheet_of_everything();
  struct paper_bytes text;
  for (int i = 0; i < 20; i++)
    sheet_item(sheet, "\u6749\u7dd1 (1002)", "%.*s \u6749\u6749\u6749\u6749\u6749\u6749 \U0001f393", 5 * i,
               "a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k");
  assert_int_equal(paper_text(sheet, &text), 0);
  for (char *line = text.data, *end; *line; line = end + 1) {
    end = strchr(line, '\n');
    assert_non_null(end);
    *end = '\0';
    if (!strstr(line, "https://"))
      assert_in_range(term_columns(line), 0, 80);
  }
  paper_bytes_done(&text);
  sheet_free(sheet);
}

static void a_state_is_shape_and_word(void **state) {
  (void)state;
  struct sheet *sheet = sheet_of_everything();
  struct paper_bytes text;
  assert_int_equal(paper_text(sheet, &text), 0);
  assert_non_null(strstr(text.data, "\u25b2 at risk  12  3 more"));
  assert_non_null(strstr(text.data, "\u25c6 1001 (borderline): "));
  assert_non_null(strstr(text.data, "\u25cf on track"));
  assert_non_null(strstr(text.data, "\u25ac cannot say: hidden\n"));
  assert_non_null(strstr(text.data, "... and 1,201 more"));
  paper_bytes_done(&text);
  sheet_free(sheet);
}

/* ---------------------------------------------------------------- CSV */

static void assert_csv(struct sheet *sheet, const char *expected) {
  struct paper_bytes csv;
  assert_int_equal(paper_csv(sheet, &csv), 0);
  assert_string_equal(csv.data, expected);
  paper_bytes_done(&csv);
  sheet_free(sheet);
}

static void one_table_is_the_file(void **state) {
  (void)state;
  static const struct sheet_column columns[] = {{.title = "a"}, {.title = "b,c"}};
  struct sheet *sheet = sheet_new();
  sheet_table(sheet, "T", columns, 2, "none");
  sheet_cell(sheet, "-1.5");
  sheet_cell(sheet, "=1");
  sheet_cell(sheet, "-1-1");
  sheet_cell(sheet, "say \"x\"");
  sheet_state_cell(sheet, SHEET_AT_RISK);
  assert_csv(sheet, "a,\"b,c\"\r\n-1.5,'=1\r\n'-1-1,\"say \"\"x\"\"\"\r\nat risk,\r\n");
}

static void several_tables_are_one_rectangle(void **state) {
  (void)state;
  static const struct sheet_column one[] = {{.title = "a"}, {.title = "b"}}, two[] = {{.title = "b"}, {.title = "c"}};
  struct sheet *sheet = sheet_new();
  sheet_table(sheet, "One", one, 2, "");
  sheet_cell(sheet, "1");
  sheet_cell(sheet, "2");
  sheet_heading(sheet, 2, "Two");
  sheet_table(sheet, "", two, 2, "");
  sheet_cell(sheet, "3");
  sheet_cell(sheet, "4");
  assert_csv(sheet, "table,a,b,c\r\nOne,1,2,\r\nTwo,,3,4\r\n");
}

static void each_line_says_what_it_is_from(void **state) {
  (void)state;
  static const struct sheet_column columns[] = {{.title = "a"}};
  struct sheet *sheet = sheet_new();
  sheet_title(sheet, "Viridian", "1001");
  sheet_foot(sheet, "as of today\nnot to be passed on");
  sheet_table(sheet, "One", columns, 1, "");
  sheet_cell(sheet, "x");
  sheet_cell(sheet, "y");
  assert_csv(sheet, "a,document,notice\r\nx,Viridian · 1001,as of today not to be passed on\r\n"
                    "y,Viridian · 1001,as of today not to be passed on\r\n");
}

static void rows_for_a_program_come_first(void **state) {
  (void)state;
  static const struct sheet_column columns[] = {{.title = "a"}};
  struct sheet *sheet = sheet_of_everything();
  sheet_data(sheet, "rows", columns, 1);
  sheet_cell(sheet, "x");
  assert_csv(sheet, "a\r\nx\r\n");
  assert_csv(sheet_new(), "");
}

static void too_many_columns_are_refused(void **state) {
  (void)state;
  struct sheet *sheet = sheet_new();
  struct paper_bytes csv;
  for (int i = 0; i < 300; i++) {
    char title[16];
    snprintf(title, sizeof title, "c%d", i);
    sheet_table(sheet, "T", &(struct sheet_column){.title = title}, 1, "");
  }
  assert_int_equal(paper_csv(sheet, &csv), E_LIMIT);
  sheet_free(sheet);
}

/* ---------------------------------------------------------------- JSON */

static void keys_are_sorted_and_numbers_alike(void **state) {
  (void)state;
  json_t *document = json_pack("{s:f, s:i, s:[n, b]}", "z", 0.1 + 0.2, "a", 1, "m", 1);
  struct paper_bytes json;
  assert_int_equal(paper_json(document, &json), 0);
  assert_string_equal(json.data, "{\n  \"a\": 1,\n  \"m\": [\n    null,\n    true\n  ],\n  \"z\": 0.3\n}\n");
  paper_bytes_done(&json);
  json_decref(document);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(html_is_escaped),
      cmocka_unit_test(pictures_go_with_the_mail),
      cmocka_unit_test(a_mail_is_cut_where_gmail_would),
      cmocka_unit_test(more_pictures_than_a_mail_takes),
      cmocka_unit_test(text_keeps_to_eighty_columns),
      cmocka_unit_test(a_state_is_shape_and_word),
      cmocka_unit_test(one_table_is_the_file),
      cmocka_unit_test(several_tables_are_one_rectangle),
      cmocka_unit_test(each_line_says_what_it_is_from),
      cmocka_unit_test(rows_for_a_program_come_first),
      cmocka_unit_test(too_many_columns_are_refused),
      cmocka_unit_test(keys_are_sorted_and_numbers_alike),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
