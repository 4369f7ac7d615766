/* Every cap of the office port, with its reason. */
#ifndef SG_OFFICE_LIMITS_H
#define SG_OFFICE_LIMITS_H

enum {
  /* ---- a request ---- */
  /* The longest thing a person writes here is a note of 10 000 characters; a bulk action names 500 students. */
  OFFICE_BODY_BYTES = 64 * 1024,
  /* A roster of 20 000 students has 2 MB; as rows of JSON three times that. */
  OFFICE_FILE_BYTES = 4 * 1024 * 1024,
  OFFICE_FILE_ROWS = 50 * 1000,
  OFFICE_FILE_ARGS_BYTES = 24 * 1024 * 1024,
  OFFICE_ARCHIVE_BYTES = 64 * 1024 * 1024, /* of a zip, unpacked: users.csv of 50 000 with what stands beside it */
  OFFICE_FINDINGS = 2000,                  /* of one file: nobody reads more, and a file so wrong is brought again */
  /* Files on their way or in hand at once, of people who were let in lately and of others: what strangers can make us hold. */
  OFFICE_FILES = 8,
  OFFICE_FILES_UNPROVEN = 2,
  OFFICE_HEAD_BYTES = 16 * 1024, /* browsers send 2; a cookie and a cursor fit four times */
  /* Levels of lists and objects in a body. Ours have three; PostgreSQL and jansson recurse. */
  OFFICE_BODY_DEPTH = 16,
  OFFICE_ONCE_BYTES = 64,   /* of an Idempotency-Key; a UUID has 36 */
  OFFICE_PARAMS = 32,       /* of path and query together; our longest list has 14 filters */
  OFFICE_AGENT_BYTES = 200, /* of User-Agent, for the list of one's sessions */
  /* Arena of a request: its parameters and its document; the body escapes to nothing, it is handed on as it came. */
  OFFICE_CALL_BYTES = 256 * 1024,
  OFFICE_ARGS_BYTES = OFFICE_BODY_BYTES + 64 * 1024,

  /* ---- waiting ---- */
  OFFICE_RETRY_S = 2,              /* told with 503: a database that restarts is back in a few */
  OFFICE_LANE_WAITING = 32,        /* of argon2id: with 30 ms each on two threads the last waits half a second */
  OFFICE_GUESSES_PER_MINUTE = 600, /* requests of one network with tokens that are none, before it has to wait */
  OFFICE_PROVEN_S = 15 * 60,       /* who was let in is not held up by guesses of others; a session is not silent for longer */

  /* ---- files ---- */
  /* Papers that are asked for, made or on their way to the trail at once: with one thread and a tenth of a second for most of
   * them the last waits a second. */
  OFFICE_PAPERS = 8,

  /* ---- secrets ---- */
  OFFICE_PASSWORD_FLOOR_CHARS = 8,  /* ASVS 5.0 6.2.1: no school may ask for less */
  OFFICE_PASSWORD_MOST_CHARS = 128, /* ASVS 5.0 6.2.9: at least 64 are taken */
  OFFICE_PASSWORD_BYTES = 512,      /* 128 characters of four bytes: argon2id is not fed megabytes */
  OFFICE_RECOVERY_CODES = 10,

  /* ---- the school's identity provider ---- */
  OIDC_FLOW_S = 600, /* from leaving for the provider to coming back: a person looks for their phone */
  /* Clocks of two machines that keep time by NTP differ by milliseconds, of those that do not by a minute. */
  OIDC_SKEW_S = 60,
  OIDC_DEADLINE_MS = 8000,        /* of all that one sign-in asks of the provider; people leave after ten seconds */
  OIDC_ANSWER_BYTES = 128 * 1024, /* of one answer: the longest document of discovery we know has 8 KiB, keys with chains 40 */
  OIDC_TOKEN_BYTES = 32 * 1024,   /* of an ID token: those with a person's groups in them reach 10 */
  OIDC_SIGNATURE_BYTES = 1024,    /* of RSA with 8192 bits */
  OIDC_KEYS_MOST = 32,            /* of a provider: the largest have ten */
  OIDC_KID_BYTES = 256,           /* a thumbprint has 43 */
  OIDC_URL_BYTES = 512,           /* of an endpoint */
  OIDC_CODE_BYTES = 3 * 1024,     /* of a code: encrypted ones have 2 KiB; with the rest it fits a request's first line */
  OIDC_SUBJECT_BYTES = 255 + 1,   /* Core, 2: no more than 255 */
  OIDC_EMAIL_BYTES = 254 + 1,     /* RFC 5321, 4.5.3.1.3 */
  OIDC_ACR_BYTES = 128,           /* for the trail */
  OIDC_SECRET_BYTES = 512,        /* of a client's secret */
  OIDC_FRESH_S = 3600,            /* the provider's document and keys are fetched anew after this */
  OIDC_REFETCH_S = 30,            /* and its keys before that, for a key we do not know, no more often than this */
  OIDC_THREADS = 2,               /* of their own: a provider that hangs must not keep passwords from being checked */
  OIDC_WAITING = 16,              /* sign-ins beyond those two; waiting counts towards OIDC_DEADLINE_MS */

  /* ---- streams ---- */
  OFFICE_STREAMS_PER_SESSION = 6, /* tabs; browsers open six connections to a host at most */
  OFFICE_STREAMS = 2000,          /* of one worker: a school's office has 40 people */
  OFFICE_STREAM_TICK_MS = 1000,   /* what changes in this time is told once */
  OFFICE_STREAM_BEAT_S = 20,      /* under the minute after which proxies and NAT forget a silent connection */
  OFFICE_STREAM_CHECK_S = 60,     /* how late a stream notices that its session has become idle */
};

#endif
