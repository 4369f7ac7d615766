/*
 * CSV as it comes from people. Each case is a file and what is to be said of it, one line per event, in order:
 *   row LINE a|b      a data row; "~" for a column the file does not have
 *   bad LINE COLUMN   a finding; "warn" for a warning; column "-" where the row is meant
 * Every case is fed whole, byte by byte, and split in two at every place; all must give the same.
 */
#include "proto/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct csv_column columns[] = {{"code", "kind type", true}, {"taken_at", "date", false}, {"score", NULL, false}};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

struct events {
  char text[1 << 16];
  size_t len, rows, findings;
  char reason[CSV_REASON]; /* of the last finding */
  char value[CSV_VALUE];
};

static void PRINTF_LIKE(2, 3) event_add(struct events *events, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(events->text + events->len, sizeof(events->text) - events->len, fmt, args);
  va_end(args);
  assert_in_range(n, 0, sizeof(events->text) - events->len - 1);
  events->len += (size_t)n;
}

static void on_row(void *arg, uint64_t line, const char *const *fields) {
  struct events *events = arg;
  events->rows++;
  event_add(events, "row %" PRIu64 " ", line);
  for (int i = 0; i < COLUMNS; i++)
    event_add(events, "%s%.20s", i ? "|" : "", fields[i] ? fields[i] : "~");
  event_add(events, "\n");
}

static void on_finding(void *arg, const struct csv_finding *finding) {
  struct events *events = arg;
  events->findings++;
  event_add(events, "%s %" PRIu64 " %s\n", finding->warning ? "warn" : "bad", finding->line,
            finding->column ? finding->column : "-");
  memcpy(events->reason, finding->reason, sizeof(events->reason));
  memcpy(events->value, finding->value, sizeof(events->value));
  assert_true(strlen(finding->reason) > 10);
}

/* Feeds `file` in pieces that end at `split` and, when `step` is not 0, every `step` bytes. Gives csv_finish's answer. */
static int read_split(struct events *events, const char *file, size_t len, size_t split, size_t step) {
  *events = (struct events){.len = 0};
  struct csv_reader *reader =
      csv_reader_new(columns, COLUMNS, &(struct csv_handler){.row = on_row, .finding = on_finding, .arg = events});
  assert_non_null(reader);
  int fed = 0;
  for (size_t at = 0; at < len && fed == 0;) {
    size_t n = step ? step : at < split ? split - at : len - at;
    n = n < len - at ? n : len - at;
    char *piece = malloc(n); /* so that reading past it is seen */
    assert_non_null(piece);
    memcpy(piece, file + at, n);
    fed = csv_feed(reader, piece, n);
    free(piece);
    at += n;
  }
  int finished = csv_finish(reader);
  assert_true(fed == 0 || finished == -1);
  csv_reader_free(reader);
  return finished;
}

static int read_all_ways(struct events *events, const char *file, size_t len) {
  int whole = read_split(events, file, len, 0, 0);
  static struct events other;
  assert_int_equal(read_split(&other, file, len, 0, 1), whole);
  assert_string_equal(other.text, events->text);
  for (size_t split = 1; split < len; split++) {
    assert_int_equal(read_split(&other, file, len, split, 0), whole);
    assert_string_equal(other.text, events->text);
  }
  return whole;
}

#define TEXT(s) s, sizeof(s) - 1

/* clang-format off */
static const struct {
  const char *what, *file;
  size_t len;
  int result;
  const char *events;
} cases[] = {
    {"plain", TEXT("code,taken_at,score\na,b,c\n"), 0, "row 2 a|b|c\n"},
    {"no line end at the end", TEXT("code,score\na,1"), 0, "row 2 a|~|1\n"},
    {"CRLF", TEXT("code,score\r\na,1\r\nb,2\r\n"), 0, "row 2 a|~|1\nrow 3 b|~|2\n"},
    {"lone CR", TEXT("code,score\ra,1\rb,2"), 0, "row 2 a|~|1\nrow 3 b|~|2\n"},
    {"mixed line ends", TEXT("code,score\r\na,1\nb,2\rc,3\r\n"), 0, "row 2 a|~|1\nrow 3 b|~|2\nrow 4 c|~|3\n"},
    {"byte-order mark", TEXT("\xef\xbb\xbf" "code,score\na,1\n"), 0, "row 2 a|~|1\n"},
    {"byte-order mark and quotes", TEXT("\xef\xbb\xbf" "\"code\",\"score\"\na,1\n"), 0, "row 2 a|~|1\n"},
    {"any order, any case, spaces for _", TEXT("SCORE,Taken At, Code \n1,2,3\n"), 0, "row 2 3|2|1\n"},
    {"aliases", TEXT("Type,Date\na,b\n"), 0, "row 2 a|b|~\n"},
    {"own name before alias", TEXT("date,code,taken_at\n1,a,2\n"), 0, "warn 1 -\nrow 2 a|2|~\n"},
    {"two aliases of one", TEXT("kind,type\na,b\n"), 0, "warn 1 -\nrow 2 a|~|~\n"},
    {"unknown columns", TEXT("code,colour,score,note\na,red,1,x\n"), 0, "warn 1 -\nwarn 1 -\nrow 2 a|~|1\n"},
    {"an unnamed column", TEXT("code,,score\na,x,1\n"), 0, "row 2 a|~|1\n"},
    {"empty lines", TEXT("\n\r\ncode,score\n\n  \na,1\n\n\nb,2\n,\n"), 0, "row 6 a|~|1\nrow 9 b|~|2\n"},
    {"spaces around cells", TEXT("code,score\n  a  ,\t1 \n\" b \",2\n"), 0, "row 2 a|~|1\nrow 3 b|~|2\n"},
    {"quoted comma and quote", TEXT("code,score\n\"a,\"\"b\"\"\",1\n"), 0, "row 2 a,\"b\"|~|1\n"},
    {"quoted line end, lines counted", TEXT("code,score\n\"a\nb\",1\nc,2\n"), 0, "row 2 a\nb|~|1\nrow 4 c|~|2\n"},
    {"quoted CRLF, lines counted", TEXT("code,score\r\n\"a\r\n\r\nb\",1\r\nc,2\r\n"), 0, "row 2 a\r\n\r\nb|~|1\nrow 5 c|~|2\n"},
    {"short row", TEXT("code,taken_at,score\na\n"), 0, "row 2 a||\n"},
    {"long row, nothing in it", TEXT("code,score\na,1,,\n"), 0, "row 2 a|~|1\n"},
    {"long row", TEXT("code,score\na,1,2\nb,3\n"), 0, "bad 2 -\nrow 3 b|~|3\n"},

    {"quote in a bare cell", TEXT("code,score\na,5\"\nb,2\nc,3\n"), 0, "bad 2 -\nrow 3 b|~|2\nrow 4 c|~|3\n"},
    {"text after a closing quote", TEXT("code,score\n\"a\"b,1\nc,3\n"), 0, "bad 2 -\nrow 3 c|~|3\n"},
    {"quote never closed", TEXT("code,score\n\"a,1\nb,2\nc,3\n"), 0, "bad 2 -\nrow 3 b|~|2\nrow 4 c|~|3\n"},
    {"quote never closed, CRLF", TEXT("code,score\r\n\"a,1\r\nb,2\r\nc,3\r\n"), 0, "bad 2 -\nrow 3 b|~|2\nrow 4 c|~|3\n"},
    {"quote never closed on the last line", TEXT("code,score\na,1\nb,\"2"), 0, "row 2 a|~|1\nbad 3 -\n"},
    {"two unclosed quotes", TEXT("code,score\n\"a,1\nb,2\n\"c,3\nd,4\n"), 0, "bad 2 -\nrow 3 b|~|2\nbad 4 -\nrow 5 d|~|4\n"},
    {"quotes everywhere", TEXT("code,score\n\"\"\"\n\"\"\"\"\"\na,1\n"), 0, "row 2 \"\n\"\"|~|\nrow 4 a|~|1\n"},

    {"not UTF-8", TEXT("code,score\nZo\xeb,1\nb,2\n"), 0, "bad 2 code\nrow 3 b|~|2\n"},
    {"not UTF-8 where nobody looks", TEXT("code,note\na,Zo\xeb\n"), 0, "warn 1 -\nrow 2 a|~|~\n"},
    {"NUL", TEXT("code,score\na,1\0" "2\nb,2\n"), 0, "bad 2 score\nrow 3 b|~|2\n"},
    {"NUL as a whole row", TEXT("code,score\n\0\nb,2\n"), 0, "bad 2 code\nrow 3 b|~|2\n"},

    {"nothing", TEXT(""), -1, "bad 1 -\n"},
    {"only a byte-order mark", TEXT("\xef\xbb\xbf"), -1, "bad 1 -\n"},
    {"only empty lines", TEXT("\n\n\n"), -1, "bad 4 -\n"},
    {"header without a needed column", TEXT("score,taken_at\n1,2\n"), -1, "bad 1 code\n"},
    {"semicolons", TEXT("code;score\na;1\n"), -1, "bad 1 code\n"},
    {"no header", TEXT("a,2026-01-01,1\n"), -1, "bad 1 code\n"},
    {"a column twice", TEXT("code,score,Score\na,1,2\n"), -1, "bad 1 -\n"},
    {"a broken header", TEXT("code,\"sc\"ore\na,1\n"), -1, "bad 1 -\n"},
    {"a header never closed", TEXT("code,\"score\na,1\nb,2\n"), -1, "bad 1 -\n"},
    {"a header not UTF-8", TEXT("code,scor\xe9\na,1\n"), -1, "bad 1 -\n"},
    {"UTF-16", TEXT("\xff\xfe" "c\0o\0d\0e\0\n\0"), -1, "bad 1 -\n"},
};
/* clang-format on */

static void the_mess(void **state) {
  (void)state;
  static struct events events;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    int result = read_all_ways(&events, cases[i].file, cases[i].len);
    if (result != cases[i].result || strcmp(events.text, cases[i].events) != 0)
      print_error("case \"%s\": %d\n%s", cases[i].what, result, events.text);
    assert_int_equal(result, cases[i].result);
    assert_string_equal(events.text, cases[i].events);
  }
}

static void forty_bad_rows_beside_one_good(void **state) {
  (void)state;
  static struct events events;
  char file[4096];
  size_t len = (size_t)snprintf(file, sizeof(file), "code,score\n");
  for (int i = 0; i < 40; i++) {
    static const char *const bad[] = {"a,1,2\n", "\"a\"b,1\n", "\xff,1\n", "a,\"\n"};
    if (i == 20)
      len += (size_t)snprintf(file + len, sizeof(file) - len, "good,1\n");
    len += (size_t)snprintf(file + len, sizeof(file) - len, "%s", bad[i % 4]);
  }
  assert_int_equal(read_all_ways(&events, file, len), 0);
  assert_int_equal(events.findings, 40);
  assert_int_equal(events.rows, 1);
  assert_non_null(strstr(events.text, "row 22 good|~|1\n"));
}

/* A line over the cap, a cell over the cap, and one quotation mark in front of more than the buffer holds. */
static void caps(void **state) {
  (void)state;
  static struct events events;
  size_t cap = 4 * CSV_ROW_CAP;
  char *file = malloc(cap);
  assert_non_null(file);

  size_t len = (size_t)snprintf(file, cap, "code,score\n");
  memset(file + len, 'x', 2 * CSV_ROW_CAP);
  len += 2 * CSV_ROW_CAP;
  len += (size_t)snprintf(file + len, cap - len, "\r\na,1\r\n");
  for (size_t step = 1; step < 3 * CSV_ROW_CAP; step = step * 7 + 1) {
    assert_int_equal(read_split(&events, file, len, 0, step), 0);
    assert_string_equal(events.text, "bad 2 -\nrow 3 a|~|1\n");
  }

  len = (size_t)snprintf(file, cap, "code,score\n");
  memset(file + len, 'x', CSV_FIELD_CAP + 1);
  len += CSV_FIELD_CAP + 1;
  len += (size_t)snprintf(file + len, cap - len, ",1\na,1\n");
  assert_int_equal(read_split(&events, file, len, 0, 0), 0);
  assert_string_equal(events.text, "bad 2 code\nrow 3 a|~|1\n");

  len = (size_t)snprintf(file, cap, "code,score\n\"a,1\n");
  size_t rows = 0;
  for (; len < 2 * CSV_ROW_CAP; rows++)
    len += (size_t)snprintf(file + len, cap - len, "b,%0200zu\n", rows);
  for (size_t step = 100; step < 3 * CSV_ROW_CAP; step *= 7) {
    assert_int_equal(read_split(&events, file, len, 0, step), 0);
    assert_int_equal(events.rows, rows);
    assert_int_equal(events.findings, 1);
    assert_memory_equal(events.text, "bad 2 -\nrow 3 b|~|", 18);
  }
  free(file);
}

/* What lies in the buffer behind the last line belongs to rows long gone. */
static void a_finding_shows_its_own_line(void **state) {
  (void)state;
  static struct events events;
  static const char file[] = "code,score\na long row that came before,1\n\"a\"b";
  assert_int_equal(read_all_ways(&events, file, sizeof(file) - 1), 0);
  assert_string_equal(events.value, "\"a\"b");
}

static void too_many_columns(void **state) {
  (void)state;
  static struct events events;
  char file[1024] = "code";
  size_t len = strlen(file);
  for (int i = 1; i <= CSV_MAX_COLUMNS; i++)
    len += (size_t)snprintf(file + len, sizeof(file) - len, ",c%d", i);
  assert_int_equal(read_split(&events, file, len, 0, 0), -1);
  assert_string_equal(events.text, "bad 1 -\n");
}

static void findings_show_a_short_clean_value(void **state) {
  (void)state;
  struct csv_finding finding;
  csv_finding_make(&finding, 7, "score", "a\x1b[31m\nb\xff", "no %s", "good");
  assert_string_equal(finding.value, "a?[31m?b?");
  assert_string_equal(finding.reason, "no good");
  assert_int_equal(finding.line, 7);
  assert_false(finding.warning);
  char longer[200];
  for (size_t i = 0; i + 2 < sizeof(longer); i += 2)
    memcpy(longer + i, "\xc3\xab", 3);
  csv_finding_make(&finding, 1, NULL, longer, "%s%s", longer, longer);
  assert_int_equal(strlen(finding.value), 47); /* 22 characters and three points */
  assert_string_equal(finding.value + 44, "...");
  assert_int_equal(strlen(finding.reason) % 2, 0);
  csv_finding_make(&finding, 1, NULL, NULL, "x");
  assert_string_equal(finding.value, "");
}

static void export_cells(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"", ""},
      {"plain", "plain"},
      {"a,b", "\"a,b\""},
      {"say \"x\"", "\"say \"\"x\"\"\""},
      {"a\nb", "\"a\nb\""},
      {"=1+1", "'=1+1"},
      {"+1", "'+1"},
      {"-1", "'-1"},
      {"@x", "'@x"},
      {"\tx", "\"'\tx\""},
      {"\rx", "\"'\rx\""},
      {"=a,b", "\"'=a,b\""},
      {"  =1", "\"'  =1\""},
      {"\xef\xbb\xbf=1", "'\xef\xbb\xbf=1"},
      {"\uff1d1", "'\uff1d1"},
      {"\u00a0\u200b\uff20x", "'\u00a0\u200b\uff20x"},
      {"a=b", "a=b"},
      {" a", "\" a\""},
  };
  for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
    char out[64];
    size_t n = csv_quote(out, sizeof(out), pairs[i][0]);
    assert_string_equal(out, pairs[i][1]);
    assert_int_equal(n, strlen(pairs[i][1]));
    for (size_t cap = 0; cap <= n; cap++) { /* cut short, as snprintf does it */
      memset(out, 'Z', sizeof(out));
      assert_int_equal(csv_quote(out, cap, pairs[i][0]), n);
      if (cap > 0) {
        assert_int_equal(strlen(out), cap - 1);
        assert_memory_equal(out, pairs[i][1], cap - 1);
      }
      assert_int_equal(out[cap], 'Z');
    }
  }
}

static void other_separators(void **state) {
  (void)state;
  static const struct {
    const char *text;
    char separator;
  } guesses[] = {{"", ','},          {"code\n1,2\n", ','},     {"a;b,c;d\n", ';'},      {"a\tb\n", '\t'},
                 {"a|b|c,d\n", '|'}, {"\"a;b;c\",d,e\n", ','}, {"Title\na;b;c\n", ';'}, {"\"a,b\n,c\";d\n", ';'}};
  for (size_t i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++)
    assert_int_equal(csv_separator_guess(guesses[i].text, strlen(guesses[i].text)), guesses[i].separator);

  /* Kept also behind a row that was no row. */
  static const char file[] = "code;score\na;6,5\n\"b\"x;7\nc;\"8;9\"\n";
  struct events events = {.len = 0};
  struct csv_reader *reader = csv_reader_new(columns, COLUMNS, &(struct csv_handler){on_row, on_finding, NULL, &events});
  assert_non_null(reader);
  csv_separator_set(reader, ';');
  assert_int_equal(csv_feed(reader, file, sizeof(file) - 1), 0);
  assert_int_equal(csv_finish(reader), 0);
  csv_reader_free(reader);
  assert_string_equal(events.text, "row 2 a|~|6,5\nbad 3 -\nrow 4 c|~|8;9\n");
  assert_true(csv_column_is(&columns[1], "Taken At") && csv_column_is(&columns[1], "DATE") && !csv_column_is(&columns[1], "day"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_mess),
      cmocka_unit_test(forty_bad_rows_beside_one_good),
      cmocka_unit_test(caps),
      cmocka_unit_test(a_finding_shows_its_own_line),
      cmocka_unit_test(too_many_columns),
      cmocka_unit_test(findings_show_a_short_clean_value),
      cmocka_unit_test(export_cells),
      cmocka_unit_test(other_separators),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
