/* stepguard-report send, stepguard-report test ADDRESS: from the command line to post.h and back. argv[0] is the verb. Exit codes.
 */
#ifndef SG_REPORT_SEND_H
#define SG_REPORT_SEND_H

int send_main(int argc, char **argv);
int test_main(int argc, char **argv);

#endif
