/*
 * Between bytes, generated messages, and our own structs.
 *
 * protobuf-c does not check UTF-8, cuts a string at an embedded NUL, merges what is there twice, keeps every field it does
 * not know, and recurses as deep as the bytes ask for. wire_scan looks at the raw bytes before it, by the same descriptors,
 * so that what reaches it is what a well-behaved library would have written. wire_result_read looks at one row after it:
 * shape and text. What the values may be is result_check's to say.
 */
#ifndef SG_PROTO_WIRE_H
#define SG_PROTO_WIRE_H

#include "proto/fault.h"
#include "proto/result.h"
#include "proto/study.h"

#include "stepguard.pb-c.h"

enum {
  /* ServerMessage > UploadReceipt > Standing > Reason. */
  WIRE_MAX_DEPTH = 4,
  /* Of one message. A newer peer may have added some; the room for them is bounded by the unpacking budget all the same. */
  WIRE_MAX_UNKNOWN = 16,
};

/* 0, or -1 where the bytes are not one well-formed message: wrong or unknown wire types, lengths that do not fit, text that
 * is not UTF-8 or has a NUL, a sub-message twice where one belongs, two bodies, too deep, too many unknown fields. */
int wire_scan(const uint8_t *message, size_t len) MUSTCHECK; /* a ClientMessage */
int wire_scan_server(const uint8_t *message, size_t len) MUSTCHECK;
int wire_scan_as(const ProtobufCMessageDescriptor *descriptor, const uint8_t *message, size_t len) MUSTCHECK;

/* A text field: at most `max_chars` bytes of UTF-8 that print. NULL is no text. */
bool wire_text_ok(const char *text, size_t max_chars);

/* 0, or -1 and *ret_fault; *ret is written on success only. result_check comes after. */
int wire_result_read(const Stepguard__V1__Result *message, struct result *ret, struct result_fault *ret_fault) MUSTCHECK;

/* A message and what it points to. It also points into the result it was made from, and neither may move. */
struct wire_result {
  Stepguard__V1__Result message;
  uint8_t result_id[UUID_BYTES]; /* used by wire_result_own */
  uint32_t sub_area[LIMIT_SUBSCORES], sub_items[LIMIT_SUBSCORES], sub_correct[LIMIT_SUBSCORES];
};
void wire_result_write(const struct result *result, struct wire_result *ret);

/* The same for a goal or a check-in: 0, or -1 and *ret_fault; study_check comes after. */
int wire_study_read(const Stepguard__V1__StudyEntry *message, struct study_entry *ret, struct result_fault *ret_fault) MUSTCHECK;

/* A message and what it points to. It also points into the entry it was made from, and neither may move. */
struct wire_study {
  Stepguard__V1__StudyEntry message;
  Stepguard__V1__StudyGoal goal;
  Stepguard__V1__CheckIn check_in;
};
void wire_study_write(const struct study_entry *entry, struct wire_study *ret);

/* A Fault by its row in the fault table. `field` and `text` may be NULL: then the text is the table's. Strings are borrowed. */
void wire_fault_write(enum fault fault, const char *field, const char *text, Stepguard__V1__Fault *ret);
/* Gives a written message the id under which it travels: uuid8_own(). 0 or -1. */
int wire_result_own(struct wire_result *wire, const uint8_t salt[UUID_SALT_BYTES]) MUSTCHECK;

#endif
