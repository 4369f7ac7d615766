/*
 * Looking a password up in a file of forty gigabytes: halving by bytes, not by lines, because the counts behind the hashes make
 * lines of different lengths. Whatever byte is hit, the line that begins after it is compared.
 *
 *   from ────────────┬──── middle ──── the first line that begins after middle ────────────── to
 *                    what is below or above it is out; when little is left, it is read from the front
 *
 * The file is opened for each look: it is replaced by a newer one while the daemon runs, and a password is chosen a few times a
 * week. SHA-1 is the list's choice; nothing rests on its strength, for a collision makes one more password refused. Rejected:
 * asking the service by the first five digits (a request to somebody else at the moment when a person chooses), a Bloom filter of
 * the list (1.5 GB that would have to be made and be trusted instead of the file itself).
 */
#include "base/breached.h"

#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A line: 40 digits, ":", up to 10 digits of a count, CR LF. What is left to the end is read at once. */
enum { SHA1_BYTES = 20, HASH_CHARS = 2 * SHA1_BYTES, LINE_MOST = 64, WINDOW = 4096, PLACES = 64 };

struct list {
  int fd;
  off_t size;
  const char *path;
  char *reason;
};

static int list_fail(const struct list *list, int err, const char *what) {
  snprintf(list->reason, BREACHED_REASON, "%.250s: %s", list->path, what);
  return err;
}

static int list_open(struct list *list, const char *path, char *reason) {
  struct stat there;
  *list = (struct list){.fd = open(path, O_RDONLY | O_CLOEXEC), .path = path, .reason = reason};
  if (list->fd < 0)
    return list_fail(list, E_SYSTEM, strerror(errno));
  if (fstat(list->fd, &there) < 0 || !S_ISREG(there.st_mode)) {
    close(list->fd);
    return list_fail(list, E_CONFIG, "is no file");
  }
  list->size = there.st_size;
  return E_OK;
}

/* Up to `cap` bytes from `at`, fewer at the end of the file only. */
static int list_read(const struct list *list, off_t at, char *ret, size_t cap, size_t *ret_len) {
  size_t len = 0;
  while (len < cap) {
    const ssize_t n = pread(list->fd, ret + len, cap - len, at + (off_t)len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return list_fail(list, E_SYSTEM, strerror(errno));
    if (n == 0)
      break;
    len += (size_t)n;
  }
  *ret_len = len;
  return E_OK;
}

/* One line as it stands at `text`, in capitals; its length with its end in *ret_len. */
static bool line_read(const char *text, size_t len, char ret[HASH_CHARS + 1], size_t *ret_len) {
  const char *end = memchr(text, '\n', len < LINE_MOST ? len : LINE_MOST);
  const size_t chars = end ? (size_t)(end - text) : len;
  if (chars < HASH_CHARS || chars > LINE_MOST)
    return false;
  for (size_t i = 0; i < HASH_CHARS; i++) {
    const char c = text[i];
    const bool low = c >= 'a' && c <= 'f';
    if (!low && !(c >= 'A' && c <= 'F') && !(c >= '0' && c <= '9'))
      return false;
    ret[i] = (char)(low ? c - 'a' + 'A' : c);
  }
  ret[HASH_CHARS] = '\0';
  *ret_len = chars + (end != NULL);
  return chars == HASH_CHARS || text[HASH_CHARS] == ':' || text[HASH_CHARS] == '\r';
}

/* The first line that begins at `at` or after it, and where that is. At the end of the file: "" and its size. */
static int line_after(const struct list *list, off_t at, char ret[HASH_CHARS + 1], off_t *ret_at) {
  char text[2 * LINE_MOST + 1];
  size_t len, skip = 0, used;
  const off_t from = at > 0 ? at - 1 : 0; /* a line begins at `at` where the byte before ends one */
  const int err = list_read(list, from, text, sizeof text, &len);
  if (err)
    return err;
  if (at > 0) {
    const char *end = memchr(text, '\n', len);
    skip = end ? (size_t)(end - text) + 1 : len;
  }
  *ret_at = from + (off_t)skip;
  ret[0] = '\0';
  if (*ret_at >= list->size)
    return E_OK;
  return line_read(text + skip, len - skip, ret, &used) ? E_OK
                                                        : list_fail(list, E_CONFIG, "has a line that does not begin with a SHA-1");
}

/* Little is left: from the front. */
static int window_look(const struct list *list, off_t from, const char *hash, bool *ret_listed) {
  char text[WINDOW + LINE_MOST], line[HASH_CHARS + 1] = "";
  size_t len, used;
  const int err = list_read(list, from, text, sizeof text, &len);
  if (err)
    return err;
  for (size_t at = 0; at < len && strcmp(line, hash) < 0; at += used)
    if (!line_read(text + at, len - at, line, &used))
      return at + LINE_MOST > len ? E_OK : list_fail(list, E_CONFIG, "has a line that does not begin with a SHA-1");
  *ret_listed = strcmp(line, hash) == 0;
  return E_OK;
}

static int list_look(const struct list *list, const char *hash, bool *ret_listed) {
  off_t from = 0, to = list->size; /* the line looked for, if any, begins in [from, to), and one begins at from */
  while (to - from > WINDOW) {
    char line[HASH_CHARS + 1];
    off_t at;
    const off_t middle = from + (to - from) / 2;
    const int err = line_after(list, middle, line, &at);
    if (err)
      return err;
    if (line[0] == '\0' || strcmp(line, hash) > 0)
      to = middle;
    else
      from = at;
  }
  *ret_listed = false;
  return window_look(list, from, hash, ret_listed);
}

int breached_look(const char *path, const char *password, bool *ret_listed, char reason[BREACHED_REASON]) {
  uint8_t digest[SHA1_BYTES];
  char hash[HASH_CHARS + 1];
  struct list list;
  bool listed = false;
  if (EVP_Digest(password, strlen(password), digest, NULL, EVP_sha1(), NULL) != 1)
    return E_TLS;
  for (size_t i = 0; i < SHA1_BYTES; i++)
    snprintf(hash + 2 * i, 3, "%02X", digest[i]);
  int err = list_open(&list, path, reason);
  if (err)
    return err;
  err = list_look(&list, hash, &listed);
  close(list.fd);
  if (err == E_OK)
    *ret_listed = listed;
  return err;
}

int breached_check(const char *path, char reason[BREACHED_REASON]) {
  char before[HASH_CHARS + 1] = "", line[HASH_CHARS + 1];
  struct list list;
  off_t last = -1, at;
  int err = list_open(&list, path, reason);
  if (err)
    return err;
  if (list.size == 0)
    err = list_fail(&list, E_CONFIG, "is empty");
  const off_t end = list.size > LINE_MOST ? list.size - LINE_MOST : 0;
  for (off_t place = 0; place <= PLACES && err == E_OK; place++) {
    err = line_after(&list, place < PLACES ? list.size * place / PLACES : end, line, &at);
    if (err == E_OK && line[0] && at > last && strcmp(line, before) < 0)
      err = list_fail(&list, E_CONFIG, "is not sorted by hash; take the list that is");
    if (err == E_OK && line[0]) {
      memcpy(before, line, sizeof before);
      last = at;
    }
  }
  close(list.fd);
  return err;
}
