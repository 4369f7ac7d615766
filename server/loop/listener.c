/*
 * A listening port.
 *
 * Three things stand between a storm and those who are connected:
 *   - the cap on connections, kept below what the process may open, so that the database and the log always find a
 *     descriptor; over it a connection is accepted and closed, which tells the client to come back later. A port for
 *     browsers has a second one per address, so that one machine cannot take all the places;
 *   - the door: a handshake costs about 2 ms of processor, so they are let in at a rate. A peer is queued only when its first
 *     bytes have come; ten thousand that connect and say nothing take no place in the queue of those who do;
 *   - out of descriptors all the same (they are the whole machine's), the listener rests for a second or until one of its
 *     connections ends. A level-triggered listener that does not rest spins at 100 % of a core. At each look one waiting
 *     peer is turned away with the help of a spare descriptor, so that the queue in the kernel does not grow stale.
 *
 * Every accepted connection has a guest here, which counts it and queues it at the door. The listener itself is freed when
 * its owner and its last guest have gone.
 */
#include "loop/listener.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/rate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  LISTENER_BACKLOG = 1024,
  LISTENER_ACCEPTS_PER_TURN = 64, /* the connected want their turn too */
  LISTENER_REST_MS = 1000,
  LISTENER_RESERVED_FDS = 64, /* database, CA, log, files read on reload, and as much again */
  /* The door's bucket, in thousandths of a handshake: at most what 50 ms let in, or the loop would stand still for longer
   * than anybody notices; at least one. */
  DOOR_HANDSHAKE = 1000,
  DOOR_BURST_MS = 50,
};

struct guest {
  struct listener *listener;
  struct conn *conn;
  uint64_t network; /* where it comes from */
  bool at_door;
  TAILQ_ENTRY(guest) link, door_link;
};

struct listener {
  struct loop *loop;
  struct tls *tls;
  struct listener_options options; /* its strings are not kept: name is below, address is needed only once */
  char name[16];
  int fd, spare_fd;
  unsigned port;
  struct loop_fd *watch;
  struct loop_timer *rest, *door_timer;
  bool handed_over; /* others listen at it as well, and go on */
  bool owned;       /* listener_free() has not been called */
  unsigned guests_n, cap;
  TAILQ_HEAD(, guest) guests, door;
  int64_t door_credit, door_ms;
};

/* ---- the door ---- */

static void listener_door(void *arg) {
  struct listener *l = arg;
  const int64_t rate = l->options.handshakes_s > 0 ? l->options.handshakes_s : 1;
  const int64_t now = clock_mono_ms(), most = rate * DOOR_BURST_MS;
  l->door_credit += (now - l->door_ms) * rate;
  l->door_ms = now;
  if (l->door_credit > (most > DOOR_HANDSHAKE ? most : DOOR_HANDSHAKE))
    l->door_credit = most > DOOR_HANDSHAKE ? most : DOOR_HANDSHAKE;
  for (struct guest *guest; l->door_credit >= DOOR_HANDSHAKE && (guest = TAILQ_FIRST(&l->door));) {
    TAILQ_REMOVE(&l->door, guest, door_link);
    guest->at_door = false;
    l->door_credit -= DOOR_HANDSHAKE;
    conn_admit(guest->conn);
  }
  if (!TAILQ_EMPTY(&l->door))
    loop_timer_set(l->door_timer, (DOOR_HANDSHAKE - l->door_credit + rate - 1) / rate);
}

static void listener_knocked(void *arg) {
  struct guest *guest = arg;
  struct listener *l = guest->listener;
  if (l->options.handshakes_s <= 0) {
    conn_admit(guest->conn);
    return;
  }
  guest->at_door = true;
  TAILQ_INSERT_TAIL(&l->door, guest, door_link);
  if (TAILQ_FIRST(&l->door) == guest) /* else the timer is running */
    listener_door(l);
}

/* ---- guests ---- */

static void listener_unref(struct listener *l) {
  if (l->owned || l->guests_n > 0)
    return;
  loop_timer_free(l->rest);
  loop_timer_free(l->door_timer);
  tls_unref(l->tls);
  free(l);
}

static void listener_look(void *arg) {
  struct listener *l = arg;
  loop_timer_clear(l->rest);
  if (l->watch && loop_fd_want(l->watch, LOOP_READ) < 0)
    loop_timer_set(l->rest, LISTENER_REST_MS);
}

static void listener_guest_left(void *arg) {
  struct guest *guest = arg;
  struct listener *l = guest->listener;
  if (guest->at_door)
    TAILQ_REMOVE(&l->door, guest, door_link);
  TAILQ_REMOVE(&l->guests, guest, link);
  free(guest);
  l->guests_n--;
  listener_look(l); /* its descriptor is free again */
  listener_unref(l);
}

static void listener_name_peer(char out[CONN_ADDRESS_CHARS], const struct sockaddr_storage *peer) {
  const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)peer;
  const struct sockaddr_in *four = (const struct sockaddr_in *)peer;
  const char *text = NULL;
  if (peer->ss_family == AF_INET)
    text = inet_ntop(AF_INET, &four->sin_addr, out, CONN_ADDRESS_CHARS);
  else if (peer->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
    text = inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], out, CONN_ADDRESS_CHARS); /* one peer, one name */
  else if (peer->ss_family == AF_INET6)
    text = inet_ntop(AF_INET6, &six->sin6_addr, out, CONN_ADDRESS_CHARS);
  if (!text)
    snprintf(out, CONN_ADDRESS_CHARS, "local");
}

/* Looks at every guest: a walk over a few thousand is nothing beside the handshake that it may spare us. */
static bool listener_is_full_of(const struct listener *l, uint64_t network) {
  const struct guest *guest;
  int n = 0;
  if (l->options.max_per_address <= 0)
    return false;
  TAILQ_FOREACH(guest, &l->guests, link) n += guest->network == network;
  return n >= l->options.max_per_address;
}

static void listener_welcome(struct listener *l, int fd, const struct sockaddr_storage *peer) {
  static struct log_gate gate;
  static const int yes = 1;
  char address[CONN_ADDRESS_CHARS];
  listener_name_peer(address, peer);
  const uint64_t network = rate_network(address);
  const bool welcome = l->guests_n < l->cap && !listener_is_full_of(l, network);
  struct guest *guest = welcome ? calloc(1, sizeof *guest) : NULL;
  if (!guest) {
    log_event_gated(&gate, 5, LOG_WARN, NULL, "connection_turned_away", "port=%s ip=%s connections=%u cap=%u", l->name, address,
                    l->guests_n, l->cap);
    close(fd);
    return;
  }
  /* A receipt of 60 bytes must not wait for the acknowledgement of the one before. Fails on Unix sockets only. */
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  guest->listener = l;
  guest->network = network;
  guest->conn = conn_new(&(struct conn_options){.loop = l->loop,
                                                .tls = l->tls,
                                                .fd = fd,
                                                .address = address,
                                                .output_cap = l->options.output_cap,
                                                .output_low = l->options.output_low,
                                                .handshake_deadline_ms = l->options.handshake_deadline_s * INT64_C(1000),
                                                .knocked = listener_knocked,
                                                .ended = listener_guest_left,
                                                .arg = guest});
  if (!guest->conn) {
    log_event_gated(&gate, 5, LOG_ERROR, NULL, "connection_turned_away", "port=%s ip=%s err=%s", l->name, address,
                    err_name(E_NOMEM));
    free(guest);
    return;
  }
  TAILQ_INSERT_TAIL(&l->guests, guest, link);
  l->guests_n++;
  l->options.accepted(l->options.arg, guest->conn);
  if (!conn_owned(guest->conn))
    conn_drop(guest->conn);
}

/* ---- accepting ---- */

static void listener_take_spare(struct listener *l) {
  l->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void listener_rest(struct listener *l, int error) {
  static struct log_gate gate;
  log_event_gated(&gate, 2, LOG_ERROR, NULL, "listener_rests", "port=%s connections=%u reason=%s", l->name, l->guests_n,
                  log_value(strerror(error)));
  if (l->spare_fd >= 0) {
    close(l->spare_fd);
    const int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
      close(fd);
  }
  listener_take_spare(l);
  (void)loop_fd_want(l->watch, 0); /* taking a descriptor out of the set cannot fail for want of anything */
  loop_timer_set(l->rest, LISTENER_REST_MS);
}

static void listener_accept(struct listener *l, int most) {
  for (int i = 0; i < most && l->watch; i++) {
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof peer;
    const int fd = accept4(l->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
      listener_welcome(l, fd, &peer);
    else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      listener_rest(l, errno);
      return;
    } else if (errno == EAGAIN)
      return;
    /* Else this one peer has already left again (ECONNABORTED and its kin): the next. */
  }
}

static void listener_ready(void *arg, int what) {
  (void)what;
  listener_accept(arg, LISTENER_ACCEPTS_PER_TURN);
}

/* ---- opening ---- */

/* "fd:3": the service manager opened, bound and listens already; so nothing is lost while the daemon restarts. */
static int listener_adopt(const char *number, char *reason, size_t cap) {
  char *end;
  int listening = 0;
  socklen_t len = sizeof listening;
  const long fd = strtol(number, &end, 10);
  if (*number < '0' || *number > '9' || *end || fd < 3 || fd > 1023) {
    snprintf(reason, cap, "fd:%s: not the number of a descriptor handed over (3 and up)", number);
    return E_CONFIG;
  }
  if (getsockopt((int)fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0 || !listening) {
    snprintf(reason, cap, "fd:%s: not a listening socket; is it started by its socket unit?", number);
    return E_CONFIG;
  }
  const int flags = fcntl((int)fd, F_GETFL);
  if (flags < 0 || fcntl((int)fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0) {
    snprintf(reason, cap, "fd:%s: %s", number, strerror(errno));
    return E_SYSTEM;
  }
  return (int)fd;
}

/* The C library would take 70000 for 4464. */
static bool listener_port_ok(const char *port) {
  char *end;
  return *port >= '0' && *port <= '9' && strtoul(port, &end, 10) <= UINT16_MAX && *end == '\0';
}

/* Splits "127.0.0.1:7443" or "[::1]:7443" and resolves both halves as numbers: a name would have to be looked up, and a
 * name that resolves to several addresses is not one place to listen at. */
static struct addrinfo *listener_resolve(const char *address) {
  const struct addrinfo hints = {
      .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
  struct addrinfo *found = NULL;
  char host[64];
  const char *colon = strrchr(address, ':'), *begin = address, *end = colon;
  if (colon && address[0] == '[' && colon > address + 1 && colon[-1] == ']')
    begin++, end--;
  if (!colon || end <= begin || (size_t)(end - begin) >= sizeof host || !listener_port_ok(colon + 1))
    return NULL;
  memcpy(host, begin, (size_t)(end - begin));
  host[end - begin] = '\0';
  if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
    return NULL;
  return found;
}

static int listener_bind(const char *address, bool reuse_port, char *reason, size_t cap) {
  static const int yes = 1, no = 0;
  struct addrinfo *at = listener_resolve(address);
  if (!at) {
    snprintf(reason, cap, "%s: not an address to listen at; write it like 127.0.0.1:7443, [::]:7443 or fd:3", address);
    return E_CONFIG;
  }
  const int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
      (reuse_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) < 0) ||
      (at->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) < 0) ||
      bind(fd, at->ai_addr, at->ai_addrlen) < 0 || listen(fd, LISTENER_BACKLOG) < 0) {
    snprintf(reason, cap, "%s: %s", address, strerror(errno));
    if (fd >= 0)
      close(fd);
    freeaddrinfo(at);
    return E_SYSTEM;
  }
  freeaddrinfo(at);
  return fd;
}

static unsigned listener_port_of(int fd) {
  struct sockaddr_storage self = {0};
  socklen_t len = sizeof self;
  if (getsockname(fd, (struct sockaddr *)&self, &len) < 0)
    return 0;
  if (self.ss_family == AF_INET)
    return ntohs(((struct sockaddr_in *)&self)->sin_port);
  return self.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&self)->sin6_port) : 0;
}

static unsigned listener_cap(int wanted) {
  struct rlimit limit;
  rlim_t cap = wanted > 0 ? (rlim_t)wanted : 1;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && cap + LISTENER_RESERVED_FDS > limit.rlim_cur)
    cap = limit.rlim_cur > LISTENER_RESERVED_FDS ? limit.rlim_cur - LISTENER_RESERVED_FDS : 1;
  return (unsigned)cap;
}

int listener_open(struct loop *loop, const struct listener_options *options, struct tls *tls, struct listener **ret, char *reason,
                  size_t reason_cap) {
  const bool handed_over = strncmp(options->address, "fd:", 3) == 0;
  const int fd = handed_over ? listener_adopt(options->address + 3, reason, reason_cap)
                             : listener_bind(options->address, options->reuse_port, reason, reason_cap);
  if (fd < 0)
    return fd;
  struct listener *l = calloc(1, sizeof *l);
  if (!l)
    goto fail;
  *l = (struct listener){
      .loop = loop, .tls = tls_ref(tls), .options = *options, .fd = fd, .spare_fd = -1, .handed_over = handed_over, .owned = true};
  l->options.name = l->options.address = NULL;
  snprintf(l->name, sizeof l->name, "%s", options->name);
  l->port = listener_port_of(fd);
  l->cap = listener_cap(options->max_connections);
  l->door_ms = clock_mono_ms();
  TAILQ_INIT(&l->guests);
  TAILQ_INIT(&l->door);
  listener_take_spare(l);
  if (!(l->watch = loop_fd_new(loop, fd, listener_ready, l)) || !(l->rest = loop_timer_new(loop, listener_look, l)) ||
      !(l->door_timer = loop_timer_new(loop, listener_door, l)) || loop_fd_want(l->watch, LOOP_READ) < 0)
    goto fail;
  if (l->cap < (unsigned)options->max_connections)
    log_event(LOG_WARN, NULL, "connections_capped", "port=%s wanted=%d cap=%u remedy=%s", l->name, options->max_connections, l->cap,
              log_value("raise LimitNOFILE"));
  *ret = l;
  return 0;
fail:
  snprintf(reason, reason_cap, "%s: out of memory", options->address);
  if (l)
    listener_free(l);
  else
    close(fd);
  return E_NOMEM;
}

void listener_set_tls(struct listener *listener, struct tls *tls) {
  struct tls *old = listener->tls;
  listener->tls = tls_ref(tls);
  tls_unref(old);
}

void listener_set_limits(struct listener *listener, int max_connections, int handshakes_s, int handshake_deadline_s) {
  listener->options.max_connections = max_connections;
  listener->options.handshakes_s = handshakes_s;
  listener->options.handshake_deadline_s = handshake_deadline_s;
  listener->cap = listener_cap(max_connections);
  if (!TAILQ_EMPTY(&listener->door)) /* those who wait there wait at the new rate */
    listener_door(listener);
}

void listener_set_per_address(struct listener *listener, int max_per_address) {
  listener->options.max_per_address = max_per_address;
}

static void listener_shut(struct listener *listener) {
  if (listener->fd < 0)
    return;
  loop_fd_free(listener->watch);
  listener->watch = NULL;
  close(listener->fd);
  listener->fd = -1;
  if (listener->spare_fd >= 0)
    close(listener->spare_fd);
  listener->spare_fd = -1;
}

/* Whoever has connected and waits to be accepted would be reset by the kernel, though another worker listens at the same
 * address. What still completes its connecting between the last accept and the close, the kernel gives to another worker where
 * net.ipv4.tcp_migrate_req is set. A socket that was handed over keeps its queue. */
void listener_close(struct listener *listener) {
  if (listener->fd >= 0 && !listener->handed_over)
    listener_accept(listener, LISTENER_BACKLOG);
  listener_shut(listener);
}

void listener_free(struct listener *listener) {
  if (!listener)
    return;
  listener_shut(listener);
  /* Those that only wait for the peer's side to shut have nobody else who would end them. */
  struct guest *guest;
  TAILQ_FOREACH(guest, &listener->guests, link) {
    if (!conn_owned(guest->conn))
      conn_drop(guest->conn);
  }
  listener->owned = false;
  listener_unref(listener);
}

unsigned listener_port(const struct listener *listener) {
  return listener->port;
}

unsigned listener_connections(const struct listener *listener) {
  return listener->guests_n;
}
