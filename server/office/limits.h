/* Every cap of the office port, with its reason. */
#ifndef SG_OFFICE_LIMITS_H
#define SG_OFFICE_LIMITS_H

enum {
  /* ---- a request ---- */
  /* The longest thing a person writes here is a note of 10 000 characters; a bulk action names 500 students. */
  OFFICE_BODY_BYTES = 64 * 1024,
  OFFICE_HEAD_BYTES = 16 * 1024, /* browsers send 2; a cookie and a cursor fit four times */
  /* Levels of lists and objects in a body. Ours have three; PostgreSQL and jansson recurse. */
  OFFICE_BODY_DEPTH = 16,
  OFFICE_PARAMS = 32,       /* of path and query together; our longest list has 14 filters */
  OFFICE_AGENT_BYTES = 200, /* of User-Agent, for the list of one's sessions */
  /* Arena of a request: its parameters and its document; the body escapes to nothing, it is handed on as it came. */
  OFFICE_CALL_BYTES = 256 * 1024,
  OFFICE_ARGS_BYTES = OFFICE_BODY_BYTES + 64 * 1024,

  /* ---- waiting ---- */
  OFFICE_RETRY_S = 2,              /* told with 503: a database that restarts is back in a few */
  OFFICE_LANE_WAITING = 32,        /* of argon2id: with 30 ms each on two threads the last waits half a second */
  OFFICE_GUESSES_PER_MINUTE = 600, /* requests of one network with tokens that are none, before it has to wait */

  /* ---- secrets ---- */
  OFFICE_PASSWORD_FLOOR_CHARS = 8,  /* ASVS 5.0 6.2.1: no school may ask for less */
  OFFICE_PASSWORD_MOST_CHARS = 128, /* ASVS 5.0 6.2.9: at least 64 are taken */
  OFFICE_PASSWORD_BYTES = 512,      /* 128 characters of four bytes: argon2id is not fed megabytes */
  OFFICE_RECOVERY_CODES = 10,

  /* ---- streams ---- */
  OFFICE_STREAMS_PER_SESSION = 6, /* tabs; browsers open six connections to a host at most */
  OFFICE_STREAMS = 2000,          /* of one worker: a school's office has 40 people */
  OFFICE_STREAM_TICK_MS = 1000,   /* what changes in this time is told once */
  OFFICE_STREAM_BEAT_S = 20,      /* under the minute after which proxies and NAT forget a silent connection */
  OFFICE_STREAM_CHECK_S = 60,     /* how late a stream notices that its session has become idle */
};

#endif
