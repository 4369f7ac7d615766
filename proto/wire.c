/*
 * The first gate for bytes from the network, and the conversion of a result.
 *
 * The scan walks the encoding once, field by field, with the generated descriptors as its only schema: a field added to the
 * .proto is known here the day it is compiled. It keeps a stack of at most WIRE_MAX_DEPTH open messages and no other state,
 * so its cost is one pass and its memory is this frame. It is stricter than the specification asks of parsers, in ways
 * every generator's writer satisfies: no groups, no field number 0, no second body, no wire type but the field's own.
 *
 *   message := (tag value)*      tag := varint of field number << 3 | wire type
 *   value   := varint | 8 bytes | 4 bytes | varint length, then that many bytes (text, bytes, sub-message, packed numbers)
 */
#include "proto/wire.h"

#include "proto/utf8.h"

#include <string.h>

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5, WIRE_TYPE_MASK = 7, WIRE_TYPE_BITS = 3 };
enum {
  VARINT_MAX = 10,  /* bytes of a 64-bit number */
  VARINT32_MAX = 5, /* of a tag and of a length; protobuf-c reads no more */
  FIELD_MAX = 0x1fffffff,
  ONEOF_BIT = 31,
};

/* One open message. */
struct level {
  const ProtobufCMessageDescriptor *descriptor;
  const uint8_t *end;
  unsigned unknown; /* fields so far that the descriptor does not have */
  uint32_t seen;    /* sub-messages so far: by index of the field, and one bit for all members of a oneof */
};

/* ---------------------------------------------------------------- the encoding */

static int varint_read(const uint8_t **at, const uint8_t *end, int bytes_max, uint64_t *ret) {
  uint64_t value = 0;
  for (int i = 0; i < bytes_max && *at < end; i++) {
    uint8_t byte = *(*at)++;
    value |= (uint64_t)(byte & 0x7f) << (7 * i);
    if (!(byte & 0x80)) {
      *ret = value;
      return 0;
    }
  }
  return -1;
}

static int skip(const uint8_t **at, const uint8_t *end, uint64_t len) {
  if (len > (uint64_t)(end - *at))
    return -1;
  *at += len;
  return 0;
}

/* The body of a value of wire type WIRE_BYTES; *at is left behind it. */
static int body_read(const uint8_t **at, const uint8_t *end, const uint8_t **ret_body, size_t *ret_len) {
  uint64_t len = 0;
  if (varint_read(at, end, VARINT32_MAX, &len))
    return -1;
  const uint8_t *body = *at;
  if (skip(at, end, len))
    return -1;
  *ret_body = body;
  *ret_len = (size_t)len;
  return 0;
}

static int value_skip(const uint8_t **at, const uint8_t *end, unsigned wire_type) {
  uint64_t number = 0;
  const uint8_t *body = NULL;
  size_t len = 0;
  switch (wire_type) {
  case WIRE_VARINT: return varint_read(at, end, VARINT_MAX, &number);
  case WIRE_FIXED64: return skip(at, end, 8);
  case WIRE_FIXED32: return skip(at, end, 4);
  case WIRE_BYTES: return body_read(at, end, &body, &len);
  default: return -1; /* groups, and what is not assigned */
  }
}

static unsigned wire_type_of(ProtobufCType type) {
  switch (type) {
  case PROTOBUF_C_TYPE_SFIXED32:
  case PROTOBUF_C_TYPE_FIXED32:
  case PROTOBUF_C_TYPE_FLOAT: return WIRE_FIXED32;
  case PROTOBUF_C_TYPE_SFIXED64:
  case PROTOBUF_C_TYPE_FIXED64:
  case PROTOBUF_C_TYPE_DOUBLE: return WIRE_FIXED64;
  case PROTOBUF_C_TYPE_STRING:
  case PROTOBUF_C_TYPE_BYTES:
  case PROTOBUF_C_TYPE_MESSAGE: return WIRE_BYTES;
  default: return WIRE_VARINT; /* integers of every kind, bool, enum */
  }
}

/* ---------------------------------------------------------------- the scan */

static int packed_scan(unsigned wire_type, const uint8_t *body, size_t len) {
  const uint8_t *end = body + len;
  while (body < end)
    if (value_skip(&body, end, wire_type))
      return -1;
  return 0;
}

/* Notes a sub-message. -1 where its place is taken. */
static int place_take(struct level *level, const ProtobufCFieldDescriptor *field) {
  if (field->label == PROTOBUF_C_LABEL_REPEATED)
    return 0;
  size_t index = (size_t)(field - level->descriptor->fields);
  uint32_t bit = UINT32_C(1) << (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF ? ONEOF_BIT : index % ONEOF_BIT);
  if (level->seen & bit)
    return -1;
  level->seen |= bit;
  return 0;
}

/* A known field of wire type WIRE_BYTES. Opens a level on `stack` for a sub-message. */
static int body_scan(struct level *stack, int *depth, const ProtobufCFieldDescriptor *field, const uint8_t *body, size_t len) {
  switch (field->type) {
  case PROTOBUF_C_TYPE_STRING: return utf8_valid((const char *)body, len) ? 0 : -1;
  case PROTOBUF_C_TYPE_BYTES: return 0;
  case PROTOBUF_C_TYPE_MESSAGE:
    if (place_take(&stack[*depth], field) || *depth + 1 >= WIRE_MAX_DEPTH)
      return -1;
    stack[++*depth] = (struct level){.descriptor = field->descriptor, .end = body + len};
    return 0;
  default: return packed_scan(wire_type_of(field->type), body, len);
  }
}

/* One field; *at is left behind it, or at the start of the sub-message that was opened. */
static int field_scan(struct level *stack, int *depth, const uint8_t **at) {
  struct level *level = &stack[*depth];
  uint64_t tag = 0;
  if (varint_read(at, level->end, VARINT32_MAX, &tag))
    return -1;
  unsigned wire_type = (unsigned)(tag & WIRE_TYPE_MASK);
  uint64_t number = tag >> WIRE_TYPE_BITS;
  if (number == 0 || number > FIELD_MAX)
    return -1;
  const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(level->descriptor, (unsigned)number);
  if (!field)
    return ++level->unknown > WIRE_MAX_UNKNOWN ? -1 : value_skip(at, level->end, wire_type);

  unsigned own = wire_type_of(field->type);
  bool packed = field->label == PROTOBUF_C_LABEL_REPEATED && wire_type == WIRE_BYTES && own != WIRE_BYTES;
  if (wire_type != own && !packed)
    return -1;
  if (wire_type != WIRE_BYTES)
    return value_skip(at, level->end, wire_type);

  const uint8_t *body = NULL;
  size_t len = 0;
  int before = *depth;
  if (body_read(at, level->end, &body, &len) || body_scan(stack, depth, field, body, len))
    return -1;
  if (*depth > before)
    *at = body;
  return 0;
}

int wire_scan_as(const ProtobufCMessageDescriptor *descriptor, const uint8_t *message, size_t len) {
  struct level stack[WIRE_MAX_DEPTH] = {{.descriptor = descriptor, .end = message + len}};
  int depth = 0;
  const uint8_t *at = message;
  for (;;) {
    while (at == stack[depth].end)
      if (depth-- == 0)
        return 0;
    if (field_scan(stack, &depth, &at))
      return -1;
  }
}

int wire_scan(const uint8_t *message, size_t len) {
  return wire_scan_as(&stepguard__v1__client_message__descriptor, message, len);
}

int wire_scan_server(const uint8_t *message, size_t len) {
  return wire_scan_as(&stepguard__v1__server_message__descriptor, message, len);
}

/* ---------------------------------------------------------------- one result */

bool wire_text_ok(const char *text, size_t max_chars) {
  if (!text)
    return false;
  size_t len = strnlen(text, max_chars + 1);
  return len <= max_chars && utf8_plain(text, len);
}

/* Absent numbers become RESULT_UNKNOWN; present ones must fit. */
static int number_read(const char *field, bool given, uint32_t value, int32_t *ret, struct result_fault *ret_fault) {
  if (given && value > INT32_MAX)
    return result_refuse(ret_fault, field, "%u cannot be; correct it or leave it out", value);
  *ret = given ? (int32_t)value : RESULT_UNKNOWN;
  return 0;
}

static int numbers_read(const Stepguard__V1__Result *m, struct result *r, struct result_fault *ret_fault) {
  if (number_read("items", m->items_given_case, m->items, &r->items, ret_fault) ||
      number_read("correct", m->correct_given_case, m->correct, &r->correct, ret_fault) ||
      number_read("omitted", m->omitted_given_case, m->omitted, &r->omitted, ret_fault) ||
      number_read("seconds", m->seconds_given_case, m->seconds, &r->seconds, ret_fault) ||
      number_read("seconds_allowed", m->seconds_allowed_given_case, m->seconds_allowed, &r->seconds_allowed, ret_fault) ||
      number_read("printed_p_pass", m->printed_p_pass_bp_given_case, m->printed_p_pass_bp, &r->printed_p_pass_bp, ret_fault))
    return -1;
  return 0;
}

static int subs_read(const Stepguard__V1__Result *m, struct result *r, struct result_fault *ret_fault) {
  if (m->n_sub_area > LIMIT_SUBSCORES)
    return result_refuse(ret_fault, "sub_area", "%zu sub-scores are more than the %d a result can have; leave some out",
                         m->n_sub_area, LIMIT_SUBSCORES);
  if (m->n_sub_items != m->n_sub_area)
    return result_refuse(ret_fault, "sub_items", "%zu areas and %zu numbers of items; there must be one for each", m->n_sub_area,
                         m->n_sub_items);
  if (m->n_sub_correct != m->n_sub_area)
    return result_refuse(ret_fault, "sub_correct", "%zu areas and %zu numbers of correct items; there must be one for each",
                         m->n_sub_area, m->n_sub_correct);
  for (size_t i = 0; i < m->n_sub_area; i++) {
    if (m->sub_area[i] > UINT8_MAX)
      return result_refuse(ret_fault, "sub_area", "no area has the number %u; update the client", m->sub_area[i]);
    if (m->sub_items[i] > UINT16_MAX)
      return result_refuse(ret_fault, "sub_items", "%u items in area %u cannot be; correct the number", m->sub_items[i],
                           m->sub_area[i]);
    if (m->sub_correct[i] > UINT16_MAX)
      return result_refuse(ret_fault, "sub_correct", "%u correct items in area %u cannot be; correct the number", m->sub_correct[i],
                           m->sub_area[i]);
    r->sub_area[i] = (uint8_t)m->sub_area[i];
    r->sub_items[i] = (uint16_t)m->sub_items[i];
    r->sub_correct[i] = (uint16_t)m->sub_correct[i];
  }
  r->subs = (uint8_t)m->n_sub_area;
  return 0;
}

static int texts_read(const Stepguard__V1__Result *m, struct result *r, struct result_fault *ret_fault) {
  if (!wire_text_ok(m->instrument, LIMIT_INSTRUMENT_CHARS))
    return result_refuse(ret_fault, "instrument", "an instrument code has at most %d plain characters, such as cbssa",
                         LIMIT_INSTRUMENT_CHARS);
  if (!wire_text_ok(m->form, LIMIT_FORM_CHARS))
    return result_refuse(ret_fault, "form", "a form's name has at most %d bytes of plain text; shorten it", LIMIT_FORM_CHARS);
  memcpy(r->instrument, m->instrument, strlen(m->instrument) + 1);
  memcpy(r->form, m->form, strlen(m->form) + 1);
  return 0;
}

int wire_result_read(const Stepguard__V1__Result *message, struct result *ret, struct result_fault *ret_fault) {
  struct result r = {.revision = message->revision,
                     .retracted = message->retracted,
                     .taken_at_ms = message->taken_at_ms,
                     .scale = (enum scale)message->scale,
                     .score_centi = message->score_centi,
                     .mode = (enum mode)message->mode,
                     .repeat = message->repeat};
  if (message->result_id.len != UUID_BYTES)
    return result_refuse(ret_fault, "result_id", "the id has %zu bytes instead of %d; the client is broken, update it",
                         message->result_id.len, UUID_BYTES);
  memcpy(r.id, message->result_id.data, UUID_BYTES);
  if (!uuid_is_time_ordered(r.id))
    return result_refuse(ret_fault, "result_id", "the id is not a UUID of version 7 or 8; the client is broken, update it");
  if (texts_read(message, &r, ret_fault))
    return -1;
  if ((int)message->scale < SCALE_NONE || (int)message->scale > SCALE_OWN)
    return result_refuse(ret_fault, "scale", "the server knows no scale %d; leave the result until the server is newer",
                         (int)message->scale);
  if ((int)message->mode < MODE_NONE || (int)message->mode > MODE_TUTOR)
    return result_refuse(ret_fault, "mode", "the server knows no mode %d; leave it out", (int)message->mode);
  if (numbers_read(message, &r, ret_fault) || subs_read(message, &r, ret_fault))
    return -1;
  *ret = r;
  return 0;
}

void wire_result_write(const struct result *result, struct wire_result *ret) {
  Stepguard__V1__Result *m = &ret->message;
  stepguard__v1__result__init(m);
  m->result_id = (ProtobufCBinaryData){UUID_BYTES, (uint8_t *)result->id};
  m->revision = result->revision;
  m->retracted = result->retracted;
  m->instrument = (char *)result->instrument;
  m->form = (char *)result->form;
  m->taken_at_ms = result->taken_at_ms;
  m->scale = (Stepguard__V1__Scale)result->scale;
  m->score_centi = result->score_centi;
  m->mode = (Stepguard__V1__Mode)result->mode;
  m->repeat = result->repeat;

  /* The case of a oneof with one member is the member's field number where it is there, and 0 where it is not. */
#define GIVE(member, CASE)                                                                                                         \
  if (result->member != RESULT_UNKNOWN) {                                                                                          \
    m->member##_given_case = STEPGUARD__V1__RESULT__##CASE##_GIVEN_##CASE;                                                         \
    m->member = (uint32_t)result->member;                                                                                          \
  }
  GIVE(items, ITEMS)
  GIVE(correct, CORRECT)
  GIVE(omitted, OMITTED)
  GIVE(seconds, SECONDS)
  GIVE(seconds_allowed, SECONDS_ALLOWED)
  GIVE(printed_p_pass_bp, PRINTED_P_PASS_BP)
#undef GIVE

  for (size_t i = 0; i < result->subs; i++) {
    ret->sub_area[i] = result->sub_area[i];
    ret->sub_items[i] = result->sub_items[i];
    ret->sub_correct[i] = result->sub_correct[i];
  }
  m->n_sub_area = m->n_sub_items = m->n_sub_correct = result->subs;
  m->sub_area = ret->sub_area;
  m->sub_items = ret->sub_items;
  m->sub_correct = ret->sub_correct;
}

int wire_result_own(struct wire_result *wire, const uint8_t salt[UUID_SALT_BYTES]) {
  if (uuid8_own(wire->result_id, wire->message.result_id.data, salt))
    return -1;
  wire->message.result_id.data = wire->result_id;
  return 0;
}

/* ---- faults ---- */

/* What a restart of the database takes, and in which half of the requests of a full house are answered. */
enum { RETRY_LATER_MS = 2000 };

void wire_fault_write(enum fault fault, const char *field, const char *text, Stepguard__V1__Fault *ret) {
  const struct fault_info *info = fault_info((int)fault);
  stepguard__v1__fault__init(ret);
  ret->code = (Stepguard__V1__FaultCode)info->code;
  ret->retry = (Stepguard__V1__Retry)info->retry;
  ret->retry_after_ms = info->retry == FAULT_RETRY_LATER ? RETRY_LATER_MS : 0;
  ret->field = (char *)(uintptr_t)(field == NULL ? "" : field); /* protobuf-c knows no const; packing does not write */
  ret->text = (char *)(uintptr_t)(text == NULL ? info->text : text);
  ret->closing = info->closes;
}
