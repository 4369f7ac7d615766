/*
 * The signing socket, served.
 *
 * A peer is a process of the same user, or of the same primary group where the unit file gives CA and daemon users of their
 * own; the kernel says who it is (SO_PEERCRED), whatever the mode of the socket may have become. Signing takes a fraction of
 * a millisecond, so it is done where the request is read: there is no queue, nothing is in flight between turns, and
 * stopping is simply stopping. A peer that does not read its answers is not read from either.
 *
 * What cannot be understood ends the connection without a word. What is understood and not allowed is refused by name and
 * logged as an error: the daemon never asks for such a thing, so somebody else is speaking through it.
 */
#include "ca/ca_server.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
  CA_SERVER_BACKLOG = 16,
  CA_SERVER_PEERS_MAX = 64, /* one per worker, and those of a restart that overlaps */
  /* Nothing is read while an answer is unsent, so these are the answers to one buffer of requests, at most fifteen. */
  CA_SERVER_OUT_BYTES = 64 * 1024,
};

struct peer {
  struct ca_server *server;
  int fd;
  struct loop_fd *watch;
  struct buf out;
  size_t out_at, in_len;
  uint8_t in[4 + CA_WIRE_REQUEST_BYTES];
  bool dead;
  struct loop_task bury;
  TAILQ_ENTRY(peer) link;
};

struct ca_server {
  struct loop *loop;
  const struct issuer *issuer;
  int fd;
  struct loop_fd *watch;
  struct sockaddr_un address;
  bool bound; /* by us, so it is ours to remove */
  unsigned peers_n;
  TAILQ_HEAD(, peer) peers;
};

/* ---- peers ---- */

static void ca_server_bury(void *arg) {
  struct peer *peer = arg;
  TAILQ_REMOVE(&peer->server->peers, peer, link);
  peer->server->peers_n--;
  loop_task_cancel(peer->server->loop, LOOP_BURY, &peer->bury);
  loop_fd_free(peer->watch);
  close(peer->fd);
  buf_done(&peer->out);
  free(peer);
}

static void ca_server_drop(struct peer *peer) {
  if (peer->dead)
    return;
  peer->dead = true;
  (void)loop_fd_want(peer->watch, 0);
  loop_task_post(peer->server->loop, LOOP_BURY, &peer->bury);
}

static void ca_server_write(struct peer *peer) {
  while (peer->out_at < peer->out.len) {
    const ssize_t n = send(peer->fd, peer->out.data + peer->out_at, peer->out.len - peer->out_at, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) {
      ca_server_drop(peer);
      return;
    }
    if (n < 0)
      break;
    peer->out_at += (size_t)n;
  }
  if (peer->out_at == peer->out.len) {
    buf_clear(&peer->out);
    peer->out_at = 0;
  }
}

static void ca_server_sign(struct peer *peer, uint64_t id, const struct ca_request *request) {
  uint8_t *der = NULL;
  size_t len = 0;
  const char *refusal = NULL;
  char serial[2 * NAMES_NEW_SERIAL_BYTES + 1];
  for (size_t i = 0; i < NAMES_NEW_SERIAL_BYTES; i++)
    snprintf(serial + 2 * i, 3, "%02x", request->serial[i]);
  const int err = issuer_sign(peer->server->issuer, request, clock_wall_ms(), &der, &len, &refusal);
  if (err == 0) {
    ca_wire_put_answer(&peer->out, CA_SIGNED, id, der, len);
    log_event(LOG_INFO, NULL, "signed", "student=%" PRId64 " device=%" PRId64 " serial=%s", request->student_id, request->device_id,
              serial);
  } else {
    ca_wire_put_answer(&peer->out, CA_REFUSED, id, refusal, strlen(refusal));
    log_event(LOG_ERROR, NULL, "refused", "student=%" PRId64 " device=%" PRId64 " serial=%s err=%s reason=%s", request->student_id,
              request->device_id, serial, err_name(err), log_value(refusal));
  }
  OPENSSL_free(der);
}

/* Takes whole requests from the front of what was read. */
static void ca_server_take(struct peer *peer) {
  size_t at = 0, used = 1;
  uint64_t id;
  struct ca_request request;
  while (used > 0) {
    if (ca_wire_get_request(peer->in + at, peer->in_len - at, &used, &id, &request) < 0) {
      log_event(LOG_ERROR, NULL, "peer_dropped", "reason=%s", log_value("not a request"));
      ca_server_drop(peer);
      return;
    }
    if (used > 0)
      ca_server_sign(peer, id, &request);
    at += used;
  }
  memmove(peer->in, peer->in + at, peer->in_len - at);
  peer->in_len -= at;
  if (buf_finish(&peer->out) < 0)
    ca_server_drop(peer);
}

static void ca_server_read(struct peer *peer) {
  const ssize_t n = recv(peer->fd, peer->in + peer->in_len, sizeof peer->in - peer->in_len, 0);
  if (n > 0)
    peer->in_len += (size_t)n;
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    ca_server_drop(peer);
}

static void ca_server_peer_ready(void *arg, int what) {
  struct peer *peer = arg;
  if (peer->dead)
    return;
  if (what & LOOP_READ)
    ca_server_read(peer);
  if (!peer->dead)
    ca_server_take(peer);
  if (!peer->dead)
    ca_server_write(peer);
  if (peer->dead)
    return;
  if (loop_fd_want(peer->watch, peer->out.len > 0 ? LOOP_WRITE : LOOP_READ) < 0)
    ca_server_drop(peer);
}

/* ---- accepting ---- */

static bool ca_server_knows(int fd) {
  struct ucred who;
  socklen_t len = sizeof who;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && (who.uid == geteuid() || who.gid == getegid()))
    return true;
  log_event(LOG_ERROR, NULL, "peer_refused", "uid=%ld gid=%ld", (long)who.uid, (long)who.gid);
  return false;
}

static void ca_server_ready(void *arg, int what) {
  struct ca_server *server = arg;
  (void)what;
  const int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0)
    return;
  struct peer *peer = server->peers_n < CA_SERVER_PEERS_MAX && ca_server_knows(fd) ? calloc(1, sizeof *peer) : NULL;
  if (!peer) {
    close(fd);
    return;
  }
  *peer = (struct peer){.server = server, .fd = fd, .bury = {.fn = ca_server_bury, .arg = peer}};
  buf_init(&peer->out, CA_SERVER_OUT_BYTES);
  TAILQ_INSERT_TAIL(&server->peers, peer, link);
  server->peers_n++;
  if (!(peer->watch = loop_fd_new(server->loop, fd, ca_server_peer_ready, peer)) || loop_fd_want(peer->watch, LOOP_READ) < 0)
    ca_server_bury(peer);
}

/* ---- opening ---- */

/* A socket file outlives its process. Whether somebody still serves it, only connecting tells. */
static int ca_server_clear(const struct sockaddr_un *address, char *reason, size_t cap) {
  struct stat st;
  if (lstat(address->sun_path, &st) < 0)
    return 0;
  const int fd = S_ISSOCK(st.st_mode) ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
  const bool stale = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 && errno == ECONNREFUSED;
  if (fd >= 0)
    close(fd);
  if (stale && unlink(address->sun_path) == 0)
    return 0;
  snprintf(reason, cap, "%s: %s", address->sun_path,
           S_ISSOCK(st.st_mode) ? "another stepguard-ca serves it" : "is there and not a socket");
  return E_CONFIG;
}

static int ca_server_bind(struct ca_server *server, const char *path, char *reason, size_t cap) {
  const size_t len = strlen(path);
  server->address.sun_family = AF_UNIX;
  if (len >= sizeof server->address.sun_path) {
    snprintf(reason, cap, "%s: longer than the name of a socket may be", path);
    return E_CONFIG;
  }
  memcpy(server->address.sun_path, path, len);
  const int err = ca_server_clear(&server->address, reason, cap);
  if (err < 0)
    return err;
  server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  /* The mask, not a chmod afterwards: there must be no moment at which others could connect. */
  const mode_t mask = umask(S_IXUSR | S_IRWXG | S_IRWXO);
  server->bound = server->fd >= 0 && bind(server->fd, (const struct sockaddr *)&server->address, sizeof server->address) == 0;
  const int error = errno;
  umask(mask);
  if (server->bound && listen(server->fd, CA_SERVER_BACKLOG) == 0)
    return 0;
  snprintf(reason, cap, "%s: %s", path, strerror(server->bound ? errno : error));
  return E_SYSTEM;
}

int ca_server_open(struct loop *loop, const struct issuer *issuer, const char *path, int listen_fd, struct ca_server **ret,
                   char *reason, size_t reason_cap) {
  struct ca_server *server = calloc(1, sizeof *server);
  int err = E_NOMEM;
  if (!server)
    goto fail;
  *server = (struct ca_server){.loop = loop, .issuer = issuer, .fd = listen_fd};
  TAILQ_INIT(&server->peers);
  if (listen_fd < 0 && (err = ca_server_bind(server, path, reason, reason_cap)) < 0) {
    ca_server_free(server);
    return err;
  }
  if ((server->watch = loop_fd_new(loop, server->fd, ca_server_ready, server)) && loop_fd_want(server->watch, LOOP_READ) == 0) {
    *ret = server;
    return 0;
  }
fail:
  snprintf(reason, reason_cap, "out of memory");
  ca_server_free(server);
  return err < 0 ? err : E_NOMEM;
}

void ca_server_set_issuer(struct ca_server *server, const struct issuer *issuer) {
  server->issuer = issuer;
}

void ca_server_free(struct ca_server *server) {
  if (!server)
    return;
  for (struct peer *peer; (peer = TAILQ_FIRST(&server->peers));)
    ca_server_bury(peer);
  loop_fd_free(server->watch);
  if (server->fd >= 0)
    close(server->fd);
  if (server->bound)
    unlink(server->address.sun_path);
  free(server);
}
