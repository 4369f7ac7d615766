/* Any bytes as a certificate request: refused with a sentence, or facts that the signer's own look at the key agrees with. */
#include "pki/csr_checks.h"

#include "tests/50fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct csr_facts facts, again;
  const char *refusal = NULL;
  if (csr_check(data, size, &facts, &refusal) < 0) {
    HOLDS(refusal && strlen(refusal) > 10);
    (void)csr_key_refusal(data, size); /* the same bytes as a bare key */
    return 0;
  }
  HOLDS(refusal == NULL);
  HOLDS(facts.spki_len > 0 && facts.spki_len <= sizeof facts.spki);
  HOLDS(csr_key_refusal(facts.spki, facts.spki_len) == NULL);
  HOLDS(csr_check(data, size, &again, &refusal) == 0 && again.spki_len == facts.spki_len &&
        memcmp(again.key_hash, facts.key_hash, sizeof facts.key_hash) == 0);
  return 0;
}
