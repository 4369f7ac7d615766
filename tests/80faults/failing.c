/*
 * Lets one call of a running program fail: LD_PRELOADed, it shares a small file with whoever tests, who may say at any time "the
 * n-th malloc from now on gives nothing", "the next recv says ECONNRESET". Once: what follows goes on as always.
 *
 * Counting in the shared file rather than by environment variables, so that a daemon that has been under load for a while can be
 * hit at any point without being started anew. libfiu and strace --inject do the same with more to install and, in strace's case,
 * at a tenth of the speed.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* The calls, by the numbers that the shared file has for them (failing.py has the same list). */
enum call {
  NOTHING,
  MALLOC,
  CALLOC,
  REALLOC,
  READ,
  WRITE,
  READV,
  WRITEV,
  RECV,
  SEND,
  ACCEPT4,
  CONNECT,
  SOCKET,
  OPEN,
  EPOLL_CTL,
  CALLS
};

struct plan {
  int32_t call, countdown, error, struck;
};

static volatile struct plan *plan; /* NULL until the file is there */

__attribute__((constructor)) static void plan_map(void) {
  const char *path = getenv("SG_FAILING");
  const int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
  void *at = fd >= 0 ? mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
  if (at != MAP_FAILED)
    plan = at;
  if (fd >= 0)
    close(fd);
}

static int fails(enum call call) {
  if (plan == NULL || plan->call != (int32_t)call || __atomic_sub_fetch(&plan->countdown, 1, __ATOMIC_SEQ_CST) != 0)
    return 0;
  __atomic_add_fetch(&plan->struck, 1, __ATOMIC_SEQ_CST);
  errno = plan->error;
  return 1;
}

/* The one that would have been called without us. dlsym() itself allocates before it can say where calloc() is. */
#define NEXT(name)                                                                                                                 \
  static __typeof__(&(name)) next;                                                                                                 \
  if (next == NULL)                                                                                                                \
  next = (__typeof__(&(name)))(uintptr_t)dlsym(RTLD_NEXT, #name)

#define WRAP(result, name, call, failure, parameters, arguments)                                                                   \
  result name parameters {                                                                                                         \
    NEXT(name);                                                                                                                    \
    return fails(call) ? failure : next arguments;                                                                                 \
  }

static char early[4096];
static size_t early_used;

void *calloc(size_t n, size_t size) {
  static int asking;
  static void *(*next)(size_t, size_t);
  if (next == NULL && asking) {
    void *at = early + early_used;
    early_used += (n * size + 15) & ~(size_t)15;
    return early_used <= sizeof early ? at : NULL;
  }
  asking = 1;
  if (next == NULL)
    next = (void *(*)(size_t, size_t))(uintptr_t)dlsym(RTLD_NEXT, "calloc");
  asking = 0;
  return fails(CALLOC) ? NULL : next(n, size);
}

WRAP(void *, malloc, MALLOC, NULL, (size_t size), (size))
WRAP(void *, realloc, REALLOC, NULL, (void *at, size_t size), (at, size))
WRAP(ssize_t, read, READ, -1, (int fd, void *to, size_t n), (fd, to, n))
WRAP(ssize_t, write, WRITE, -1, (int fd, const void *from, size_t n), (fd, from, n))
WRAP(ssize_t, readv, READV, -1, (int fd, const struct iovec *v, int n), (fd, v, n))
WRAP(ssize_t, writev, WRITEV, -1, (int fd, const struct iovec *v, int n), (fd, v, n))
WRAP(ssize_t, recv, RECV, -1, (int fd, void *to, size_t n, int flags), (fd, to, n, flags))
WRAP(ssize_t, send, SEND, -1, (int fd, const void *from, size_t n, int flags), (fd, from, n, flags))
WRAP(int, accept4, ACCEPT4, -1, (int fd, struct sockaddr *from, socklen_t *n, int flags), (fd, from, n, flags))
WRAP(int, connect, CONNECT, -1, (int fd, const struct sockaddr *to, socklen_t n), (fd, to, n))
WRAP(int, socket, SOCKET, -1, (int family, int type, int protocol), (family, type, protocol))
WRAP(int, epoll_ctl, EPOLL_CTL, -1, (int fd, int op, int of, struct epoll_event *what), (fd, op, of, what))

int open(const char *path, int flags, ...) {
  NEXT(open);
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return fails(OPEN) ? -1 : next(path, flags, mode);
}
