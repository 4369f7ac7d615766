/*
 * Server-sent events. A stream says that something of the school has changed, never what: whoever hears it asks again by the
 * ordinary routes, with the ordinary rights, and nothing has to be decided twice.
 *
 *   events_handle ── api.events_open ──> stream_open ──> OPEN ──> stream_end
 *
 *   sg_changed   marks the streams of the school; the next tick sends one event, whatever happened in between
 *   sg_session   the session, or all of the school, may have ended: the stream asks api.events_open again at once
 *   once in OFFICE_STREAM_CHECK_S it asks anyway, for a session that becomes idle tells nobody
 *
 * Being open does not keep a session alive (api.events_open notes nothing). A browser that does not read is dropped by http at
 * its cap, comes back by itself after `retry`, and asks for everything then; so no event is kept and none has a number.
 * Rejected: the changed thing's id in the event (it would have to be filtered by ground), WebSocket (a second protocol
 * through the same gate for one direction).
 */
#include "office/live.h"

#include "base/clock.h"
#include "base/err.h"
#include "db/answer.h"
#include "office/api.h"
#include "office/call.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ARGS_BYTES = 8 * 1024, SECOND_MS = 1000 };

static const char hello[] = "retry: 3000\n\nevent: hello\ndata: {}\n\n", changed[] = "event: changed\ndata: {}\n\n",
                  ended[] = "event: ended\ndata: {}\n\n", beat[] = ": still here\n\n";

struct stream {
  struct live *live;
  struct call *call;
  int64_t school_id, session_id;
  int64_t sent_ms, checked_ms;
  bool changed;
  bool check;  /* at the next tick */
  bool asking; /* api.events_open is under way */
  bool over;   /* to be ended when it has answered */
  LIST_ENTRY(stream) link;
};

struct live {
  struct office *office;
  struct loop_timer *timer; /* runs while there are streams */
  LIST_HEAD(, stream) streams;
  size_t n;
};

/* ---------------------------------------------------------------- one stream */

static void stream_end(struct stream *stream) {
  stream->over = true;
  http_on_gone(stream->call->req, NULL, NULL);
  if (stream->asking)
    return;
  LIST_REMOVE(stream, link);
  stream->live->n--;
  call_stream_end(stream->call);
  free(stream);
}

static void stream_gone(void *arg) {
  stream_end(arg);
}

/* False: the stream has ended and is no more. */
static bool stream_send(struct stream *stream, const char *text) {
  stream->sent_ms = clock_mono_ms();
  if (http_stream_send(stream->call->req, text, strlen(text)) == E_OK)
    return true;
  stream_end(stream);
  return false;
}

/* The session has another token since somebody proved anew who they are, or was swept away long after its end. The browser comes
 * back by itself, with the cookie that it has now. */
static bool is_of_another_token(const PGresult *res) {
  struct answer_refusal refusal;
  answer_refusal(res, &refusal);
  return strcmp(refusal.code, "not_signed_in") == 0;
}

static void stream_checked(void *arg, int err, const PGresult *res) {
  struct stream *stream = arg;
  stream->asking = false;
  if (stream->over)
    stream_end(stream);
  else if (err == E_REFUSED &&
           (is_of_another_token(res) || stream_send(stream, ended))) /* else it says nothing about the session */
    stream_end(stream);
}

static void stream_check(struct stream *stream) {
  struct args args;
  stream->check = false;
  stream->checked_ms = clock_mono_ms();
  if (stream->asking)
    return;
  args_init(&args, ARGS_BYTES);
  call_put_caller(stream->call, &args);
  args_text(&args, "{}");
  stream->asking = pool_call(stream->live->office->read_pool, STMT_OFFICE(events_open), &args, stream_checked, stream) == E_OK;
  stream->check = !stream->asking;
}

static void stream_tick(struct stream *stream, int64_t now_ms) {
  const bool due = now_ms - stream->checked_ms >= (int64_t)OFFICE_STREAM_CHECK_S * SECOND_MS;
  if (stream->over)
    return;
  if (stream->check || due)
    stream_check(stream);
  if (stream->changed) {
    stream->changed = false;
    (void)stream_send(stream, changed);
  } else if (now_ms - stream->sent_ms >= (int64_t)OFFICE_STREAM_BEAT_S * SECOND_MS) {
    (void)stream_send(stream, beat);
  }
}

/* ---------------------------------------------------------------- all of them */

static void live_tick(void *arg) {
  struct live *live = arg;
  const int64_t now_ms = clock_mono_ms();
  struct stream *next;
  for (struct stream *stream = LIST_FIRST(&live->streams); stream; stream = next) {
    next = LIST_NEXT(stream, link);
    stream_tick(stream, now_ms);
  }
  if (live->n > 0)
    loop_timer_set(live->timer, OFFICE_STREAM_TICK_MS);
}

/* "17/1042" or "17/" and a star: school and session. */
static void live_session_moved(struct live *live, const char *payload) {
  char *end;
  const int64_t school_id = strtoll(payload, &end, 10);
  const bool all = strcmp(end, "/*") == 0;
  const int64_t session_id = *end == '/' && !all ? strtoll(end + 1, NULL, 10) : 0;
  struct stream *next;
  for (struct stream *stream = LIST_FIRST(&live->streams); stream; stream = next) {
    next = LIST_NEXT(stream, link);
    if (stream->school_id == school_id && (all || stream->session_id == session_id))
      stream_check(stream);
  }
}

void live_heard(struct live *live, const char *channel, const char *payload) {
  struct stream *stream;
  if (channel && strcmp(channel, "sg_session") == 0) {
    live_session_moved(live, payload);
    return;
  }
  const int64_t school_id = channel ? strtoll(payload, NULL, 10) : 0;
  LIST_FOREACH(stream, &live->streams, link) {
    stream->changed |= !channel || stream->school_id == school_id;
    stream->check |= !channel;
  }
}

struct live *live_new(struct office *office) {
  struct live *live = calloc(1, sizeof *live);
  if (!live)
    return NULL;
  live->office = office;
  LIST_INIT(&live->streams);
  live->timer = loop_timer_new(office->loop, live_tick, live);
  if (!live->timer) {
    free(live);
    return NULL;
  }
  return live;
}

void live_free(struct live *live) {
  if (!live)
    return;
  for (struct stream *stream; (stream = LIST_FIRST(&live->streams));)
    stream_end(stream);
  loop_timer_free(live->timer);
  free(live);
}

/* ---------------------------------------------------------------- opening one */

static size_t streams_of(const struct live *live, int64_t session_id) {
  const struct stream *stream;
  size_t n = 0;
  LIST_FOREACH(stream, &live->streams, link) {
    n += stream->session_id == session_id;
  }
  return n;
}

static void stream_open(struct call *call, int64_t school_id, int64_t session_id) {
  struct live *live = call->office->live;
  struct stream *stream = calloc(1, sizeof *stream);
  if (!stream) {
    call_failed_memory(call);
    return;
  }
  const int64_t now_ms = clock_mono_ms();
  *stream = (struct stream){.live = live, .call = call, .school_id = school_id, .session_id = session_id, .checked_ms = now_ms};
  LIST_INSERT_HEAD(&live->streams, stream, link);
  if (live->n++ == 0)
    loop_timer_set(live->timer, OFFICE_STREAM_TICK_MS);
  if (call_stream_begin(call) < 0) {
    stream_end(stream);
    return;
  }
  http_on_gone(call->req, stream_gone, stream);
  (void)stream_send(stream, hello);
}

static void events_opened(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  const struct live *live = call->office->live;
  if (err) {
    api_failed(call, err, res);
    return;
  }
  if (!call_is_reply(res)) { /* a program's token has no session that could end */
    call_problem(call, &(struct problem){.status = 403, .code = "no_right", .detail = "Only a person's session can listen."});
    return;
  }
  json_t *body = call_reply_read(res);
  const int64_t school_id = json_integer_value(json_object_get(body, "school_id"));
  const int64_t session_id = json_integer_value(json_object_get(body, "session_id"));
  json_decref(body);
  if (streams_of(live, session_id) < OFFICE_STREAMS_PER_SESSION && live->n < OFFICE_STREAMS)
    stream_open(call, school_id, session_id);
  else
    call_problem(call, &(struct problem){.status = 429,
                                         .code = "too_many_streams",
                                         .detail = "Too many pages of this session are listening.",
                                         .retry_after_s = OFFICE_STREAM_BEAT_S});
}

void events_handle(struct call *call) {
  if (http_is_head(call->req))
    call_reply(call, 200, "text/event-stream", "", 0);
  else
    call_ask(call, STMT_OFFICE(events_open), "{}", events_opened);
}
