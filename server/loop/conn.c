/*
 * One TLS connection that carries frames, or the plain bytes of loop/http.c.
 *
 *              first bytes      conn_admit()        conn_shake()
 *   KNOCKING ───────────> WAITING ───────> SHAKING ────────────> OPEN ──conn_close()──> CLOSING ──conn_finish()──> LINGERING
 *      │                     │                │ │                  │                       │                           │
 *      │                     │                │ └──conn_refuse()───│───────────────────────│──────────────────────────>│
 *      └──time is up─────────┴────────────────┴──────> BROKEN <────┴──I/O failed, EOF──────┘                           │
 *                                                         └──────────conn_gone()────────> DEAD <───EOF or 5 s──────────┘
 *   conn_drop() leads from everywhere to DEAD; DEAD is buried at the end of the turn.
 *
 *   KNOCKING   nothing came yet, nothing was computed: a silent peer costs a descriptor and no processor
 *   WAITING    it wants a handshake and waits for its turn (loop/listener.c lets them in at a rate)
 *   SHAKING    a few steps of a few handshakes a turn: whoever is over that stays readable, and is looked at in the next
 *   OPEN       the owner's time: frames both ways
 *   CLOSING    output leaves, then close_notify
 *   LINGERING  our side is shut; what still comes in is thrown away until the peer shuts its own. Closing a descriptor with
 *              unread bytes makes the kernel send a reset, which overtakes and destroys our last words on the peer's side.
 *   BROKEN     it is over, the owner does not know yet
 *
 * The owner's callback is called from conn_ready() and the timer only, never from inside a function that the owner called:
 * those take note (`owed`, BROKEN) and ask for a turn. Output leaves in LOOP_FLUSH: all that a turn said to one peer goes
 * in as few records, and so as few packets, as it fits.
 */
#include "loop/conn.h"

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "loop/stream.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum conn_state {
  CONN_KNOCKING,
  CONN_WAITING,
  CONN_SHAKING,
  CONN_OPEN,
  CONN_CLOSING,
  CONN_LINGERING,
  CONN_BROKEN,
  CONN_DEAD,
};

enum {
  CONN_GOODBYE_MS = 5000,
  /* Steps of handshakes in one turn; each computes for up to a millisecond, and the connected wait for the turn to end. */
  CONN_SHAKES_A_TURN = 4,
};

/* Things to tell the owner as soon as it is the loop who calls. */
enum { OWED_READ = 1, OWED_DRAINED = 2 };

struct conn {
  struct loop *loop;
  struct stream stream;
  struct loop_fd *watch;
  struct loop_timer *timer;
  size_t taken; /* bytes at the head of stream.in that the owner holds as its last frame */

  enum conn_state state;
  unsigned pauses;
  int owed;
  bool above_low; /* output has passed the low mark, and DRAINED is to follow */
  size_t output_cap, output_low;
  int64_t handshake_deadline_ms;

  conn_callback callback;
  void *owner;
  void (*knocked)(void *arg);
  void (*ended)(void *arg);
  void *arg;
  struct loop_task flush, bury;
  char address[CONN_ADDRESS_CHARS];
};

static struct conn_counts counts; /* of the process: there is one loop and one thread */

const struct conn_counts *conn_counts(void) {
  return &counts;
}

/* ---- states ---- */

#define FROM(state) (1u << (state))

/* From which states each may be reached. */
static const unsigned conn_from[] = {
    [CONN_WAITING] = FROM(CONN_KNOCKING),
    [CONN_SHAKING] = FROM(CONN_WAITING),
    [CONN_OPEN] = FROM(CONN_SHAKING),
    [CONN_CLOSING] = FROM(CONN_OPEN),
    [CONN_LINGERING] = FROM(CONN_CLOSING) | FROM(CONN_SHAKING),
    [CONN_BROKEN] = ~(FROM(CONN_BROKEN) | FROM(CONN_DEAD)),
    [CONN_DEAD] = ~FROM(CONN_DEAD),
};

static void conn_move(struct conn *conn, enum conn_state state) {
  CHECK(conn_from[state] & FROM(conn->state));
  conn->state = state;
}

/* What the descriptor is watched for: a function of the state and nothing else. */
static int conn_wanted(const struct conn *conn) {
  /* A read that waits for room to write (an answer to a change of keys) counts only where reading is wanted at all: else a
   * writable descriptor would wake us for nothing, again and again. */
  const bool reads = conn->state == CONN_SHAKING || (conn->state == CONN_OPEN && conn->pauses == 0);
  const int write = conn->stream.write_wants_write || (reads && conn->stream.read_wants_write) ? LOOP_WRITE : 0;
  switch (conn->state) {
  case CONN_KNOCKING:
  case CONN_LINGERING: return LOOP_READ;
  case CONN_SHAKING: return write ? write : LOOP_READ;
  case CONN_OPEN: return write | (reads || conn->stream.write_wants_read ? LOOP_READ : 0);
  case CONN_CLOSING: return write | (conn->stream.write_wants_read ? LOOP_READ : 0);
  case CONN_WAITING: /* it may wait its turn; whether it left shows when the turn has come */
  case CONN_BROKEN:
  case CONN_DEAD: return 0;
  }
  CHECK(false); /* no state of the enum */
}

static void conn_break(struct conn *conn);

static void conn_watch(struct conn *conn) {
  if (loop_fd_want(conn->watch, conn_wanted(conn)) < 0 && conn->state != CONN_BROKEN)
    conn_break(conn);
}

/* It is over; the owner hears of it in the next turn at the latest. */
static void conn_break(struct conn *conn) {
  if (conn->state == CONN_BROKEN || conn->state == CONN_DEAD)
    return;
  conn_move(conn, CONN_BROKEN);
  loop_fd_again(conn->watch, LOOP_READ);
  conn_watch(conn);
}

static void conn_tell(struct conn *conn, enum conn_event event) {
  if (conn->callback)
    conn->callback(conn->owner, conn, event);
}

static void conn_bury(void *arg) {
  struct conn *conn = arg;
  loop_task_cancel(conn->loop, LOOP_FLUSH, &conn->flush);
  loop_fd_free(conn->watch);
  loop_timer_free(conn->timer);
  stream_done(&conn->stream);
  if (conn->ended)
    conn->ended(conn->arg);
  free(conn);
}

void conn_drop(struct conn *conn) {
  if (conn->state == CONN_DEAD)
    return;
  conn_move(conn, CONN_DEAD);
  conn->callback = NULL;
  conn_watch(conn);
  loop_timer_clear(conn->timer);
  loop_task_post(conn->loop, LOOP_BURY, &conn->bury);
}

static void conn_gone(struct conn *conn) {
  const conn_callback callback = conn->callback;
  conn_drop(conn);
  if (callback)
    callback(conn->owner, conn, CONN_GONE);
}

/* ---- handshake ---- */

static void conn_deadline_set(struct conn *conn, int64_t ms) {
  if (ms < 0)
    loop_timer_clear(conn->timer);
  else
    loop_timer_set(conn->timer, ms);
}

static void conn_knock(struct conn *conn) {
  if (stream_has_left(&conn->stream)) { /* a port scan, a health check: it takes nobody's place at the door */
    counts.left++;
    conn_gone(conn);
    return;
  }
  conn_move(conn, CONN_WAITING);
  loop_timer_clear(conn->timer); /* the queue is our doing; the peer's time runs again from admission */
  if (conn->knocked)
    conn->knocked(conn->arg);
  else
    conn_admit(conn);
}

void conn_admit(struct conn *conn) {
  if (conn->state != CONN_WAITING)
    return;
  conn_move(conn, CONN_SHAKING);
  conn_deadline_set(conn, conn->handshake_deadline_ms);
  conn_watch(conn);
}

/* The alert is on its way; the peer must get a chance to read it. */
static void conn_refuse(struct conn *conn, const char *reason) {
  static struct log_gate gate;
  const conn_callback callback = conn->callback;
  log_event_gated(&gate, 20, LOG_INFO, NULL, "handshake_refused", "ip=%s reason=%s", conn->address, log_value(reason));
  counts.refused++;
  conn_move(conn, CONN_LINGERING);
  conn->callback = NULL;
  conn_deadline_set(conn, CONN_GOODBYE_MS);
  stream_shut(&conn->stream);
  if (callback)
    callback(conn->owner, conn, CONN_GONE);
}

static bool conn_may_shake(const struct conn *conn) {
  static uint64_t turn;
  static unsigned shakes;
  if (turn != loop_turns(conn->loop)) {
    turn = loop_turns(conn->loop);
    shakes = 0;
  }
  return shakes++ < CONN_SHAKES_A_TURN;
}

static void conn_shake(struct conn *conn) {
  char why[80];
  if (!conn_may_shake(conn))
    return;
  switch (stream_shake(&conn->stream, why)) {
  case STREAM_WAITS: break;
  case STREAM_DONE:
    counts.up++;
    loop_timer_clear(conn->timer);
    conn_move(conn, CONN_OPEN);
    conn_tell(conn, CONN_UP);
    break;
  default: conn_refuse(conn, why); break;
  }
}

/* ---- bytes ---- */

static void conn_heard(struct conn *conn, enum stream_result result) {
  switch (result) {
  case STREAM_DONE:
  case STREAM_WAITS: return;
  case STREAM_GOODBYE: counts.closed++; break;
  case STREAM_TRUNCATED: counts.truncated++; break;
  case STREAM_BROKE: counts.broken++; break;
  }
  conn_break(conn);
}

static void conn_read(struct conn *conn) {
  bool any;
  const enum stream_result result = stream_read(&conn->stream, &any);
  conn->owed |= any ? OWED_READ : 0;
  conn_heard(conn, result);
}

static void conn_write(struct conn *conn) {
  conn_heard(conn, stream_write(&conn->stream));
  if (conn->above_low && conn_unsent(conn) <= conn->output_low) {
    conn->above_low = false;
    conn->owed |= OWED_DRAINED;
  }
}

/* Output is empty: say goodbye and shut our side. */
static void conn_finish(struct conn *conn) {
  const enum stream_result result = stream_finish(&conn->stream);
  if (result == STREAM_DONE)
    conn_move(conn, CONN_LINGERING);
  else
    conn_heard(conn, result);
}

static void conn_flush(void *arg) {
  struct conn *conn = arg;
  if (conn->state != CONN_OPEN && conn->state != CONN_CLOSING)
    return;
  conn_write(conn);
  if (conn->state == CONN_CLOSING && conn_unsent(conn) == 0)
    conn_finish(conn);
  conn_watch(conn);
  if (conn->owed && conn->state == CONN_OPEN) /* this is a stage of the turn: the owner hears it in the next */
    loop_fd_again(conn->watch, LOOP_WRITE);
}

/* ---- the one entry from the loop ---- */

static void conn_exchange(struct conn *conn, int what) {
  if (what & LOOP_WRITE || conn->stream.write_wants_read)
    conn_write(conn);
  if (conn->state == CONN_OPEN && conn->pauses == 0 && (what & LOOP_READ || conn->stream.read_wants_write))
    conn_read(conn);
}

/* What came before the end is still told: a frame that arrived whole counts, whatever happened to the line afterwards. */
static void conn_deliver(struct conn *conn) {
  const int owed = conn->owed;
  conn->owed &= conn->pauses ? OWED_READ : 0;
  if (owed & OWED_READ && conn->pauses == 0 && (conn->state == CONN_OPEN || conn->state == CONN_BROKEN))
    conn_tell(conn, CONN_READ);
  if (owed & OWED_DRAINED && conn->state == CONN_OPEN)
    conn_tell(conn, CONN_DRAINED);
}

static void conn_ready(void *arg, int what) {
  struct conn *conn = arg;
  switch (conn->state) {
  case CONN_KNOCKING: conn_knock(conn); break;
  case CONN_SHAKING: conn_shake(conn); break;
  case CONN_OPEN: conn_exchange(conn, what); break;
  case CONN_CLOSING: conn_flush(conn); break;
  case CONN_LINGERING:
    if (stream_discard(&conn->stream) == STREAM_DONE)
      conn_gone(conn);
    break;
  case CONN_WAITING:
  case CONN_BROKEN:
  case CONN_DEAD: break;
  }
  conn_deliver(conn);
  if (conn->state == CONN_BROKEN)
    conn_gone(conn);
  if (conn->state != CONN_DEAD)
    conn_watch(conn);
}

static void conn_time_is_up(void *arg) {
  struct conn *conn = arg;
  switch (conn->state) {
  case CONN_OPEN: conn_tell(conn, CONN_TIMEOUT); break;
  case CONN_KNOCKING:
  case CONN_SHAKING:
    counts.slow++;
    conn_gone(conn);
    break;
  default: conn_gone(conn); break;
  }
}

/* ---- what the owner may do ---- */

struct conn *conn_new(const struct conn_options *options) {
  struct conn *conn = calloc(1, sizeof *conn);
  if (!conn) {
    close(options->fd);
    return NULL;
  }
  *conn = (struct conn){.loop = options->loop,
                        .output_cap = options->output_cap,
                        .output_low = options->output_low,
                        .handshake_deadline_ms = options->handshake_deadline_ms,
                        .knocked = options->knocked,
                        .arg = options->arg,
                        .flush = {.fn = conn_flush, .arg = conn},
                        .bury = {.fn = conn_bury, .arg = conn}};
  snprintf(conn->address, sizeof conn->address, "%s", options->address);
  if (stream_init(&conn->stream, options->tls, options->fd) < 0) {
    free(conn);
    return NULL;
  }
  if (!(conn->watch = loop_fd_new(options->loop, options->fd, conn_ready, conn)) ||
      !(conn->timer = loop_timer_new(options->loop, conn_time_is_up, conn)) || loop_fd_want(conn->watch, LOOP_READ) < 0) {
    conn_bury(conn); /* nobody has seen it yet, so it need not wait for the end of the turn */
    return NULL;
  }
  conn->ended = options->ended;
  conn_deadline_set(conn, options->handshake_deadline_ms);
  return conn;
}

enum frame_verdict conn_frame(struct conn *conn, size_t cap, const uint8_t **ret_message, size_t *ret_len) {
  uint8_t head[FRAME_PREFIX_MAX];
  struct frame frame;
  evbuffer_drain(conn->stream.in, conn->taken);
  conn->taken = 0;
  const ev_ssize_t held = evbuffer_copyout(conn->stream.in, head, sizeof head);
  enum frame_verdict verdict = frame_next(head, held > 0 ? (size_t)held : 0, cap, &frame);
  if ((verdict != FRAME_MORE && verdict != FRAME_WHOLE) || frame.need > evbuffer_get_length(conn->stream.in))
    return verdict;
  /* Only a frame that is there as a whole is moved into one piece, and at most once. */
  const uint8_t *data = evbuffer_pullup(conn->stream.in, (ev_ssize_t)frame.need);
  if (!data) {
    conn_break(conn);
    return FRAME_MORE;
  }
  verdict = frame_next(data, frame.need, cap, &frame);
  if (verdict == FRAME_WHOLE) {
    conn->taken = frame.prefix + frame.length;
    *ret_message = data + frame.prefix;
    *ret_len = frame.length;
  }
  return verdict;
}

size_t conn_unread(const struct conn *conn) {
  return evbuffer_get_length(conn->stream.in) - conn->taken;
}

char *conn_peek(struct conn *conn, size_t cap, size_t *ret_len) {
  const size_t held = evbuffer_get_length(conn->stream.in), len = held < cap ? held : cap;
  char *bytes = len > 0 ? (char *)evbuffer_pullup(conn->stream.in, (ev_ssize_t)len) : NULL;
  if (len > 0 && !bytes)
    conn_break(conn);
  *ret_len = bytes ? len : 0;
  return bytes;
}

void conn_take(struct conn *conn, void *to, size_t len) {
  CHECK(len <= evbuffer_get_length(conn->stream.in));
  if (to)
    CHECK(evbuffer_remove(conn->stream.in, to, len) == (int)len);
  else
    CHECK(evbuffer_drain(conn->stream.in, len) == 0);
}

static void conn_queued(struct conn *conn) {
  conn->above_low |= conn_unsent(conn) > conn->output_low;
  loop_task_post(conn->loop, LOOP_FLUSH, &conn->flush);
}

int conn_send(struct conn *conn, const ProtobufCMessage *message) {
  struct evbuffer_iovec room;
  uint8_t prefix[FRAME_PREFIX_MAX];
  if (conn->state != CONN_OPEN)
    return E_CLOSED;
  const size_t len = protobuf_c_message_get_packed_size(message);
  const size_t prefix_len = frame_prefix(prefix, len);
  const size_t unsent = evbuffer_get_length(conn->stream.out);
  if (len > conn->output_cap || unsent + prefix_len + len > conn->output_cap)
    return E_LIMIT;
  if (evbuffer_reserve_space(conn->stream.out, (ev_ssize_t)(prefix_len + len), &room, 1) < 1)
    return E_NOMEM;
  memcpy(room.iov_base, prefix, prefix_len);
  protobuf_c_message_pack(message, (uint8_t *)room.iov_base + prefix_len);
  room.iov_len = prefix_len + len;
  if (evbuffer_commit_space(conn->stream.out, &room, 1) < 0)
    return E_NOMEM;
  conn_queued(conn);
  return 0;
}

int conn_put(struct conn *conn, const void *head, size_t head_len, const void *body, size_t body_len) {
  struct evbuffer *out = conn->stream.out;
  const size_t unsent = evbuffer_get_length(out), len = head_len + body_len;
  if (conn->state != CONN_OPEN)
    return E_CLOSED;
  if (len < body_len || len > conn->output_cap || unsent > conn->output_cap - len)
    return E_LIMIT;
  /* Room for both first: a head must not leave without its body. */
  if (evbuffer_expand(out, len) < 0 || evbuffer_add(out, head, head_len) < 0 ||
      (body_len > 0 && evbuffer_add(out, body, body_len) < 0))
    return E_NOMEM;
  conn_queued(conn);
  return 0;
}

size_t conn_unsent(const struct conn *conn) {
  return evbuffer_get_length(conn->stream.out);
}

void conn_pause(struct conn *conn) {
  conn->pauses++;
  if (conn->state != CONN_DEAD)
    conn_watch(conn);
}

void conn_resume(struct conn *conn) {
  CHECK(conn->pauses > 0);
  if (--conn->pauses > 0 || conn->state != CONN_OPEN)
    return;
  conn_watch(conn);
  if (conn_unread(conn) > 0) {
    conn->owed |= OWED_READ;
    loop_fd_again(conn->watch, LOOP_READ);
  }
}

void conn_deadline(struct conn *conn, int64_t ms) {
  if (conn->state == CONN_OPEN)
    conn_deadline_set(conn, ms);
}

void conn_close(struct conn *conn) {
  switch (conn->state) {
  case CONN_OPEN:
    conn_move(conn, CONN_CLOSING);
    conn_deadline_set(conn, CONN_GOODBYE_MS);
    loop_task_post(conn->loop, LOOP_FLUSH, &conn->flush);
    conn_watch(conn);
    break;
  case CONN_KNOCKING:
  case CONN_WAITING:
  case CONN_SHAKING: conn_break(conn); break; /* no words have been exchanged yet that a goodbye could end */
  case CONN_CLOSING:
  case CONN_LINGERING:
  case CONN_BROKEN:
  case CONN_DEAD: break;
  }
}

void conn_owner(struct conn *conn, conn_callback callback, void *arg) {
  if (conn->state == CONN_DEAD)
    return;
  conn->callback = callback;
  conn->owner = arg;
}

bool conn_owned(const struct conn *conn) {
  return conn->callback != NULL;
}

X509 *conn_peer_certificate(const struct conn *conn) {
  return conn->stream.ssl ? SSL_get0_peer_certificate(conn->stream.ssl) : NULL;
}

const char *conn_peer_address(const struct conn *conn) {
  return conn->address;
}
