/*
 * The state directory on disk.
 *
 * Another person on the same machine must not be able to read the key, to slip us a file of theirs, or to make us write
 * through a link to somewhere else. So the directory is ours alone (0700), each file is opened relative to the open
 * directory without following a link at the end, and is checked after opening (owner, kind, mode), not before: a check
 * before opening is a race.
 *
 * The lock is flock(2), on a file of its own. It belongs to the open file and not to the process, so that a second client
 * in one process is refused as well; fcntl locks would let it in, and closing any descriptor of the file would drop them.
 * It goes away with the process whatever way that ends. The process number in the file is for the message only.
 *
 * A file is replaced by writing a new one beside it and renaming: after a power cut there is the old one or the new one.
 */
#include "client/home.h"

#include "client/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_STEP_MS = 50, NAME_CAP = 64 };

/* $STEPGUARD_HOME, else $XDG_DATA_HOME/stepguard, else ~/.local/share/stepguard. XDG says a relative value is to be ignored. */
static int home_path(char *out, size_t cap, struct sg_error *ret_error) {
  const char *own = getenv("STEPGUARD_HOME"), *data = getenv("XDG_DATA_HOME"), *user = getenv("HOME");
  int n;
  if (own != NULL && own[0] != '\0') {
    n = snprintf(out, cap, "%s", own);
  } else if (data != NULL && data[0] == '/') {
    n = snprintf(out, cap, "%s/stepguard", data);
  } else {
    if (user == NULL || user[0] == '\0') {
      const struct passwd *entry = getpwuid(geteuid());
      user = entry != NULL ? entry->pw_dir : NULL;
    }
    if (user == NULL)
      return error_set(ret_error, SG_LOCAL, "There is no home directory to keep results in. Set STEPGUARD_HOME to a directory.");
    n = snprintf(out, cap, "%s/.local/share/stepguard", user);
  }
  if (n < 0 || (size_t)n >= cap)
    return error_set(ret_error, SG_LOCAL, "The path of the state directory is too long. Set STEPGUARD_HOME to a shorter one.");
  return SG_OK;
}

/* mkdir -p, each step private. */
static int home_make(const char *path, struct sg_error *ret_error) {
  char step[HOME_PATH];
  size_t len = strlen(path);
  if (len >= sizeof step)
    return error_set(ret_error, SG_LOCAL, "The path of the state directory is too long. Set STEPGUARD_HOME to a shorter one.");
  memcpy(step, path, len + 1);
  for (size_t i = 1; i <= len; i++) {
    if (step[i] != '/' && step[i] != '\0')
      continue;
    char kept = step[i];
    step[i] = '\0';
    if (mkdir(step, 0700) != 0 && errno != EEXIST && errno != EISDIR)
      return error_system(ret_error, errno, "Cannot make the directory %s", step);
    step[i] = kept;
  }
  return SG_OK;
}

static int home_enter(struct home *home, const char *path, struct sg_error *ret_error) {
  int status = home_make(path, ret_error);
  if (status != SG_OK)
    return status;
  char whole[PATH_MAX];
  if (realpath(path, whole) == NULL)
    return error_system(ret_error, errno, "Cannot open the state directory %s", path);
  size_t len = strlen(whole);
  if (len + NAME_CAP >= sizeof home->dir)
    return error_set(ret_error, SG_LOCAL, "The path of the state directory is too long. Set STEPGUARD_HOME to a shorter one.");
  memcpy(home->dir, whole, len + 1);
  home->dir_fd = open(home->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat about;
  if (home->dir_fd < 0 || fstat(home->dir_fd, &about) != 0)
    return error_system(ret_error, errno, "Cannot open the state directory %s", home->dir);
  if (about.st_uid != geteuid())
    return error_set(ret_error, SG_LOCAL, "The state directory %s belongs to another user. Set STEPGUARD_HOME to one of your own.",
                     home->dir);
  if ((about.st_mode & 077) != 0 && fchmod(home->dir_fd, 0700) != 0)
    return error_system(ret_error, errno, "Cannot make the state directory %s private", home->dir);
  return SG_OK;
}

static int home_locked_by_other(const struct home *home, struct sg_error *ret_error) {
  char number[32] = "";
  ssize_t n = pread(home->lock_fd, number, sizeof number - 1, 0);
  long pid = n > 0 ? strtol(number, NULL, 10) : 0;
  if (pid > 0)
    return error_set(ret_error, SG_LOCKED,
                     "Another stepguard is at work on %s (process %ld). Wait until it has finished, then run this again.",
                     home->dir, pid);
  return error_set(ret_error, SG_LOCKED, "Another stepguard is at work on %s. Wait until it has finished, then run this again.",
                   home->dir);
}

int home_relock(struct home *home, unsigned wait_ms, struct sg_error *ret_error) {
  for (unsigned waited_ms = 0; flock(home->lock_fd, LOCK_EX | LOCK_NB) != 0; waited_ms += LOCK_STEP_MS) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return error_system(ret_error, errno, "Cannot lock %s/lock", home->dir);
    if (waited_ms >= wait_ms)
      return home_locked_by_other(home, ret_error);
    nanosleep(&(struct timespec){.tv_nsec = LOCK_STEP_MS * 1000000L}, NULL);
  }
  /* For the other's message only, so a full disk must not stop us here. Of fixed width, so that nothing is left of a longer
   * one; an empty number means the same as no file. */
  char number[32];
  int n = snprintf(number, sizeof number, "%-20ld\n", (long)getpid());
  if (pwrite(home->lock_fd, number, (size_t)n, 0) != n && ftruncate(home->lock_fd, 0) != 0)
    return error_system(ret_error, errno, "Cannot write %s/lock", home->dir);
  return SG_OK;
}

void home_unlock(struct home *home) {
  (void)flock(home->lock_fd, LOCK_UN);
}

static int home_lock(struct home *home, unsigned wait_ms, struct sg_error *ret_error) {
  home->lock_fd = openat(home->dir_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (home->lock_fd < 0)
    return error_system(ret_error, errno, "Cannot open %s/lock", home->dir);
  return home_relock(home, wait_ms, ret_error);
}

int home_open(struct home *ret, const char *dir, unsigned wait_ms, struct sg_error *ret_error) {
  struct home home = {.secret = calloc(1, sizeof *home.secret), .dir_fd = -1, .lock_fd = -1};
  char path[HOME_PATH];
  int status = home.secret != NULL ? SG_OK : error_system(ret_error, ENOMEM, "Cannot start");
  if (status == SG_OK && dir == NULL) {
    status = home_path(path, sizeof path, ret_error);
    dir = path;
  }
  if (status == SG_OK)
    status = home_enter(&home, dir, ret_error);
  if (status == SG_OK)
    status = home_lock(&home, wait_ms, ret_error);
  if (status != SG_OK) {
    home_close(&home);
    return status;
  }
  *ret = home;
  return SG_OK;
}

void home_close(struct home *home) {
  if (home->lock_fd >= 0)
    close(home->lock_fd);
  if (home->dir_fd >= 0)
    close(home->dir_fd);
  home->lock_fd = home->dir_fd = -1;
  if (home->secret != NULL)
    OPENSSL_cleanse(home->secret, sizeof *home->secret);
  free(home->secret);
  home->secret = NULL;
}

bool home_has(const struct home *home, const char *name) {
  struct stat about;
  return fstatat(home->dir_fd, name, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

/* After opening: a plain file of ours, and private where it must be. */
static int home_check(const struct home *home, int fd, const char *name, bool secret, struct sg_error *ret_error) {
  struct stat about;
  if (fstat(fd, &about) != 0)
    return error_system(ret_error, errno, "Cannot look at %s/%s", home->dir, name);
  if (!S_ISREG(about.st_mode))
    return error_set(ret_error, SG_LOCAL, "%s/%s is not a plain file. Move it away and run this again.", home->dir, name);
  if (about.st_uid != geteuid())
    return error_set(ret_error, SG_LOCAL, "%s/%s belongs to another user. Nothing was done.", home->dir, name);
  if (secret && (about.st_mode & 077) != 0)
    return error_set(
        ret_error, SG_LOCAL,
        "%s/%s can be opened by other people on this machine. If they may have read it, ask the school for a new code; "
        "else run: chmod 600 '%s/%s'",
        home->dir, name, home->dir, name);
  return SG_OK;
}

static int home_open_failed(const struct home *home, int number, const char *name, struct sg_error *ret_error) {
  if (number == ELOOP)
    return error_set(ret_error, SG_LOCAL, "%s/%s is a symbolic link, which is not followed. Move it away and run this again.",
                     home->dir, name);
  return error_system(ret_error, number, "Cannot open %s/%s", home->dir, name);
}

int home_read(const struct home *home, const char *name, bool secret, char **ret, size_t *ret_len, struct sg_error *ret_error) {
  char *bytes = NULL;
  size_t len = 0;
  int fd = openat(home->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return home_open_failed(home, errno, name, ret_error);
  int status = home_check(home, fd, name, secret, ret_error);
  if (status != SG_OK)
    goto fail;
  bytes = malloc(HOME_FILE_CAP + 1);
  if (bytes == NULL) {
    status = error_system(ret_error, ENOMEM, "Cannot read %s/%s", home->dir, name);
    goto fail;
  }
  for (;;) {
    ssize_t n = read(fd, bytes + len, HOME_FILE_CAP + 1 - len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      status = error_system(ret_error, errno, "Cannot read %s/%s", home->dir, name);
    if (n > 0)
      len += (size_t)n;
    if (len > HOME_FILE_CAP)
      status = error_set(ret_error, SG_LOCAL, "%s/%s is larger than any file stepguard writes. Move it away.", home->dir, name);
    if (status != SG_OK)
      goto fail;
    if (n == 0)
      break;
  }
  close(fd);
  bytes[len] = '\0';
  *ret = bytes;
  *ret_len = len;
  return SG_OK;
fail:
  close(fd);
  free(bytes);
  return status;
}

static int write_all(int fd, const char *bytes, size_t len) {
  while (len > 0) {
    ssize_t n = write(fd, bytes, len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno;
    bytes += n;
    len -= (size_t)n;
  }
  return 0;
}

int home_write(const struct home *home, const char *name, const void *bytes, size_t len, struct sg_error *ret_error) {
  char beside[NAME_CAP];
  snprintf(beside, sizeof beside, "%s.tmp", name);
  /* A leftover of a run that was killed; we hold the lock, so it is nobody's. */
  (void)unlinkat(home->dir_fd, beside, 0);
  int fd = openat(home->dir_fd, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return home_open_failed(home, errno, beside, ret_error);
  int number = write_all(fd, bytes, len);
  if (number == 0 && fsync(fd) != 0)
    number = errno;
  if (close(fd) != 0 && number == 0)
    number = errno;
  if (number != 0) {
    (void)unlinkat(home->dir_fd, beside, 0);
    return error_system(ret_error, number, "Cannot write %s/%s", home->dir, name);
  }
  return home_rename(home, beside, name, ret_error);
}

int home_rename(const struct home *home, const char *from, const char *to, struct sg_error *ret_error) {
  if (renameat(home->dir_fd, from, home->dir_fd, to) != 0 || fsync(home->dir_fd) != 0)
    return error_system(ret_error, errno, "Cannot put %s/%s in place", home->dir, to);
  return SG_OK;
}

int home_remove(const struct home *home, const char *name, struct sg_error *ret_error) {
  if (unlinkat(home->dir_fd, name, 0) != 0 && errno != ENOENT)
    return error_system(ret_error, errno, "Cannot remove %s/%s", home->dir, name);
  return SG_OK;
}

int home_claim(const struct home *home, const char *name, struct sg_error *ret_error) {
  int fd = openat(home->dir_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
  if (fd < 0)
    return home_open_failed(home, errno, name, ret_error);
  int status = home_check(home, fd, name, true, ret_error);
  close(fd);
  return status;
}
