/*
 * Text for people on a terminal.
 *
 * Columns are counted by the C library's wcwidth() under a C.UTF-8 locale of our own (uselocale, per call), so that the
 * count is the same whatever the user's locale says and nothing global is changed. A cell library (ncurses) was rejected:
 * the output is lines that scroll and can be piped, not screens.
 *
 * Escape sequences are written by this file only; whatever else reaches a terminal goes through term_put(), which replaces
 * control characters. A student could otherwise colour, move or clear the dean's terminal by way of a form's name.
 */
#include "base/term.h"

#include "base/clock.h"
#include "proto/utf8.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

enum { PROGRESS_AFTER_MS = 1000, PROGRESS_EVERY_MS = 100, PROGRESS_CELLS = 30 };

static const char *const style_on[STYLES] = {"", "\033[1m", "\033[2m", "\033[31m", "\033[33m", "\033[32m", "\033[36m"};
static const char style_off[] = "\033[0m";

/* The first of the three that is set decides, as POSIX has it. None set: UTF-8, as every terminal of today. */
static bool locale_is_ascii(void) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *v = getenv(names[i]);
    if (v && *v)
      return !strcasestr(v, "utf-8") && !strcasestr(v, "utf8");
  }
  return false;
}

static int terminal_width(int fd, bool terminal) {
  const char *columns = getenv("COLUMNS");
  long width = columns ? strtol(columns, NULL, 10) : 0;
  struct winsize size;
  if (width <= 0 && terminal && ioctl(fd, TIOCGWINSZ, &size) == 0)
    width = size.ws_col;
  if (width <= 0)
    width = TERM_WIDTH_PLAIN;
  return width < TERM_WIDTH_MIN ? TERM_WIDTH_MIN : width > 1000 ? 1000 : (int)width;
}

void term_init(struct term *term, FILE *out) {
  const char *no_colour = getenv("NO_COLOR"), *kind = getenv("TERM");
  int fd = fileno(out);
  term->out = out;
  term->terminal = isatty(fd) == 1;
  term->colour = term->terminal && !(no_colour && *no_colour) && kind && strcmp(kind, "dumb") != 0;
  term->ascii = locale_is_ascii();
  term->width = terminal_width(fd, term->terminal);
}

/* ---------------------------------------------------------------- characters */

static locale_t utf8_locale(void) {
  static locale_t locale;
  if (!locale)
    locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  return locale;
}

struct glyph {
  size_t bytes;
  size_t columns;
  bool printable;
};

/* The character at `text`, which has at least one byte. */
static struct glyph glyph_at(const char *text, size_t len) {
  uint32_t point = 0;
  size_t bytes = utf8_next(text, len, &point);
  if (bytes == 0 || !utf8_plain(text, bytes))
    return (struct glyph){bytes ? bytes : 1, 1, false};
  locale_t before = uselocale(utf8_locale());
  int columns = wcwidth((wchar_t)point);
  uselocale(before);
  return columns < 0 ? (struct glyph){bytes, 1, false} : (struct glyph){bytes, (size_t)columns, true};
}

size_t term_columns_of(const char *text, size_t len) {
  size_t columns = 0;
  while (len > 0) {
    struct glyph glyph = glyph_at(text, len);
    columns += glyph.columns;
    text += glyph.bytes;
    len -= glyph.bytes;
  }
  return columns;
}

size_t term_columns(const char *text) {
  return term_columns_of(text, strlen(text));
}

size_t term_fit(const char *text, size_t columns) {
  size_t at = 0, len = strlen(text);
  while (at < len) {
    struct glyph glyph = glyph_at(text + at, len - at);
    if (glyph.columns > columns)
      break;
    columns -= glyph.columns;
    at += glyph.bytes;
  }
  return at;
}

void term_put(struct term *term, enum term_style style, const char *text, size_t len) {
  bool styled = term->colour && style != STYLE_PLAIN;
  if (styled)
    fputs(style_on[style], term->out);
  while (len > 0) {
    struct glyph glyph = glyph_at(text, len);
    if (glyph.printable)
      fwrite(text, 1, glyph.bytes, term->out);
    else
      fputc('?', term->out);
    text += glyph.bytes;
    len -= glyph.bytes;
  }
  if (styled)
    fputs(style_off, term->out);
}

void term_puts(struct term *term, enum term_style style, const char *text) {
  term_put(term, style, text, strlen(text));
}

void term_spaces(struct term *term, size_t n) {
  fprintf(term->out, "%*s", (int)n, "");
}

/* ---------------------------------------------------------------- lines */

size_t term_line(const char *text, size_t columns, const char **ret_next) {
  size_t fits = term_fit(text, columns ? columns : 1);
  if (text[fits] == '\0') {
    *ret_next = text + fits;
    return fits;
  }
  size_t end = fits;
  while (end > 0 && text[end] != ' ')
    end--;
  if (end == 0)
    end = fits ? fits : glyph_at(text, strlen(text)).bytes;
  const char *next = text + end;
  while (*next == ' ')
    next++;
  *ret_next = next;
  while (end > 1 && text[end - 1] == ' ')
    end--;
  return end;
}

void term_wrap(struct term *term, size_t indent, const char *lead, enum term_style style, const char *text) {
  size_t lead_columns = term_columns(lead), left = (size_t)term->width, used = indent + lead_columns;
  size_t room = left > used + TERM_WIDTH_MIN / 2 ? left - used : TERM_WIDTH_MIN / 2;
  term_spaces(term, indent);
  term_puts(term, STYLE_PLAIN, lead);
  for (bool first = true; *text || first; first = false) {
    const char *next = text;
    size_t len = term_line(text, room, &next);
    if (!first)
      term_spaces(term, used);
    term_put(term, style, text, len);
    fputc('\n', term->out);
    text = next;
  }
}

/* ---------------------------------------------------------------- states */

static const struct term_state states[] = {
    {"at_risk", "\u25b2", "!", "at risk", STYLE_RED},
    {"borderline", "\u25c6", "~", "borderline", STYLE_YELLOW},
    {"on_track", "\u25cf", "+", "on track", STYLE_GREEN},
    {"cannot_say", "\u25ac", "?", "cannot say", STYLE_DIM},
};
static const struct term_state state_none = {"none", "\u00b7", ".", "not assessed", STYLE_DIM};

const struct term_state *term_state(const char *name) {
  for (size_t i = 0; i < sizeof states / sizeof *states; i++)
    if (strcmp(states[i].name, name) == 0)
      return &states[i];
  return &state_none;
}

const char *term_state_shape(const struct term *term, const struct term_state *state) {
  return term->ascii ? state->shape_ascii : state->shape;
}

/* ---------------------------------------------------------------- progress */

void progress_start(struct progress *progress, const char *what, uint64_t total) {
  *progress = (struct progress){.what = what, .total = total, .started_ms = clock_mono_ms()};
  term_init(&progress->term, stderr);
}

static void progress_draw(struct progress *progress) {
  FILE *out = progress->term.out;
  if (progress->total == 0) {
    fprintf(out, "\r%llu %s\033[K", (unsigned long long)progress->done, progress->what);
  } else {
    uint64_t done = progress->done < progress->total ? progress->done : progress->total;
    int cells = (int)(done * PROGRESS_CELLS / progress->total);
    fprintf(out, "\r[");
    for (int i = 0; i < PROGRESS_CELLS; i++)
      fputc(i < cells ? '#' : '.', out);
    fprintf(out, "] %3d%%  %llu of %llu %s\033[K", (int)(done * 100 / progress->total), (unsigned long long)done,
            (unsigned long long)progress->total, progress->what);
  }
  fflush(out);
}

void progress_at(struct progress *progress, uint64_t done) {
  progress->done = done;
  if (!progress->term.terminal)
    return;
  int64_t now = clock_mono_ms();
  if (now - progress->started_ms < PROGRESS_AFTER_MS || now - progress->shown_ms < PROGRESS_EVERY_MS)
    return;
  progress->shown_ms = now;
  progress->shown = true;
  progress_draw(progress);
}

void progress_end(struct progress *progress) {
  if (!progress->shown)
    return;
  fputs("\r\033[K", progress->term.out);
  fflush(progress->term.out);
  progress->shown = false;
}
