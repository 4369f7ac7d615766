/* Those who said Hello and wait to be asked after; see hello.c. */
#ifndef SG_STUDENT_HELLO_H
#define SG_STUDENT_HELLO_H

#include "student/port.h"

/* End of the loop's turn: asks the database about the next few, once it has said all about those before. */
void hello_ask(void *port);

/* At the very end: gives up those about whom it was not asked. */
void hello_give_up(struct student *port);

#endif
