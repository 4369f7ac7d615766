/* stepguard-report paper: from the command line to a document in a file. argv[0] is the verb. Gives an exit code. */
#ifndef SG_REPORT_PAPERS_H
#define SG_REPORT_PAPERS_H

int papers_main(int argc, char **argv);

#endif
