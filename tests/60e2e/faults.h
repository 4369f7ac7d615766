/* The client's main() under the name it has in faults.c. */
#ifndef SG_TESTS_FAULTS_H
#define SG_TESTS_FAULTS_H

int stepguard_main(int argc, char **argv);

#endif
