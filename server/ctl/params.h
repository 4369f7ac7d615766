/* Sending a parameter set to the database: `params add` and `init` do it alike. */
#ifndef SG_CTL_PARAMS_H
#define SG_CTL_PARAMS_H

#include "ctl/ctl.h"

struct params_text {
  const char *version;
  const char *body; /* ended by a NUL */
  size_t body_len;
  const char *instruments; /* ended by a NUL, or NULL */
  size_t instruments_len;
};

enum params_activate { PARAMS_ACTIVATE_NOT = 0, PARAMS_ACTIVATE, PARAMS_ACTIVATE_IF_NONE /* no other is in force */ };

int params_send(struct ctl *ctl, const struct params_text *set, enum params_activate activate, int32_t *ret_id) MUSTCHECK;

#endif
