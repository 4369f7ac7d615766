/*
 * The client's program with calls that fail when told to: at the n-th call of a kind, or from the n-th on, it is killed, or the
 * call gives an error, or does half of its work. So every point where the power may go or a disk fill up is tried, one after the
 * other, instead of hoping that chance finds it.
 *
 * The functions below come before those of the C library, for SQLite and OpenSSL too, because the program's own symbols do. What is
 * counted is in the table of kinds; standard streams are left alone, since what is tried is what lies on disk.
 *
 * libfiu would do a part of it: it fails by chance or always, not at the n-th call, cannot kill or write half, and its preloaded
 * allocator and the sanitizer's exclude each other. A preloaded library of our own would have that last trouble as well; so this is
 * a program, with the allocator underneath called by the name that it has there.
 *
 * Starting a program costs more than what it does here. So this one starts once and forks for each try: a line on standard input
 * is a try, a line on standard output what became of it.
 *
 *   KIND \t N \t FOR_GOOD \t HOME \t IN \t OUT \t ERR \t ARGUMENT...      N = 0: nothing fails, calls are counted
 *   exit CODE CALLS NAME      signal NUMBER CALLS NAME                    NAME: of the call that was chosen, or "-"
 */
#include "tests/60e2e/faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_CAP = 16 * 1024, ARGUMENTS_MAX = 64, FIELDS = 7, TRY_S = 120 };

/* ---------------------------------------------------------------- what fails, and how */

enum calls {
  CALL_WRITE = 1 << 0,  /* of a file */
  CALL_READ = 1 << 1,   /* of a file */
  CALL_SYNC = 1 << 2,   /* fsync, fdatasync */
  CALL_CHANGE = 1 << 3, /* making, renaming, removing, cutting: what is one step for the file system */
  CALL_CONNECT = 1 << 4,
  CALL_SEND = 1 << 5,
  CALL_RECEIVE = 1 << 6,
  CALL_WAIT = 1 << 7, /* poll */
  CALL_ALLOCATE = 1 << 8,
};

enum deed { DEED_KILL, DEED_TORN, DEED_SHORT, DEED_ERROR };

struct kind {
  const char *name;
  unsigned calls;
  enum deed deed;
  int number; /* errno */
};

static const struct kind kinds[] = {
    {"kill", CALL_WRITE | CALL_SYNC | CALL_CHANGE, DEED_KILL, 0},
    {"kill_online", CALL_CONNECT | CALL_SEND | CALL_RECEIVE, DEED_KILL, 0}, /* between what is on disk and what is not yet */
    {"torn", CALL_WRITE | CALL_SEND, DEED_TORN, 0},                         /* killed with half of it written */
    {"enospc", CALL_WRITE | CALL_SYNC | CALL_CHANGE, DEED_ERROR, ENOSPC},
    {"eio", CALL_WRITE | CALL_READ | CALL_SYNC | CALL_CHANGE, DEED_ERROR, EIO},
    {"eintr", CALL_WRITE | CALL_READ | CALL_SYNC | CALL_CONNECT | CALL_SEND | CALL_RECEIVE | CALL_WAIT, DEED_ERROR, EINTR},
    {"short", CALL_WRITE | CALL_READ | CALL_SEND | CALL_RECEIVE, DEED_SHORT, 0},
    {"reset", CALL_CONNECT | CALL_SEND | CALL_RECEIVE, DEED_ERROR, ECONNRESET},
    {"enomem", CALL_ALLOCATE, DEED_ERROR, ENOMEM},
};

/* Seen by the parent too. */
struct count {
  unsigned long calls;
  char chosen[16];
};

static struct count *count;
static const struct kind *kind; /* NULL: none fails */
static unsigned long chosen;
static bool for_good;

/* Whether this call is the one. */
static bool is_now(unsigned call, const char *name) {
  if (kind == NULL || (kind->calls & call) == 0)
    return false;
  unsigned long now = ++count->calls;
  if (chosen == 0 || now < chosen || (now > chosen && !for_good))
    return false;
  if (now == chosen)
    for (size_t i = 0; i + 1 < sizeof count->chosen && (i == 0 || name[i - 1] != '\0'); i++)
      count->chosen[i] = name[i];
  if (kind->deed == DEED_KILL)
    (void)raise(SIGKILL);
  if (kind->deed == DEED_ERROR)
    errno = kind->number;
  return true;
}

/* ---------------------------------------------------------------- the calls */

/* The one that ours comes before. */
static void *next(const char *name) {
  const struct kind *kept = kind;
  kind = NULL; /* looking it up allocates */
  void *found = dlsym(RTLD_NEXT, name);
  kind = kept;
  if (found == NULL)
    abort();
  return found;
}

#define NEXT(type, name)                                                                                                           \
  static type real;                                                                                                                \
  if (real == NULL)                                                                                                                \
  *(void **)(&real) = next(name)

static bool is_socket(int fd) {
  struct stat about;
  return fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

static unsigned out_of(int fd) {
  return fd <= STDERR_FILENO ? 0 : is_socket(fd) ? CALL_SEND : CALL_WRITE;
}

static unsigned into(int fd) {
  return fd <= STDERR_FILENO ? 0 : is_socket(fd) ? CALL_RECEIVE : CALL_READ;
}

static size_t half(size_t len) {
  return len > 1 ? len / 2 : len;
}

/* For a call that moves bytes: all of them, half, half and the end, or none. */
#define MOVE(call, name, len, all, some)                                                                                           \
  if (!is_now(call, name))                                                                                                         \
    return all;                                                                                                                    \
  if (kind->deed == DEED_ERROR)                                                                                                    \
    return -1;                                                                                                                     \
  ssize_t moved = some;                                                                                                            \
  if (kind->deed == DEED_TORN)                                                                                                     \
    (void)raise(SIGKILL);                                                                                                          \
  return moved

ssize_t write(int fd, const void *bytes, size_t len) {
  typedef ssize_t (*write_fn)(int, const void *, size_t);
  NEXT(write_fn, "write");
  MOVE(out_of(fd), "write", len, real(fd, bytes, len), real(fd, bytes, half(len)));
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at) {
  typedef ssize_t (*write_fn)(int, const void *, size_t, off_t);
  NEXT(write_fn, "pwrite");
  MOVE(out_of(fd), "pwrite", len, real(fd, bytes, len, at), real(fd, bytes, half(len), at));
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at) {
  typedef ssize_t (*write_fn)(int, const void *, size_t, off64_t);
  NEXT(write_fn, "pwrite64");
  MOVE(out_of(fd), "pwrite64", len, real(fd, bytes, len, at), real(fd, bytes, half(len), at));
}

ssize_t send(int fd, const void *bytes, size_t len, int flags) {
  typedef ssize_t (*send_fn)(int, const void *, size_t, int);
  NEXT(send_fn, "send");
  MOVE(out_of(fd), "send", len, real(fd, bytes, len, flags), real(fd, bytes, half(len), flags));
}

ssize_t read(int fd, void *bytes, size_t len) {
  typedef ssize_t (*read_fn)(int, void *, size_t);
  NEXT(read_fn, "read");
  MOVE(into(fd), "read", len, real(fd, bytes, len), real(fd, bytes, half(len)));
}

ssize_t pread(int fd, void *bytes, size_t len, off_t at) {
  typedef ssize_t (*read_fn)(int, void *, size_t, off_t);
  NEXT(read_fn, "pread");
  MOVE(into(fd), "pread", len, real(fd, bytes, len, at), real(fd, bytes, half(len), at));
}

ssize_t pread64(int fd, void *bytes, size_t len, off64_t at) {
  typedef ssize_t (*read_fn)(int, void *, size_t, off64_t);
  NEXT(read_fn, "pread64");
  MOVE(into(fd), "pread64", len, real(fd, bytes, len, at), real(fd, bytes, half(len), at));
}

ssize_t recv(int fd, void *bytes, size_t len, int flags) {
  typedef ssize_t (*recv_fn)(int, void *, size_t, int);
  NEXT(recv_fn, "recv");
  MOVE(into(fd), "recv", len, real(fd, bytes, len, flags), real(fd, bytes, half(len), flags));
}

/* The others do their work or do not. */
#define STEP(call, name, parameters, types, arguments)                                                                             \
  int name parameters {                                                                                                            \
    typedef int(*name##_fn) types;                                                                                                 \
    NEXT(name##_fn, #name);                                                                                                        \
    return is_now(call, #name) ? -1 : real arguments;                                                                              \
  }

STEP(CALL_SYNC, fsync, (int fd), (int), (fd))
STEP(CALL_SYNC, fdatasync, (int fd), (int), (fd))
STEP(CALL_CHANGE, ftruncate, (int fd, off_t len), (int, off_t), (fd, len))
STEP(CALL_CHANGE, ftruncate64, (int fd, off64_t len), (int, off64_t), (fd, len))
STEP(CALL_CHANGE, rename, (const char *from, const char *to), (const char *, const char *), (from, to))
STEP(CALL_CHANGE, renameat, (int from_fd, const char *from, int to_fd, const char *to), (int, const char *, int, const char *),
     (from_fd, from, to_fd, to))
STEP(CALL_CHANGE, unlink, (const char *name), (const char *), (name))
STEP(CALL_CHANGE, unlinkat, (int fd, const char *name, int flags), (int, const char *, int), (fd, name, flags))
STEP(CALL_CHANGE, mkdir, (const char *name, mode_t mode), (const char *, mode_t), (name, mode))
STEP(CALL_CONNECT, connect, (int fd, const struct sockaddr *address, socklen_t len), (int, const struct sockaddr *, socklen_t),
     (fd, address, len))
STEP(CALL_WAIT, poll, (struct pollfd * fds, nfds_t n, int ms), (struct pollfd *, nfds_t, int), (fds, n, ms))

/* Opening changes something where it may make the file. */
#define OPEN(name, parameters, types, arguments)                                                                                   \
  int name parameters {                                                                                                            \
    typedef int(*name##_fn) types;                                                                                                 \
    NEXT(name##_fn, #name);                                                                                                        \
    mode_t mode = 0;                                                                                                               \
    if ((flags & O_CREAT) != 0) {                                                                                                  \
      va_list more;                                                                                                                \
      va_start(more, flags);                                                                                                       \
      mode = va_arg(more, mode_t);                                                                                                 \
      va_end(more);                                                                                                                \
      if (is_now(CALL_CHANGE, #name))                                                                                              \
        return -1;                                                                                                                 \
    }                                                                                                                              \
    return real arguments;                                                                                                         \
  }

OPEN(open, (const char *path, int flags, ...), (const char *, int, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (const char *, int, ...), (path, flags, mode))
OPEN(openat, (int fd, const char *path, int flags, ...), (int, const char *, int, ...), (fd, path, flags, mode))

/* ---------------------------------------------------------------- the allocator */

#if defined(__SANITIZE_ADDRESS__)
#define UNDER(name) __interceptor_##name
#else
#define UNDER(name) __libc_##name
#endif

void *UNDER(malloc)(size_t size);
void *UNDER(calloc)(size_t n, size_t size);
void *UNDER(realloc)(void *piece, size_t size);

void *malloc(size_t size) {
  return is_now(CALL_ALLOCATE, "malloc") ? NULL : UNDER(malloc)(size);
}

void *calloc(size_t n, size_t size) {
  return is_now(CALL_ALLOCATE, "calloc") ? NULL : UNDER(calloc)(n, size);
}

void *realloc(void *piece, size_t size) {
  return is_now(CALL_ALLOCATE, "realloc") ? NULL : UNDER(realloc)(piece, size);
}

/* ---------------------------------------------------------------- one try */

/* The sanitizer asks whether to look for leaks at the end: where nothing failed others look, and it is half of the time. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void) {
  return chosen == 0;
}

static void stream_to(int stream, const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC, 0600);
  if (fd < 0 || dup2(fd, stream) < 0)
    abort();
  close(fd);
}

static void child(char **fields, int argc, char **argv) {
  const struct kind *wanted = NULL;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (strcmp(kinds[i].name, fields[0]) == 0)
      wanted = &kinds[i];
  if (wanted == NULL || setenv("STEPGUARD_HOME", fields[3], 1) != 0)
    abort();
  stream_to(STDIN_FILENO, fields[4], O_RDONLY);
  stream_to(STDOUT_FILENO, fields[5], O_WRONLY | O_CREAT | O_TRUNC);
  stream_to(STDERR_FILENO, fields[6], O_WRONLY | O_CREAT | O_TRUNC);
  alarm(TRY_S);
  chosen = strtoul(fields[1], NULL, 10);
  for_good = strcmp(fields[2], "1") == 0;
  kind = wanted;
  int code = stepguard_main(argc, argv);
  kind = NULL;
  exit(code);
}

/* A line into its fields; the arguments are those behind FIELDS. */
static int cut(char *line, char **fields, char **arguments) {
  int n = 0;
  for (char *at = line; at != NULL && n < FIELDS + ARGUMENTS_MAX; n++) {
    char *end = strchr(at, '\t');
    if (end != NULL)
      *end++ = '\0';
    if (n < FIELDS)
      fields[n] = at;
    else
      arguments[n - FIELDS + 1] = at;
    at = end;
  }
  return n - FIELDS + 1;
}

int main(void) {
  static char line[LINE_CAP];
  count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (count == MAP_FAILED)
    return 1;
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *fields[FIELDS], *arguments[ARGUMENTS_MAX + 2] = {"stepguard"};
    line[strcspn(line, "\n")] = '\0';
    int argc = cut(line, fields, arguments), status = 0;
    if (argc < 1)
      return 1;
    memset(count, 0, sizeof *count);
    pid_t pid = fork();
    if (pid == 0)
      child(fields, argc, arguments);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
      return 1;
    bool killed = WIFSIGNALED(status);
    printf("%s %d %lu %s\n", killed ? "signal" : "exit", killed ? WTERMSIG(status) : WEXITSTATUS(status), count->calls,
           count->chosen[0] != '\0' ? count->chosen : "-");
    fflush(stdout);
  }
  return 0;
}
