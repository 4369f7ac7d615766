/* A clearance policy in words, as the office's pages say it (web/src/ui/policy_words.ts): clauses, and what was found for each. */
#ifndef SG_PAPER_POLICY_WORDS_H
#define SG_PAPER_POLICY_WORDS_H

#include "paper/sheet.h"

#include <jansson.h>

const char *policy_proposal_words(const char *proposal); /* "meets the rule" */

/* A table of the clauses of `require`, one below the other, each with its truth and what was found. Nothing where there is none. */
void policy_clauses(struct sheet *sheet, const json_t *require, const json_t *findings);

#endif
