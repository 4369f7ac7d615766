/*
 * stepguard-report paper: a document of the school, in a form, in a file. For the operator of the machine, who prints what the
 * office asked for (a page of the office does the same for those who may), and for schedules.
 *
 *   paper packet STUDENT      the committee packet of one student; --redacted without contacts, case and names of staff
 *   paper class YEAR          the report of a class
 *   paper accreditation       --from DAY --to DAY: what an accreditor is shown
 *
 * The document is one JSON text that the database makes, and notes on the trail, in one call; every form is made of it alone. What
 * goes to somebody outside the school is entered in the ledger of disclosures by whoever hands it out: no program knows that.
 */
#include "report/papers.h"

#include "base/cli.h"
#include "base/err.h"
#include "base/file.h"
#include "db/sync.h"
#include "paper/build.h"
#include "paper/pdf.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char program[] = "stepguard-report";

enum { FILE_MODE = 0640, SENTENCE = 480, YEAR_LEAST = 1900, YEAR_MOST = 2200, DIGITS = 10, ARGS_BYTES = 1024 };

struct papers_options {
  const char *config, *out, *form, *size;
  int32_t from, to;
  bool redacted, help;
};

static const struct cli_option papers_cli[] = {
    CLI_TEXT("out", "FILE", struct papers_options, out, "the file that is written; standard output unless given"),
    CLI_TEXT("form", "FORM", struct papers_options, form, "pdf (unless given), html, txt, csv or json"),
    CLI_TEXT("size", "PAPER", struct papers_options, size, "of a PDF: letter (unless given) or a4"),
    CLI_DAY("from", "YYYY-MM-DD", struct papers_options, from, "accreditation: the first day of the period"),
    CLI_DAY("to", "YYYY-MM-DD", struct papers_options, to, "accreditation: the last day of the period"),
    CLI_FLAG("redacted", struct papers_options, redacted, "packet: without contacts, case and names of the school's people"),
    CLI_TEXT("config", "FILE", struct papers_options, config,
             "configuration of the school; $STEPGUARD_CONFIG or " CONF_PATH_OF_PACKAGE " unless given"),
    CLI_FLAG("help", struct papers_options, help, "this text"),
};
enum { OPTIONS = sizeof papers_cli / sizeof *papers_cli };

struct papers {
  struct papers_options options;
  struct term out, err;
  struct conf *conf;
  struct dbsync *db;
  const struct papers_kind *kind;
  const struct papers_form *form;
  const char *word; /* student or year; NULL */
  json_t *document;
};

/* ---------------------------------------------------------------- documents */

static int packet_args(struct papers *papers, struct args *args) {
  args_text(args, papers->word);
  args_bool(args, papers->options.redacted);
  return 0;
}

static int class_args(struct papers *papers, struct args *args) {
  char *end = NULL;
  const long year = strtol(papers->word, &end, DIGITS);
  if (*end || year < YEAR_LEAST || year > YEAR_MOST) {
    cli_complain(&papers->err, program, "\"%s\" is no class year", papers->word);
    return E_INVALID;
  }
  args_i16(args, (int16_t)year);
  return 0;
}

static int accreditation_args(struct papers *papers, struct args *args) {
  if (papers->options.from == CLI_NO_DAY || papers->options.to == CLI_NO_DAY || papers->options.to < papers->options.from) {
    cli_complain(&papers->err, program, "which period? Give --from DAY and --to DAY, the first and the last day");
    return E_INVALID;
  }
  args_day(args, papers->options.from);
  args_day(args, papers->options.to);
  return 0;
}

static const struct papers_kind {
  const char *name, *wanted;
  size_t words;
  enum stmt stmt;
  int (*args)(struct papers *papers, struct args *args); /* says itself what is wrong */
  int (*sheet)(const json_t *document, struct sheet **ret);
  const char *what; /* "there is no %s \"%s\"", when the database has none */
} kinds[] = {
    {"packet", "the student's id", 1, STMT_PAPER_PACKET, packet_args, sheet_packet, "student"},
    {"class", "the class year", 1, STMT_PAPER_CLASS, class_args, sheet_class, "class"},
    {"accreditation", "", 0, STMT_PAPER_ACCREDITATION, accreditation_args, sheet_accreditation, "document"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---------------------------------------------------------------- forms */

static int make_pdf(const struct papers *papers, const struct sheet *sheet, struct paper_bytes *ret) {
  const bool a4 = papers->options.size && strcmp(papers->options.size, "a4") == 0;
  return paper_pdf_sized(sheet, a4 ? PDF_A4 : PDF_LETTER, ret);
}

static int make_html(const struct papers *papers, const struct sheet *sheet, struct paper_bytes *ret) {
  const struct paper_html options = {.images = PAPER_INLINE};
  (void)papers;
  return paper_html(sheet, &options, ret, NULL);
}

static int make_text(const struct papers *papers, const struct sheet *sheet, struct paper_bytes *ret) {
  (void)papers;
  return paper_text(sheet, ret);
}

static int make_csv(const struct papers *papers, const struct sheet *sheet, struct paper_bytes *ret) {
  (void)papers;
  return paper_csv(sheet, ret);
}

static int make_json(const struct papers *papers, const struct sheet *sheet, struct paper_bytes *ret) {
  (void)sheet;
  return paper_json(papers->document, ret);
}

static const struct papers_form {
  const char *name;
  int (*make)(const struct papers *papers, const struct sheet *sheet, struct paper_bytes *ret);
} forms[] = {{"pdf", make_pdf}, {"html", make_html}, {"txt", make_text}, {"csv", make_csv}, {"json", make_json}};
enum { FORMS = sizeof forms / sizeof *forms };

/* ---------------------------------------------------------------- doing it */

static void papers_help(struct term *term) {
  fprintf(term->out, "usage: stepguard-report paper packet STUDENT | class YEAR | accreditation --from DAY --to DAY [OPTIONS]\n\n");
  cli_help_lines(term, 0,
                 "Prints a document of the school into a file: the committee packet of one student, the report of a class, or what "
                 "an accreditor is shown of a period. Each leaves a line on the trail. What goes to anybody outside the school is "
                 "to be entered in the ledger of disclosures as well.");
  cli_help_heading(term, "Options");
  cli_help_options(term, papers_cli, OPTIONS);
  cli_help_heading(term, "Examples");
  cli_help_lines(term, 2,
                 "stepguard-report paper packet 1001 --out packet-1001.pdf\n"
                 "stepguard-report paper class 2028 --size a4 --out class-2028.pdf\n"
                 "stepguard-report paper accreditation --from 2026-07-01 --to 2027-06-30 --form html --out bundle.html");
  fprintf(term->out, "\nExit codes: 0 done; 1 there is no such student or class; 2 usage; 3 could not reach or was refused.\n");
}

static int papers_ask(struct papers *papers) {
  struct args args;
  PGresult *res = NULL;
  char reason[SENTENCE] = "";
  json_error_t fault;
  args_init(&args, ARGS_BYTES);
  args_text(&args, papers->conf->school_code);
  if (papers->kind->args(papers, &args) < 0) {
    args_done(&args);
    return EXIT_USAGE;
  }
  int err = dbsync_open(papers->conf->database_url, ROLE_REPORT, &papers->db, reason, sizeof reason);
  if (err)
    args_done(&args);
  else
    err = dbsync_call(papers->db, papers->kind->stmt, &args, &res);
  if (err) {
    const char *said = papers->db ? dbsync_reason(papers->db) : reason;
    cli_complain(&papers->err, program, "%s", said && *said ? said : err_text(err));
    return cli_exit_of(err);
  }
  const char *text = cell_null(res, 0, 0) ? NULL : cell_text(res, 0, 0);
  papers->document = text ? json_loads(text, 0, &fault) : NULL;
  PQclear(res);
  if (!text)
    cli_complain(&papers->err, program, "there is no %s \"%s\" at %s", papers->kind->what, papers->word ? papers->word : "",
                 papers->conf->school_code);
  else if (!papers->document)
    cli_complain(&papers->err, program, "the database's document cannot be read: %s", fault.text);
  return !text ? EXIT_PROBLEMS : papers->document ? EXIT_DONE : EXIT_REFUSED;
}

static int papers_write(struct papers *papers, const struct paper_bytes *bytes) {
  char reason[FILE_REASON];
  if (papers->options.out) {
    if (file_write(papers->options.out, bytes->data, bytes->len, FILE_MODE, false, reason) == 0)
      return EXIT_DONE;
    cli_complain(&papers->err, program, "%s", reason);
    return EXIT_REFUSED;
  }
  if (fwrite(bytes->data, 1, bytes->len, stdout) == bytes->len && fflush(stdout) == 0)
    return EXIT_DONE;
  cli_complain(&papers->err, program, "standard output cannot be written");
  return EXIT_REFUSED;
}

static int papers_print(struct papers *papers) {
  struct sheet *sheet = NULL;
  struct paper_bytes bytes = {0};
  int err = papers->kind->sheet(papers->document, &sheet);
  if (!err)
    err = papers->form->make(papers, sheet, &bytes);
  sheet_free(sheet);
  if (err) {
    cli_complain(&papers->err, program, "%s", err_text(err));
    return cli_exit_of(err);
  }
  const int code = papers_write(papers, &bytes);
  paper_bytes_done(&bytes);
  return code;
}

/* What is asked for, from the words and options. False with a complaint made. */
static bool papers_choose(struct papers *papers, const struct cli_words *words) {
  char reason[CLI_REASON];
  const struct cli_words rest = {.word = {words->n > 1 ? words->word[1] : NULL}, .n = words->n > 0 ? words->n - 1 : 0};
  const char *form = papers->options.form ? papers->options.form : forms[0].name, *size = papers->options.size;
  for (size_t i = 0; i < KINDS; i++)
    if (words->n > 0 && strcmp(words->word[0], kinds[i].name) == 0)
      papers->kind = &kinds[i];
  for (size_t i = 0; i < FORMS; i++)
    if (strcmp(form, forms[i].name) == 0)
      papers->form = &forms[i];
  if (!papers->kind)
    cli_complain(&papers->err, program, "which document? packet, class or accreditation (stepguard-report paper --help)");
  else if (!cli_words_fit(&rest, papers->kind->words, papers->kind->words, papers->kind->wanted, reason))
    cli_complain(&papers->err, program, "%s (stepguard-report paper --help)", reason);
  else if (!papers->form)
    cli_complain(&papers->err, program, "there is no form \"%s\": pdf, html, txt, csv or json", form);
  else if (size && strcmp(size, "a4") != 0 && strcmp(size, "letter") != 0)
    cli_complain(&papers->err, program, "there is no paper \"%s\": letter or a4", size);
  else if (!papers->options.out && papers->form->make == make_pdf && isatty(STDOUT_FILENO))
    cli_complain(&papers->err, program, "a PDF is nothing for a terminal: give --out FILE");
  else if (!papers->options.config)
    cli_complain(&papers->err, program, "which configuration? Give --config FILE, or set STEPGUARD_CONFIG");
  else {
    papers->word = rest.word[0];
    return true;
  }
  return false;
}

int papers_main(int argc, char **argv) {
  struct papers papers = {0};
  const struct cli_set set = {papers_cli, OPTIONS, &papers.options};
  struct cli_words words;
  char reason[CLI_REASON];
  term_init(&papers.out, stdout);
  term_init(&papers.err, stderr);
  cli_preset(&set);
  papers.options.config = conf_path_default();
  const int end = cli_parse(&set, 1, argc, argv, 1, false, &words, reason);
  if (end >= 0 && papers.options.help) {
    papers_help(&papers.out);
    return EXIT_DONE;
  }
  if (end < 0) {
    cli_complain(&papers.err, program, "%s (stepguard-report paper --help)", reason);
    return EXIT_USAGE;
  }
  if (!papers_choose(&papers, &words))
    return EXIT_USAGE;
  papers.conf = cli_conf(&papers.err, program, papers.options.config);
  if (!papers.conf)
    return EXIT_PROBLEMS;
  int code = papers_ask(&papers);
  if (code == EXIT_DONE)
    code = papers_print(&papers);
  json_decref(papers.document);
  dbsync_close(papers.db);
  conf_unref(papers.conf);
  return code;
}
