/*
 * The protocol over a link: numbered requests out, checked answers in. Knows the messages, not what they are for.
 */
#ifndef SG_CLIENT_TALK_H
#define SG_CLIENT_TALK_H

#include "client/keys.h"
#include "client/link.h"

#include "stepguard.pb-c.h"

struct talk {
  struct link *link;
  uint32_t last_id;
  size_t reply_cap;
  /* From Welcome, brought into the range this client can work with. */
  size_t frame_cap;
  uint32_t results_cap, window;
  uint8_t id_salt[UUID_SALT_BYTES];   /* mixed into ids made from content */
  Stepguard__V1__ServerMessage *held; /* what talk_receive() gave last */
  size_t budget;                      /* bytes the next answer may still take when unpacked */
};

struct talk_welcome {
  char school[128], zone[64];
  int64_t server_time_ms;
  bool renew_now;
};

/* Opens the link. For the student port `talk_hello` comes next. */
int talk_open(struct talk *ret, const struct link_options *options, struct sg_error *ret_error) MUSTCHECK;
int talk_hello(struct talk *talk, struct talk_welcome *ret, struct sg_error *ret_error) MUSTCHECK;
void talk_close(struct talk *talk);

/* Numbers the message and sends it. */
int talk_send(struct talk *talk, Stepguard__V1__ClientMessage *message, uint32_t *ret_id, struct sg_error *ret_error) MUSTCHECK;
/* The next answer, whatever it answers; valid until the next call. Only its shape and texts have been checked. */
int talk_receive(struct talk *talk, const Stepguard__V1__ServerMessage **ret, struct sg_error *ret_error) MUSTCHECK;
/* Sends and waits for the answer to just that, while nothing else is under way. Anything but `want` is an error: a Fault
 * becomes SG_REFUSED. */
int talk_ask(struct talk *talk, Stepguard__V1__ClientMessage *message, Stepguard__V1__ServerMessage__BodyCase want,
             const Stepguard__V1__ServerMessage **ret, struct sg_error *ret_error) MUSTCHECK;

/* The server's Fault as an error of ours. */
int talk_fault(const Stepguard__V1__Fault *fault, struct sg_error *ret_error);
/* An answer that breaks the protocol. */
int talk_nonsense(struct sg_error *ret_error, const char *what);

int64_t talk_now_ms(void); /* wall clock */

/* A Standing as the library gives it; false where it cannot be one (a probability of 3, a mean that is no number). */
bool talk_standing(const Stepguard__V1__Standing *message, struct sg_standing *ret);
/* The same for a Disclosure; false where it does not say what went to whom. */
bool talk_disclosure(const Stepguard__V1__Disclosure *message, struct sg_disclosure *ret);
/* What the office wrote, with `is_new` false; and a device. Whatever they say can be shown. */
void talk_message(const Stepguard__V1__OfficeMessage *message, struct sg_message *ret);
void talk_device(const Stepguard__V1__Device *message, struct sg_device *ret);

#endif
