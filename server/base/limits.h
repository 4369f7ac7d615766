/*
 * Every cap of the server programs, with its reason. What client and server must agree on stands in proto/limits.h.
 */
#ifndef SG_BASE_LIMITS_H
#define SG_BASE_LIMITS_H

enum {
  /* ---- memory ---- */
  /* First block of an arena: Hello and small uploads fit, and a session between requests keeps no more than this. */
  LIMIT_ARENA_BLOCK_BYTES = 4 * 1024,
  /* Blocks double up to this: from here on the waste of a half-empty last block outweighs a saved malloc. */
  LIMIT_ARENA_BLOCK_MAX_BYTES = 256 * 1024,

  /* ---- log ---- */
  /* One line is one write(2), and pipes keep writes up to 4096 bytes (PIPE_BUF) whole when several processes share one. */
  LIMIT_LOG_LINE_BYTES = 2048,
  LIMIT_LOG_VALUE_BYTES = 120, /* of one value from outside, so that it cannot push the rest of the line out */

  /* ---- configuration ---- */
  LIMIT_CONF_LINE_BYTES = 199, /* libinih cuts lines of 200 and reads the rest as a new one; we refuse before it does */

  /* ---- time zones ---- */
  LIMIT_ZONE_FILE_BYTES = 64 * 1024, /* the longest of tzdata has 4 KiB */

  /* ---- database ---- */
  /* Parameters of one statement. An ingest of one turn is held below LIMIT_BATCH_ROWS by student/upload.c; a full batch of
   * result rows with all sub-scores takes 6 MiB. */
  LIMIT_ARGS_BYTES = 16 * 1024 * 1024,
  /* Requests sent and unanswered on one connection. Each is a transaction of a few ms, so the last of 64 waits a quarter of
   * a second; more would only be older when they are answered. */
  LIMIT_PIPE_DEPTH = 64,
  LIMIT_PIPE_CONNECT_S = 10, /* from connect to ready: a server in recovery refuses at once, only a dead network hangs */
  LIMIT_PIPE_BACKOFF_MIN_MS = 100,
  /* A database that comes back is noticed within this; until then a refused connection for each pipe costs next to nothing. */
  LIMIT_PIPE_BACKOFF_MAX_MS = 2 * 1000,
  LIMIT_POOL_CONNECTIONS = 16, /* of one worker: two carry its load, the rest is for odd latencies */
  LIMIT_CHANNELS = 8,

  /* ---- HTTP ---- */
  /* The least a peer has to send or read per second; under it a body or an answer is given up. A tenth of a bad phone line. */
  LIMIT_HTTP_RATE_BYTES = 4 * 1024,
  LIMIT_HTTP_UNREAD_S = 20, /* on average over this long: several losses on a bad line, no lunch break */
  /* The longest answer: a CSV of 200 000 results has 30 MiB. */
  LIMIT_HTTP_ANSWER_BYTES = 64 * 1024 * 1024,
  LIMIT_HTTP_REPLY_HEAD_BYTES = 16 * 1024, /* our own headers take 1,700, a cookie and an export's name the rest */
  /* What may wait for a reader of events. An event is under 200 bytes and says only that something changed; who has missed
   * 300 of them asks anew anyway. */
  LIMIT_HTTP_STREAM_BYTES = 64 * 1024,
  /* Read ahead while a request is in work, beyond its own bytes: enough to see that the peer has gone. */
  LIMIT_HTTP_AHEAD_BYTES = 16 * 1024,
  LIMIT_HTTP_TARGET_BYTES = 4 * 1024, /* our longest filter has 600; browsers and proxies agree on 8000 at most */

  /* ---- helper threads ---- */
  LIMIT_LANE_THREADS = 2, /* of argon2id's 19 MiB each: more would be taken from the loop's own core */
};

#endif
