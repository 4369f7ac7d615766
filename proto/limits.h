/*
 * Every cap of the protocol, with its reason. The server advertises the ones marked (W) in Welcome; a client must keep to
 * what it was told, not to these numbers.
 */
#ifndef SG_PROTO_LIMITS_H
#define SG_PROTO_LIMITS_H

enum {
  PROTO_VERSION = 1,

  /* A frame before the sender is known: Hello or Enrol. A CSR with an RSA-4096 key has 1.5 KiB; the rest is room. */
  LIMIT_FRAME_UNKNOWN_BYTES = 64 * 1024,
  /* (W) A frame after Welcome: LIMIT_RESULTS rows with all their sub-scores need about 200 KiB. */
  LIMIT_FRAME_BYTES = 1024 * 1024,
  /* What one message may take when unpacked. protobuf-c turns a frame of empty sub-messages into 72 times its size. */
  LIMIT_UNPACKED_BYTES = 4 * 1024 * 1024,
  /* (W) Rows in one upload: a year of daily blocks fits in one, and a batch stays below a tenth of a second. */
  LIMIT_RESULTS = 500,
  /* (W) Requests of one connection that may be unanswered. Enough to hide a round trip of 200 ms. */
  LIMIT_WINDOW = 8,
  /* Sub-scores of one result: systems, disciplines and competencies of the content outline, and as many again. */
  LIMIT_SUBSCORES = 64,

  /* Texts: bytes of UTF-8, so that a buffer of that size and a NUL holds what passed. */
  LIMIT_INSTRUMENT_CHARS = 32,
  LIMIT_FORM_CHARS = 32,
  LIMIT_CLIENT_CHARS = 64,
  LIMIT_DEVICE_NAME_CHARS = 64,
  LIMIT_CSR_BYTES = 8 * 1024,
  LIMIT_ITEMS = 1000, /* the longest instrument has 280; a day of question bank blocks stays below */
  LIMIT_SECONDS = 7 * 24 * 3600,
  LIMIT_REVISION = 10000,
  LIMIT_ATTEMPT = 10, /* USMLE allowed six until 2021, four since */
  /* Disclosures in one answer: as many of the longest ones (34 KiB) as fit in LIMIT_FRAME_BYTES. */
  LIMIT_DISCLOSURES = 30,
  LIMIT_RECIPIENT_CHARS = 4 * 500,  /* the office may write 500 characters, */
  LIMIT_DISCLOSED_CHARS = 4 * 2000, /* and 2,000 in each of the other texts of a disclosure */

  /* A week of study, goals and check-ins alike. */
  LIMIT_WEEK_MINUTES = 7 * 24 * 60,
  LIMIT_WEEK_QUESTIONS = 5000, /* seven hundred a day: more is a slip of the pen */
  LIMIT_WEEK_CHECKS = 14,      /* two self-assessments a day */
  LIMIT_GOAL_AHEAD_DAYS = 366,
  /* In one answer: a year of check-ins, and as many goals as anybody sets in one. */
  LIMIT_STUDY_WEEKS = 53,
  LIMIT_STUDY_GOALS = 20,
  /* Messages in one answer: as many of the longest ones (32 KiB) as fit in LIMIT_FRAME_BYTES. */
  LIMIT_MESSAGES = 30,
  LIMIT_MESSAGE_CHARS = 4 * 8000, /* the office may write 8,000 characters, */
  LIMIT_WRITER_CHARS = 4 * 120,   /* and its people's names have 120 */
  LIMIT_DEVICES = 50,             /* of one student, in one answer */

  /* A clock may be ahead by this much before a result counts as from the future. */
  LIMIT_CLOCK_AHEAD_S = 24 * 3600,
};

/* 2000-01-01: no instrument in the catalogue is older, so an earlier day is a slip of the pen. */
#define LIMIT_OLDEST_MS INT64_C(946684800000)

#endif
