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
  LIMIT_PIPE_BACKOFF_MAX_MS = 10 * 1000, /* a database that comes back is noticed within this */
  LIMIT_POOL_CONNECTIONS = 16,           /* of one worker: two carry its load, the rest is for odd latencies */
  LIMIT_CHANNELS = 8,
};

#endif
