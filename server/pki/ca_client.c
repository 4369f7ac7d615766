/*
 * The daemon's end of the signing socket.
 *
 *   DOWN ──ca_client_sign(): connect()──> UP ──EOF, error, rubbish──> DOWN
 *
 * There is no timer that reconnects: connecting to a Unix socket either succeeds or fails at once, so the right moment is
 * when something is to be signed. A CA that was restarted is found again by the next request, and one that is away costs a
 * single failed system call.
 *
 * Requests wait in the order of asking; all have the same deadline, so one timer at the head of the list is enough. An
 * answer that comes after its deadline belongs to nobody and is dropped.
 */
#include "pki/ca_client.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
  CA_CLIENT_DEADLINE_MS = 5000, /* a signature takes 1 ms; what takes this long will not come */
  CA_CLIENT_OUT_BYTES = CA_CLIENT_PENDING_MAX * CA_WIRE_REQUEST_BYTES,
};

struct pending {
  uint64_t id;
  int64_t due_ms;
  ca_client_done done;
  void *arg;
  TAILQ_ENTRY(pending) link;
};

struct ca_client {
  struct loop *loop;
  struct sockaddr_un address;
  int fd;
  struct loop_fd *watch; /* NULL: down */
  struct loop_timer *timer;
  struct buf out;
  size_t out_at, in_len;
  uint8_t in[4 + CA_WIRE_ANSWER_BYTES];
  uint64_t last_id;
  unsigned pending_n;
  TAILQ_HEAD(, pending) pending;
};

/* ---- those who wait ---- */

static void ca_client_answer(struct ca_client *client, struct pending *pending, int err, const uint8_t *der, size_t len) {
  TAILQ_REMOVE(&client->pending, pending, link);
  client->pending_n--;
  pending->done(pending->arg, err, der, len);
  free(pending);
}

static void ca_client_answer_all(struct ca_client *client, int err) {
  for (struct pending *pending; (pending = TAILQ_FIRST(&client->pending));)
    ca_client_answer(client, pending, err, NULL, 0);
}

static void ca_client_arm(struct ca_client *client) {
  const struct pending *first = TAILQ_FIRST(&client->pending);
  if (first)
    loop_timer_set(client->timer, first->due_ms - clock_mono_ms());
  else
    loop_timer_clear(client->timer);
}

static void ca_client_late(void *arg) {
  struct ca_client *client = arg;
  const int64_t now = clock_mono_ms();
  for (struct pending *pending; (pending = TAILQ_FIRST(&client->pending)) && pending->due_ms <= now;) {
    log_event(LOG_WARN, NULL, "ca_silent", "request=%llu waited_ms=%d", (unsigned long long)pending->id, CA_CLIENT_DEADLINE_MS);
    ca_client_answer(client, pending, E_AWAY, NULL, 0);
  }
  ca_client_arm(client);
}

/* ---- the connection ---- */

static void ca_client_down(struct ca_client *client) {
  loop_fd_free(client->watch);
  client->watch = NULL;
  if (client->fd >= 0)
    close(client->fd);
  client->fd = -1;
  buf_clear(&client->out);
  client->out_at = client->in_len = 0;
}

static void ca_client_lost(struct ca_client *client, const char *reason) {
  static struct log_gate gate;
  log_event_gated(&gate, 5, LOG_WARN, NULL, "ca_lost", "pending=%u reason=%s", client->pending_n, log_value(reason));
  ca_client_down(client);
  /* Only those of the lost connection: whoever asks anew from inside `done` is on a fresh one. */
  const uint64_t last = client->last_id;
  for (struct pending *pending; (pending = TAILQ_FIRST(&client->pending)) && pending->id <= last;)
    ca_client_answer(client, pending, E_AWAY, NULL, 0);
  ca_client_arm(client);
}

static void ca_client_write(struct ca_client *client) {
  while (client->out_at < client->out.len) {
    const ssize_t n = send(client->fd, client->out.data + client->out_at, client->out.len - client->out_at, MSG_NOSIGNAL);
    if (n < 0) {
      /* Gone, most likely: reading says so in the next turn, and there those who wait may be told. */
      if (errno != EAGAIN)
        loop_fd_again(client->watch, LOOP_READ);
      break;
    }
    client->out_at += (size_t)n;
  }
  const bool empty = client->out_at == client->out.len;
  if (empty) {
    buf_clear(&client->out);
    client->out_at = 0;
  }
  if (loop_fd_want(client->watch, LOOP_READ | (empty ? 0 : LOOP_WRITE)) < 0)
    loop_fd_again(client->watch, LOOP_READ | LOOP_WRITE);
}

static void ca_client_answered(struct ca_client *client, const struct ca_answer *answer) {
  struct pending *pending;
  TAILQ_FOREACH(pending, &client->pending, link) {
    if (pending->id == answer->id)
      break;
  }
  if (!pending)
    return;
  if (answer->kind == CA_SIGNED)
    ca_client_answer(client, pending, 0, answer->body, answer->len);
  else {
    char reason[128] = "";
    memcpy(reason, answer->body, answer->len < sizeof reason ? answer->len : sizeof reason - 1);
    log_event(LOG_ERROR, NULL, "ca_refused", "request=%llu reason=%s", (unsigned long long)answer->id, log_value(reason));
    ca_client_answer(client, pending, E_TLS, NULL, 0);
  }
}

/* Takes whole answers from the front of what was read. False when it is not what a CA says. */
static bool ca_client_take(struct ca_client *client) {
  size_t at = 0, used = 0;
  struct ca_answer answer;
  do {
    at += used;
    if (ca_wire_get_answer(client->in + at, client->in_len - at, &used, &answer) < 0)
      return false;
    if (used > 0)
      ca_client_answered(client, &answer);
  } while (used > 0);
  memmove(client->in, client->in + at, client->in_len - at);
  client->in_len -= at;
  return true;
}

static void ca_client_ready(void *arg, int what) {
  struct ca_client *client = arg;
  if (what & LOOP_WRITE)
    ca_client_write(client);
  if (!(what & LOOP_READ))
    return;
  const ssize_t n = recv(client->fd, client->in + client->in_len, sizeof client->in - client->in_len, 0);
  if (n > 0) {
    client->in_len += (size_t)n;
    if (ca_client_take(client))
      ca_client_arm(client);
    else
      ca_client_lost(client, "its answer cannot be read");
  } else if (n == 0)
    ca_client_lost(client, "closed");
  else if (errno != EAGAIN && errno != EINTR)
    ca_client_lost(client, strerror(errno));
}

static int ca_client_connect(struct ca_client *client) {
  static struct log_gate gate;
  client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&client->address, sizeof client->address) < 0) {
    log_event_gated(&gate, 5, LOG_ERROR, NULL, "ca_away", "socket=%s reason=%s", log_value(client->address.sun_path),
                    log_value(strerror(errno)));
    ca_client_down(client);
    return E_AWAY;
  }
  client->watch = loop_fd_new(client->loop, client->fd, ca_client_ready, client);
  if (!client->watch) {
    ca_client_down(client);
    return E_NOMEM;
  }
  return 0;
}

/* ---- from outside ---- */

struct ca_client *ca_client_new(struct loop *loop, const char *socket_path) {
  struct ca_client *client = calloc(1, sizeof *client);
  const size_t len = strlen(socket_path);
  if (!client || len >= sizeof client->address.sun_path || !(client->timer = loop_timer_new(loop, ca_client_late, client))) {
    free(client);
    return NULL;
  }
  client->loop = loop;
  client->fd = -1;
  client->address.sun_family = AF_UNIX;
  memcpy(client->address.sun_path, socket_path, len);
  TAILQ_INIT(&client->pending);
  buf_init(&client->out, CA_CLIENT_OUT_BYTES);
  return client;
}

void ca_client_free(struct ca_client *client) {
  if (!client)
    return;
  ca_client_answer_all(client, E_CLOSED);
  ca_client_down(client);
  loop_timer_free(client->timer);
  buf_done(&client->out);
  free(client);
}

int ca_client_sign(struct ca_client *client, const struct ca_request *request, ca_client_done done, void *arg) {
  if (client->pending_n >= CA_CLIENT_PENDING_MAX)
    return E_BUSY;
  struct pending *pending = calloc(1, sizeof *pending);
  if (!pending)
    return E_NOMEM;
  int err = client->watch ? 0 : ca_client_connect(client);
  const size_t before = client->out.len;
  if (!err) {
    ca_wire_put_request(&client->out, client->last_id + 1, request);
    err = buf_finish(&client->out);
  }
  if (err) {
    client->out.len = before; /* never half a request */
    client->out.err = 0;
    free(pending);
    return err;
  }
  *pending = (struct pending){.id = ++client->last_id, .due_ms = clock_mono_ms() + CA_CLIENT_DEADLINE_MS, .done = done, .arg = arg};
  TAILQ_INSERT_TAIL(&client->pending, pending, link);
  client->pending_n++;
  if (TAILQ_FIRST(&client->pending) == pending)
    ca_client_arm(client);
  ca_client_write(client);
  return 0;
}
