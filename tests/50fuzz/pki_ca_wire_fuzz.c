/* Any bytes on the signer's socket: what is taken writes back to the same bytes, and a part never says more than the whole. */
#include "pki/ca_wire.h"

#include "tests/50fuzz/fuzz.h"

#include <string.h>

static void requests(const uint8_t *data, size_t size) {
  struct ca_request request;
  struct buf buf;
  uint64_t id;
  size_t used, early;
  buf_init(&buf, 2 * CA_WIRE_REQUEST_BYTES);
  while (ca_wire_get_request(data, size, &used, &id, &request) == 0 && used > 0) {
    HOLDS(used <= size && request.spki_len <= sizeof request.spki && memchr(request.school_code, 0, sizeof request.school_code));
    HOLDS(ca_wire_get_request(data, used - 1, &early, &id, &request) == 0 && early == 0);
    HOLDS(ca_wire_get_request(data, used, &used, &id, &request) == 0);
    buf_clear(&buf);
    ca_wire_put_request(&buf, id, &request);
    HOLDS(buf_finish(&buf) == 0 && buf.len == used && memcmp(buf.data, data, used) == 0);
    data += used;
    size -= used;
  }
  buf_done(&buf);
}

static void answers(const uint8_t *data, size_t size) {
  struct ca_answer answer;
  size_t used;
  while (ca_wire_get_answer(data, size, &used, &answer) == 0 && used > 0) {
    HOLDS(used <= size && answer.len > 0 && answer.body > data && answer.body + answer.len == data + used);
    data += used;
    size -= used;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  requests(data, size);
  answers(data, size);
  return 0;
}
