/*
 * Old libraries (ASVS 5.0, 15.2.1).
 *
 * A library's own number says too little: Debian mends libevent 2.1.12 and leaves it 2.1.12. What is compared is therefore the
 * package's version, as the package manager's own list has it, in the package manager's own order. The server of PostgreSQL may be
 * on another machine, but says its minor release itself.
 *
 * It is a warning, at start and by `stepguardctl check-config`, and no refusal: a program that stops when a library grows old
 * would take the office from a school on the day somebody installs the next release, and stop with it those who could answer.
 * The rows are looked at before each release (asvs.md, Updates). Rejected: asking a service for advisories (who runs what is nobody
 * else's business), `apt list --upgradable` (says what a mirror has, and needs one).
 */
#include "base/floor.h"

#include "base/err.h"
#include "base/file.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Looked at on 2026-11-23. The source of each is the package's changelog.Debian, the entry of that version, as on
 * https://metadata.ftp-master.debian.org/changelogs/; a row stands for what was mended up to it. */
/* clang-format off */
const struct floor floor_rows[] = {
  {"libevent-2.1-7", "2.1.12-stable-8+deb12u1", "2026-09-18", "CVE-2026-63379, 63381 to 63385, 63387, 63388: smuggling and memory in evhttp"},
  {"libssl3", "3.0.22-1~deb12u2", "2026-10-21", "CVE-2026-35189, 54872, 75805, 75806, 77696, 84782, and upstream 3.0.22"},
  {"libpq5", "15.20", "2026-11-13", "upstream 15.20: CVE-2026-6460 and 41 others"},
  {"postgresql-15", "15.20", "2026-11-13", "upstream 15.20: CVE-2026-6460 and 41 others"},
  {"libcurl4", "7.88.1-10+deb12u15", "2026-05-08", "CVE-2025-10148, 14524, 14819, CVE-2026-3783, 3784, 5773, 7168"},
};
/* clang-format on */
const size_t floor_rows_n = sizeof floor_rows / sizeof *floor_rows;

enum { STATUS_BYTES = 64 * 1024 * 1024 /* ten times a desktop's */, VERSION_CHARS = 80, SERVER_MAJOR = 10000 };

/* ---------------------------------------------------------------- Debian's order of versions */

/* A tilde comes before everything, the end too; then the end; letters; the rest. */
static int rank(char c) {
  if (c == '~')
    return -1;
  if (c == '\0' || isdigit((unsigned char)c))
    return 0;
  return isalpha((unsigned char)c) ? (unsigned char)c : (unsigned char)c + UCHAR_MAX + 1;
}

static size_t digits_of(const char **text) {
  *text += strspn(*text, "0");
  return strspn(*text, "0123456789");
}

/* One half: what stands before the last hyphen, or behind it. By turns a piece without digits and a number. */
static int part_compare(const char *a, const char *b) {
  while (*a || *b) {
    while ((*a && !isdigit((unsigned char)*a)) || (*b && !isdigit((unsigned char)*b))) {
      if (rank(*a) != rank(*b))
        return rank(*a) - rank(*b);
      a += *a != '\0';
      b += *b != '\0';
    }
    const size_t a_digits = digits_of(&a), b_digits = digits_of(&b);
    const int order = a_digits == b_digits ? strncmp(a, b, a_digits) : a_digits < b_digits ? -1 : 1;
    if (order != 0)
      return order;
    a += a_digits;
    b += b_digits;
  }
  return 0;
}

struct version {
  long epoch;
  char upstream[VERSION_CHARS], revision[VERSION_CHARS];
};

static struct version version_read(const char *text) {
  struct version version = {0};
  const char *colon = strchr(text, ':');
  if (colon) {
    version.epoch = strtol(text, NULL, 10);
    text = colon + 1;
  }
  const char *hyphen = strrchr(text, '-');
  snprintf(version.upstream, sizeof version.upstream, "%.*s", (int)(hyphen ? (size_t)(hyphen - text) : strlen(text)), text);
  snprintf(version.revision, sizeof version.revision, "%s", hyphen ? hyphen + 1 : "");
  return version;
}

int floor_compare(const char *a, const char *b) {
  const struct version one = version_read(a), other = version_read(b);
  if (one.epoch != other.epoch)
    return one.epoch < other.epoch ? -1 : 1;
  const int order = part_compare(one.upstream, other.upstream);
  return order != 0 ? order : part_compare(one.revision, other.revision);
}

/* ---------------------------------------------------------------- what is installed */

/* A field of one paragraph, cut into `ret`; false where it is not there. */
static bool field_read(const char *paragraph, const char *end, const char *name, char ret[VERSION_CHARS]) {
  const size_t name_len = strlen(name);
  for (const char *line = paragraph; line < end;) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    const size_t len = (size_t)((stop ? stop : end) - line);
    if (len > name_len + 2 && strncmp(line, name, name_len) == 0 && strncmp(line + name_len, ": ", 2) == 0) {
      snprintf(ret, VERSION_CHARS, "%.*s", (int)(len - name_len - 2), line + name_len + 2);
      return true;
    }
    line += len + 1;
  }
  return false;
}

static void paragraph_look(const char *paragraph, const char *end,
                           void (*said)(void *arg, const struct floor *floor, const char *installed), void *arg) {
  char package[VERSION_CHARS], status[VERSION_CHARS], version[VERSION_CHARS];
  if (!field_read(paragraph, end, "Package", package) || !field_read(paragraph, end, "Status", status) ||
      !field_read(paragraph, end, "Version", version) || strcmp(status, "install ok installed") != 0)
    return;
  for (size_t i = 0; i < floor_rows_n; i++)
    if (strcmp(floor_rows[i].package, package) == 0 && floor_compare(version, floor_rows[i].least) < 0)
      said(arg, &floor_rows[i], version);
}

void floor_look(const char *status, void (*said)(void *arg, const struct floor *floor, const char *installed), void *arg) {
  char *text = NULL, reason[FILE_REASON];
  size_t len = 0;
  if (file_read(status, STATUS_BYTES, &text, &len, reason) < 0)
    return;
  for (const char *at = text; at < text + len;) {
    const char *end = strstr(at, "\n\n");
    if (!end)
      end = text + len;
    paragraph_look(at, end, said, arg);
    at = end + strspn(end, "\n");
  }
  free(text);
}

const struct floor *floor_of_server(int version_num) {
  char package[VERSION_CHARS], version[VERSION_CHARS];
  snprintf(package, sizeof package, "postgresql-%d", version_num / SERVER_MAJOR);
  snprintf(version, sizeof version, "%d.%d", version_num / SERVER_MAJOR, version_num % SERVER_MAJOR);
  for (size_t i = 0; i < floor_rows_n; i++)
    if (strcmp(floor_rows[i].package, package) == 0 && floor_compare(version, floor_rows[i].least) < 0)
      return &floor_rows[i];
  return NULL;
}
