/*
 * Asking the school to whom it gave the student's record.
 *
 * It goes the way of a sync (sync_run), for its patience and its sentences, with another thing to do on the connection. The
 * answer is not kept: it is the school's ledger, and an old copy of it would be worse than none. Of an answer with one entry
 * that makes no sense nothing is passed on, since a list that looks whole and is not would be believed.
 */
#include "client/error.h"
#include "client/sync.h"

#include <errno.h>
#include <stdlib.h>

struct asked {
  void (*each)(void *arg, const struct sg_disclosure *disclosure);
  void *arg;
  bool more;
};

static int disclosures_pass(const struct asked *asked, const Stepguard__V1__Disclosures *ledger, struct sg_error *ret_error) {
  struct sg_disclosure *entry = malloc(sizeof *entry);
  if (entry == NULL)
    return error_system(ret_error, ENOMEM, "Cannot read the disclosures");
  bool sound = true;
  for (size_t i = 0; sound && i < ledger->n_entries; i++)
    sound = talk_disclosure(ledger->entries[i], entry);
  for (size_t i = 0; sound && i < ledger->n_entries && talk_disclosure(ledger->entries[i], entry); i++)
    asked->each(asked->arg, entry);
  free(entry);
  return sound ? SG_OK : talk_nonsense(ret_error, "a disclosure of nothing, or to nobody");
}

static int disclosures_ask(struct sync *sync, struct sg_error *ret_error) {
  Stepguard__V1__DisclosuresRequest request = STEPGUARD__V1__DISCLOSURES_REQUEST__INIT;
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  struct asked *asked = sync->arg;
  message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_DISCLOSURES;
  message.disclosures = &request;
  const Stepguard__V1__ServerMessage *answer;
  int status = talk_ask(&sync->talk, &message, STEPGUARD__V1__SERVER_MESSAGE__BODY_DISCLOSURES, &answer, ret_error);
  if (status != SG_OK)
    return status;
  asked->more = answer->disclosures->more;
  return disclosures_pass(asked, answer->disclosures, ret_error);
}

int sg_disclosures(struct sg_client *client, const struct sg_sync_options *options,
                   void (*each)(void *arg, const struct sg_disclosure *disclosure), void *arg, bool *ret_more,
                   struct sg_error *ret_error) {
  struct asked asked = {.each = each, .arg = arg};
  struct sg_sync_report report;
  struct sync *sync = sync_new(client, options, &report, ret_error);
  if (sync == NULL)
    return ret_error->status;
  sync->work = disclosures_ask;
  sync->arg = &asked;
  int status = sync_run(sync, ret_error);
  free(sync);
  if (status == SG_OK)
    *ret_more = asked.more;
  return status;
}
