/*
 * Whole files.
 *
 * file_begin() makes `.<name>.<pid>.new` beside the target, so that the rename stays within one file system, and gives the
 * mode at creation: a file that holds codes or keys is never readable by others, not even for a moment. Standard streams
 * are not used: their errors show at fclose(), when nobody looks.
 */
#include "base/file.h"

#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024 };

static int file_fail(char reason[FILE_REASON], const char *what, const char *path) {
  snprintf(reason, FILE_REASON, "%s %.250s: %s", what, path, strerror(errno));
  return E_SYSTEM;
}

/* The mode of the open file, not of what the name may point to by then. */
static int file_check_private(int fd, const char *path, char reason[FILE_REASON]) {
  struct stat there;
  if (fstat(fd, &there) < 0)
    return file_fail(reason, "cannot read", path);
  if ((there.st_mode & (S_IRWXO | S_IWGRP | S_IXGRP)) == 0)
    return 0;
  snprintf(reason, FILE_REASON, "%.250s: others may read or change this secret (mode %04o); chmod 600 it", path,
           (unsigned)(there.st_mode & 07777));
  return E_CONFIG;
}

static int file_feed(const char *path, bool private, int (*feed)(void *arg, const void *bytes, size_t len), void *arg,
                     char reason[FILE_REASON]) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return file_fail(reason, "cannot read", path);
  char *piece = malloc(PIECE_BYTES);
  int err = piece ? 0 : E_NOMEM;
  if (!err && private)
    err = file_check_private(fd, path, reason);
  while (!err) {
    ssize_t n = read(fd, piece, PIECE_BYTES);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      err = file_fail(reason, "cannot read", path);
    if (n <= 0)
      break;
    err = feed(arg, piece, (size_t)n);
  }
  free(piece);
  close(fd);
  return err;
}

int file_stream(const char *path, int (*feed)(void *arg, const void *bytes, size_t len), void *arg, char reason[FILE_REASON]) {
  return file_feed(path, false, feed, arg, reason);
}

struct file_whole {
  char *bytes;
  size_t len, cap;
};

static int file_whole_add(void *arg, const void *bytes, size_t len) {
  struct file_whole *whole = arg;
  if (len > whole->cap - whole->len)
    return E_LIMIT;
  char *grown = realloc(whole->bytes, whole->len + len + 1);
  if (!grown)
    return E_NOMEM;
  memcpy(grown + whole->len, bytes, len);
  whole->bytes = grown;
  whole->len += len;
  whole->bytes[whole->len] = '\0';
  return 0;
}

static int file_read_whole(const char *path, bool private, size_t cap, char **ret_bytes, size_t *ret_len,
                           char reason[FILE_REASON]) {
  struct file_whole whole = {.bytes = calloc(1, 1), .cap = cap};
  int err = whole.bytes ? file_feed(path, private, file_whole_add, &whole, reason) : E_NOMEM;
  if (err) {
    if (err == E_LIMIT)
      snprintf(reason, FILE_REASON, "%.250s is larger than %zu bytes", path, cap);
    else if (err == E_NOMEM)
      snprintf(reason, FILE_REASON, "out of memory while reading %.250s", path);
    free(whole.bytes);
    return err;
  }
  *ret_bytes = whole.bytes;
  *ret_len = whole.len;
  return 0;
}

int file_read(const char *path, size_t cap, char **ret_bytes, size_t *ret_len, char reason[FILE_REASON]) {
  return file_read_whole(path, false, cap, ret_bytes, ret_len, reason);
}

int file_read_secret(const char *path, size_t cap, char **ret_bytes, size_t *ret_len, char reason[FILE_REASON]) {
  return file_read_whole(path, true, cap, ret_bytes, ret_len, reason);
}

/* A rename is durable only when the directory is. */
static int sync_directory(const char *directory) {
  int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  int err = fsync(fd);
  close(fd);
  return err;
}

int file_begin(const char *path, mode_t mode, struct file_new *ret, char reason[FILE_REASON]) {
  char directory[PATH_MAX], name[PATH_MAX];
  *ret = (struct file_new){.fd = -1};
  if (strlen(path) >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return file_fail(reason, "cannot write", path);
  }
  snprintf(ret->path, sizeof ret->path, "%s", path);
  snprintf(directory, sizeof directory, "%s", path);
  snprintf(name, sizeof name, "%s", path);
  const char *parent = dirname(directory);
  if (snprintf(ret->aside, sizeof ret->aside, "%s/.%s.%ld.new", parent, basename(name), (long)getpid()) >= (int)sizeof ret->aside) {
    errno = ENAMETOOLONG;
    return file_fail(reason, "cannot write", path);
  }
  unlink(ret->aside); /* of a process that had our number and died */
  ret->fd = open(ret->aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  return ret->fd < 0 ? file_fail(reason, "cannot write", path) : 0;
}

int file_put(struct file_new *file, const void *bytes, size_t len, char reason[FILE_REASON]) {
  for (const char *at = bytes; len > 0;) {
    ssize_t n = write(file->fd, at, len);
    if (n < 0 && errno != EINTR)
      return file_fail(reason, "cannot write", file->path);
    if (n > 0) {
      at += n;
      len -= (size_t)n;
    }
  }
  return 0;
}

void file_abandon(struct file_new *file) {
  if (file->fd < 0)
    return;
  close(file->fd);
  unlink(file->aside);
  file->fd = -1;
}

int file_end(struct file_new *file, bool fresh, char reason[FILE_REASON]) {
  char directory[PATH_MAX];
  int fd = file->fd, err = fsync(fd);
  file->fd = -1;
  if (close(fd) < 0 || err < 0)
    goto fail;
  /* link() refuses an existing name, rename() replaces it: the two meanings of `fresh`. */
  if ((fresh ? link(file->aside, file->path) : rename(file->aside, file->path)) < 0)
    goto fail;
  if (fresh)
    unlink(file->aside);
  snprintf(directory, sizeof directory, "%s", file->path);
  return sync_directory(dirname(directory)) < 0 ? file_fail(reason, "cannot make durable", file->path) : 0;
fail:
  err = errno == EEXIST && fresh ? E_INVALID : E_SYSTEM;
  (void)file_fail(reason, "cannot write", file->path);
  unlink(file->aside);
  return err;
}

int file_write(const char *path, const void *bytes, size_t len, mode_t mode, bool fresh, char reason[FILE_REASON]) {
  struct file_new file;
  int err = file_begin(path, mode, &file, reason);
  if (!err)
    err = file_put(&file, bytes, len, reason);
  if (!err)
    return file_end(&file, fresh, reason);
  file_abandon(&file);
  return err;
}

int file_make_directory(const char *path, mode_t mode, char reason[FILE_REASON]) {
  char part[PATH_MAX];
  if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part) {
    errno = ENAMETOOLONG;
    return file_fail(reason, "cannot make the directory", path);
  }
  for (char *slash = part;; slash++) {
    slash = strchr(slash + (slash == part && *slash == '/'), '/');
    if (slash)
      *slash = '\0';
    struct stat there;
    if (*part && mkdir(part, mode) < 0 && !(errno == EEXIST && stat(part, &there) == 0 && S_ISDIR(there.st_mode)))
      return file_fail(reason, "cannot make the directory", path);
    if (!slash)
      return 0;
    *slash = '/';
  }
}

uint64_t file_size(const char *path) {
  struct stat there;
  return stat(path, &there) == 0 && S_ISREG(there.st_mode) && there.st_size > 0 ? (uint64_t)there.st_size : 0;
}
