/* stepguard-report send, stepguard-report test ADDRESS: from the command line to post.h and back. argv[0] is the verb. Exit codes.
 */
#ifndef SG_REPORT_SEND_H
#define SG_REPORT_SEND_H

#include "base/conf.h"

/* What a night just put into the post, at once rather than with the next `send`. Complains of what a person should know and fails
 * nobody: what is not sent now waits, and the night is done all the same. */
void send_after(const struct conf *conf);

int send_main(int argc, char **argv);
int test_main(int argc, char **argv);

#endif
