/* Any bytes as the name in a certificate, and as the certificate itself: what is taken is spelled in the one way. */
#include "pki/names.h"

#include "tests/50fuzz/fuzz.h"

#include <openssl/err.h>
#include <string.h>

static void one_spelling(const struct cert_identity *id, const char *uri, size_t len) {
  char again[NAMES_URI_CHARS + 1];
  HOLDS(names_school_ok(id->school_code) && id->student_id > 0 && id->device_id > 0);
  names_format(again, id->school_code, id->student_id, id->device_id);
  HOLDS(uri == NULL || (strlen(again) == len && memcmp(again, uri, len) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct cert_identity id = {0};
  const uint8_t *at = data;
  if (names_parse((const char *)data, size, &id) == 0)
    one_spelling(&id, (const char *)data, size);
  X509 *cert = d2i_X509(NULL, &at, (long)size);
  if (cert && names_read(cert, &id) == 0) {
    one_spelling(&id, NULL, 0);
    HOLDS(id.serial_len > 0 && id.serial_len <= sizeof id.serial);
  }
  X509_free(cert);
  ERR_clear_error();
  return 0;
}
