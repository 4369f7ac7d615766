/* The words of oidc_flaw.h. */
#include "office/oidc_flaw.h"

const char *oidc_flaw_word(enum oidc_flaw flaw) {
  static const char *const words[] = {
#define X(name, word, meaning) [OIDC_FLAW_##name] = word,
      OIDC_FLAW_TABLE(X)
#undef X
  };
  return words[flaw];
}
