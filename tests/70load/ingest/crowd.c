/*
 * A crowd of clients, one struct each.
 *
 *   OUTSIDE ──crowd_knock──> KNOCKING ──TLS, Welcome──> FREE <──receipt── BUSY
 *      ^                        │                         └──crowd_upload──┘
 *      └──turned away, reset────┘        FREE, BUSY ──connection lost──> LOST
 *
 * Who is free waits in a queue and is served in turn, so that uploads come from all sessions alike and not from the few that
 * answer fastest. Who is turned away at the door knocks again after a pause that differs between them.
 *
 * What the server acknowledged is written down as the harness will compare it: a file that COPY reads. A row counts as
 * acknowledged once its receipt says that it is stored; said to be identical, it must have been in an earlier receipt.
 */
#include "crowd.h"

#include "base/clock.h"
#include "line.h"

#include <arpa/inet.h>
#include <endian.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

enum { KNOCK_AGAIN_MS = 100, UUID_RANDOM_BYTES = 10, ACKED_BUFFER_BYTES = 1 << 20, ACKED_FIELDS = 3, PERMILLE = 1000 };

enum session_state { SESSION_OUTSIDE, SESSION_KNOCKING, SESSION_FREE, SESSION_BUSY, SESSION_LOST };

struct session {
  struct crowd *crowd;
  SSL *ssl; /* for its first knock, where it is made beforehand */
  struct line *line;
  int64_t id, knocked_us, intended_us;
  enum session_state state;
  uint32_t request_id;
  unsigned kind;                /* payload of the upload in flight, or of the last one */
  uint8_t (*ids)[UUID_BYTES];   /* its rows; NULL before the first */
  TAILQ_ENTRY(session) waiting; /* outside or free */
};
TAILQ_HEAD(session_list, session);

struct crowd {
  struct crowd_options options;
  struct payload payloads[PAYLOADS];
  struct session *sessions;
  struct session_list outside, free;
  size_t knocking;
  struct loop_timer *again;
  uint8_t *out; /* the bytes of one upload */
  unsigned kind;
  struct crowd_counts counts;
};

int64_t crowd_now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- what was acknowledged ---- */

static void acked_begin(FILE *file) {
  static const uint8_t head[19] = "PGCOPY\n\377\r\n"; /* its NUL, no flags, no extension */
  setvbuf(file, NULL, _IOFBF, ACKED_BUFFER_BYTES);
  fwrite(head, sizeof head, 1, file);
}

static void acked_row(FILE *file, const uint8_t id[UUID_BYTES], int64_t student, int32_t score_centi) {
  struct __attribute__((packed)) {
    uint16_t fields;
    uint32_t id_len;
    uint8_t id[UUID_BYTES];
    uint32_t student_len;
    uint64_t student;
    uint32_t score_len, score;
  } row = {.fields = htons(ACKED_FIELDS),
           .id_len = htonl(UUID_BYTES),
           .student_len = htonl(sizeof student),
           .student = htobe64((uint64_t)student),
           .score_len = htonl(sizeof score_centi),
           .score = htonl((uint32_t)score_centi)};
  memcpy(row.id, id, UUID_BYTES);
  fwrite(&row, sizeof row, 1, file);
}

int crowd_finish(struct crowd *crowd) {
  static const uint8_t end[2] = {0xff, 0xff};
  FILE *file = crowd->options.acked;
  if (!file)
    return 0;
  fwrite(end, sizeof end, 1, file);
  return fflush(file) == 0 && !ferror(file) ? 0 : -1;
}

/* ---- receipts ---- */

static void session_receipt(struct session *session, const struct speech_answer *answer) {
  struct crowd *crowd = session->crowd;
  const struct payload *payload = &crowd->payloads[session->kind];
  crowd->counts.uploads++;
  if (answer->rows_n != payload->rows_n)
    abort(); /* the server has not answered what it was asked */
  for (size_t i = 0; i < answer->rows_n; i++) {
    crowd->counts.stored += answer->status[i] == SPEECH_STORED;
    crowd->counts.identical += answer->status[i] == SPEECH_IDENTICAL;
    crowd->counts.other += answer->status[i] != SPEECH_STORED && answer->status[i] != SPEECH_IDENTICAL;
    if (crowd->options.acked && answer->status[i] == SPEECH_STORED)
      acked_row(crowd->options.acked, session->ids[i], session->id, payload->score_centi[i]);
  }
}

static void session_answered(struct session *session, const struct speech_answer *answer) {
  struct crowd *crowd = session->crowd;
  hist_add(&crowd->counts.latency, crowd_now_us() - session->intended_us);
  if (answer->kind == SPEECH_RECEIPT) {
    session_receipt(session, answer);
  } else {
    crowd->counts.refused++;
    memcpy(crowd->counts.refusal, answer->text, sizeof crowd->counts.refusal);
  }
  session->state = SESSION_FREE;
  TAILQ_INSERT_TAIL(&crowd->free, session, waiting);
  crowd->options.ended(crowd->options.arg);
}

/* ---- the door ---- */

static void crowd_knock(void *arg);

static void session_let_in(struct session *session) {
  struct crowd *crowd = session->crowd;
  hist_add(&crowd->counts.let_in, crowd_now_us() - session->knocked_us);
  session->state = SESSION_FREE;
  TAILQ_INSERT_TAIL(&crowd->free, session, waiting);
  crowd->knocking--;
  crowd->counts.up++;
  if (crowd->counts.up == crowd->options.sessions_n)
    crowd->options.let_in(crowd->options.arg);
  else
    crowd_knock(crowd);
}

static void session_up(void *arg) {
  struct session *session = arg;
  const struct speech *speech = session->crowd->options.speech;
  if (!speech->greets) {
    session_let_in(session);
    return;
  }
  session->request_id = 1;
  line_send(session->line, session->crowd->out, speech->hello(session->crowd->out));
}

static void session_gone(void *arg) {
  struct session *session = arg;
  struct crowd *crowd = session->crowd;
  const enum session_state was = session->state;
  session->line = NULL;
  if (was == SESSION_KNOCKING) {
    session->state = SESSION_OUTSIDE;
    crowd->knocking--;
    crowd->counts.again++;
    TAILQ_INSERT_TAIL(&crowd->outside, session, waiting);
    loop_timer_set(crowd->again, KNOCK_AGAIN_MS + session->id % KNOCK_AGAIN_MS);
    return;
  }
  session->state = SESSION_LOST;
  crowd->counts.lost++;
  if (was == SESSION_FREE)
    TAILQ_REMOVE(&crowd->free, session, waiting);
  else
    crowd->options.ended(crowd->options.arg);
}

static void session_heard(void *arg, struct evbuffer *in) {
  struct session *session = arg;
  struct speech_answer answer;
  session->crowd->options.speech->answer(in, &answer);
  if (answer.kind == SPEECH_MORE)
    return;
  if (session->state == SESSION_KNOCKING && answer.kind == SPEECH_WELCOME) {
    session_let_in(session);
  } else if (session->state == SESSION_BUSY && (answer.kind == SPEECH_RECEIPT || answer.kind == SPEECH_REFUSED)) {
    session_answered(session, &answer);
  } else { /* refused at the door, told to go, or not understood */
    if (answer.kind == SPEECH_REFUSED)
      memcpy(session->crowd->counts.refusal, answer.text, sizeof answer.text);
    line_drop(session->line);
    session_gone(session);
  }
}

static const struct line_events session_events = {.up = session_up, .heard = session_heard, .gone = session_gone};

static void session_knock(struct session *session) {
  struct crowd *crowd = session->crowd;
  const struct crowd_options *options = &crowd->options;
  if (session->knocked_us == 0)
    session->knocked_us = crowd_now_us();
  SSL *ssl = session->ssl ? session->ssl : devices_ssl(options->devices, session->id);
  session->ssl = NULL;
  session->state = SESSION_KNOCKING;
  crowd->knocking++;
  session->line = ssl ? line_new(options->loop, options->port, ssl, &session_events, session) : NULL;
  if (!session->line)
    session_gone(session);
}

/* All whom there is room for. */
static void crowd_knock(void *arg) {
  struct crowd *crowd = arg;
  struct session *session;
  while (crowd->knocking < crowd->options.knocking_most && (session = TAILQ_FIRST(&crowd->outside))) {
    TAILQ_REMOVE(&crowd->outside, session, waiting);
    session_knock(session);
  }
}

/* They all want to come now, whenever this process gets to them; their certificates they have had for long. */
static void crowd_storm(struct crowd *crowd) {
  for (size_t i = 0; i < crowd->options.sessions_n; i++)
    crowd->sessions[i].ssl = devices_ssl(crowd->options.devices, crowd->sessions[i].id);
  for (size_t i = 0; i < crowd->options.sessions_n; i++)
    crowd->sessions[i].knocked_us = crowd_now_us();
}

void crowd_connect(struct crowd *crowd) {
  if (crowd->options.knocking_most >= crowd->options.sessions_n)
    crowd_storm(crowd);
  crowd->counts.knocked_us = crowd_now_us();
  crowd_knock(crowd);
}

/* ---- uploads ---- */

static bool session_is_to_repeat(const struct session *session) {
  uint16_t dice = 0;
  const long permille = session->crowd->options.duplicates_permille;
  return session->ids && permille > 0 && RAND_bytes((uint8_t *)&dice, sizeof dice) == 1 && dice % PERMILLE < permille;
}

static void session_make_ids(struct session *session) {
  const size_t rows_n = session->crowd->options.rows_n;
  uint8_t random[PAYLOAD_ROWS_MAX][UUID_RANDOM_BYTES];
  const int64_t now_ms = clock_wall_ms();
  if (!session->ids)
    session->ids = calloc(rows_n, UUID_BYTES);
  if (!session->ids || RAND_bytes(random[0], (int)(rows_n * UUID_RANDOM_BYTES)) != 1)
    abort();
  for (size_t i = 0; i < rows_n; i++)
    uuid7_make(session->ids[i], now_ms, random[i]);
}

bool crowd_upload(struct crowd *crowd, int64_t intended_us) {
  struct session *session = TAILQ_FIRST(&crowd->free);
  if (!session)
    return false;
  TAILQ_REMOVE(&crowd->free, session, waiting);
  if (!session_is_to_repeat(session)) {
    session_make_ids(session);
    session->kind = crowd->kind++ % PAYLOADS;
  }
  session->state = SESSION_BUSY;
  session->intended_us = intended_us;
  const size_t len = crowd->options.speech->upload(crowd->out, &crowd->payloads[session->kind],
                                                   (const uint8_t(*)[UUID_BYTES])session->ids, session->id, ++session->request_id);
  line_send(session->line, crowd->out, len);
  return true;
}

/* ---- life ---- */

static bool crowd_make_payloads(struct crowd *crowd) {
  size_t most = 0;
  for (unsigned kind = 0; kind < PAYLOADS; kind++) {
    struct payload *payload = &crowd->payloads[kind];
    if (payload_make(payload, crowd->options.speech->form, kind, crowd->options.rows_n, clock_wall_ms()) < 0)
      return false;
    most = payload->len > most ? payload->len : most;
  }
  return (crowd->out = malloc(most + SPEECH_HEAD_BYTES));
}

struct crowd *crowd_new(const struct crowd_options *options) {
  struct crowd *crowd = calloc(1, sizeof *crowd);
  if (!crowd)
    return NULL;
  crowd->options = *options;
  TAILQ_INIT(&crowd->outside);
  TAILQ_INIT(&crowd->free);
  crowd->again = loop_timer_new(options->loop, crowd_knock, crowd);
  crowd->sessions = calloc(options->sessions_n, sizeof *crowd->sessions);
  if (!crowd->again || !crowd->sessions || !crowd_make_payloads(crowd)) {
    crowd_free(crowd);
    return NULL;
  }
  for (size_t i = 0; i < options->sessions_n; i++) {
    crowd->sessions[i] = (struct session){.crowd = crowd, .id = options->first_id + (int64_t)i};
    TAILQ_INSERT_TAIL(&crowd->outside, &crowd->sessions[i], waiting);
  }
  if (options->acked)
    acked_begin(options->acked);
  return crowd;
}

void crowd_free(struct crowd *crowd) {
  if (!crowd)
    return;
  for (size_t i = 0; crowd->sessions && i < crowd->options.sessions_n; i++) {
    if (crowd->sessions[i].line)
      line_drop(crowd->sessions[i].line);
    SSL_free(crowd->sessions[i].ssl);
    free(crowd->sessions[i].ids);
  }
  for (unsigned kind = 0; kind < PAYLOADS; kind++)
    payload_done(&crowd->payloads[kind]);
  loop_timer_free(crowd->again);
  free(crowd->sessions);
  free(crowd->out);
  free(crowd);
}

const struct crowd_counts *crowd_counts(const struct crowd *crowd) {
  return &crowd->counts;
}
