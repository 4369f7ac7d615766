/*
 * One connection of a client.
 *
 *   CONNECTING ──writable──> SHAKING ──> OPEN ──> GONE, freed at the end of the turn
 *
 * OpenSSL and the buffers are those of the server's own loop/stream.c, which does not care which side it is on: what is handed
 * to it has its SSL already. libevent's bufferevent_openssl_socket_new() would be as short, but sends each piece as a record of
 * its own, and a generator that takes the processor from the server measures itself.
 *
 * What is said in a turn leaves at its end in one record. Addresses of 127.0.0.1 suffice: a port has room for 28,000.
 */
#include "line.h"

#include "loop/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum line_state { LINE_CONNECTING, LINE_SHAKING, LINE_OPEN, LINE_GONE };

struct line {
  struct loop *loop;
  struct stream stream;
  struct loop_fd *watch;
  enum line_state state;
  const struct line_events *events;
  void *arg;
  struct loop_task flush, bury;
};

static void line_watch(struct line *line) {
  const struct stream *stream = &line->stream;
  int want = LOOP_READ;
  if (line->state == LINE_CONNECTING || stream->write_wants_write)
    want |= LOOP_WRITE;
  if (line->state == LINE_SHAKING && stream->read_wants_write)
    want = LOOP_WRITE;
  if (loop_fd_want(line->watch, line->state == LINE_GONE ? 0 : want) < 0)
    abort(); /* the kernel has no memory for a descriptor of ours: no figure made here would mean anything */
}

void line_drop(struct line *line) {
  if (line->state == LINE_GONE)
    return;
  line->state = LINE_GONE;
  line_watch(line);
  loop_task_cancel(line->loop, LOOP_FLUSH, &line->flush);
  loop_task_post(line->loop, LOOP_BURY, &line->bury);
}

static void line_lost(struct line *line) {
  line_drop(line);
  line->events->gone(line->arg);
}

static void line_connected(struct line *line) {
  int error = 0;
  socklen_t len = sizeof error;
  if (getsockopt(line->stream.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error != 0)
    line_lost(line);
  else
    line->state = LINE_SHAKING;
}

static void line_shake(struct line *line) {
  char why[80];
  switch (stream_shake(&line->stream, why)) {
  case STREAM_WAITS: break;
  case STREAM_DONE:
    line->state = LINE_OPEN;
    line->events->up(line->arg);
    break;
  default: line_lost(line); break;
  }
}

static void line_read(struct line *line) {
  bool any;
  const enum stream_result result = stream_read(&line->stream, &any);
  if (any)
    line->events->heard(line->arg, line->stream.in);
  if (result != STREAM_WAITS && line->state == LINE_OPEN)
    line_lost(line);
}

static void line_write(struct line *line) {
  const enum stream_result result = stream_write(&line->stream);
  if (result != STREAM_DONE && result != STREAM_WAITS && line->state == LINE_OPEN)
    line_lost(line);
}

static void line_ready(void *arg, int what) {
  struct line *line = arg;
  if (line->state == LINE_CONNECTING)
    line_connected(line);
  if (line->state == LINE_SHAKING)
    line_shake(line);
  if (line->state == LINE_OPEN && what & LOOP_WRITE && line->stream.write_wants_write)
    line_write(line);
  if (line->state == LINE_OPEN && what & LOOP_READ)
    line_read(line);
  line_watch(line);
}

static void line_flush(void *arg) {
  struct line *line = arg;
  if (line->state == LINE_OPEN)
    line_write(line);
  line_watch(line);
}

static void line_bury(void *arg) {
  struct line *line = arg;
  loop_fd_free(line->watch);
  stream_done(&line->stream);
  free(line);
}

static int line_connect(unsigned port) {
  static const int yes = 1;
  const struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0 && (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) < 0 ||
                  (connect(fd, (const struct sockaddr *)&at, sizeof at) < 0 && errno != EINPROGRESS))) {
    close(fd);
    return -1;
  }
  return fd;
}

struct line *line_new(struct loop *loop, unsigned port, SSL *ssl, const struct line_events *events, void *arg) {
  struct line *line = calloc(1, sizeof *line);
  const int fd = line ? line_connect(port) : -1;
  if (fd < 0) {
    SSL_free(ssl);
    free(line);
    return NULL;
  }
  *line = (struct line){.loop = loop,
                        .stream = {.ssl = ssl, .fd = fd, .in = evbuffer_new(), .out = evbuffer_new()},
                        .watch = loop_fd_new(loop, fd, line_ready, line),
                        .events = events,
                        .arg = arg,
                        .flush = {.fn = line_flush, .arg = line},
                        .bury = {.fn = line_bury, .arg = line}};
  if (!line->stream.in || !line->stream.out || !line->watch || SSL_set_fd(ssl, fd) != 1) {
    line_bury(line);
    return NULL;
  }
  line_watch(line);
  return line;
}

void line_send(struct line *line, const void *bytes, size_t len) {
  if (line->state == LINE_GONE)
    return;
  if (evbuffer_add(line->stream.out, bytes, len) < 0)
    abort(); /* as above */
  loop_task_post(line->loop, LOOP_FLUSH, &line->flush);
}
