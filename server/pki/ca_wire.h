/*
 * What the daemon and stepguard-ca say to each other over their Unix socket. All that can be asked for is one template, a
 * client certificate for a device; there is no message that asks for anything else.
 *
 *   frame    u32 length of what follows, then
 *   REQUEST  u8 'Q', u64 id, i64 student, i64 device, i64 not_before_ms, i64 not_after_ms, 16 bytes serial,
 *            u8 length + school code, u16 length + SubjectPublicKeyInfo (DER)
 *   SIGNED   u8 'S', u64 id, certificate (DER) to the end
 *   REFUSED  u8 'R', u64 id, reason to the end (for the daemon's log)
 *
 * Integers are big-endian. Requests may be pipelined; answers come in any order and are told apart by id.
 */
#ifndef SG_PKI_CA_WIRE_H
#define SG_PKI_CA_WIRE_H

#include "base/buf.h"
#include "pki/csr_checks.h"
#include "pki/names.h"

enum {
  CA_WIRE_REQUEST_BYTES = 1024, /* school code and the largest key together stay below 800 */
  CA_WIRE_ANSWER_BYTES = 4096,  /* a certificate with an RSA-4096 key, signed with P-256, has about 1,300 */
};

struct ca_request {
  char school_code[NAMES_SCHOOL_CHARS + 1];
  int64_t student_id, device_id;
  uint8_t serial[NAMES_NEW_SERIAL_BYTES];
  int64_t not_before_ms, not_after_ms;
  uint8_t spki[CSR_SPKI_BYTES];
  size_t spki_len;
};

enum ca_answer_kind { CA_SIGNED = 'S', CA_REFUSED = 'R' };

struct ca_answer {
  enum ca_answer_kind kind;
  uint64_t id;
  const uint8_t *body; /* into the bytes read */
  size_t len;
};

void ca_wire_put_request(struct buf *out, uint64_t id, const struct ca_request *request);
void ca_wire_put_answer(struct buf *out, enum ca_answer_kind kind, uint64_t id, const void *body, size_t len);

/* The next message in `len` bytes of `data`: *ret_used bytes were taken, 0 when more are needed. E_INVALID: not ours. */
int ca_wire_get_request(const uint8_t *data, size_t len, size_t *ret_used, uint64_t *ret_id, struct ca_request *ret) MUSTCHECK;
int ca_wire_get_answer(const uint8_t *data, size_t len, size_t *ret_used, struct ca_answer *ret) MUSTCHECK;

#endif
