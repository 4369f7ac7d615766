/* Uploads on their way into the database; see upload.c for the chain. */
#ifndef SG_STUDENT_UPLOAD_H
#define SG_STUDENT_UPLOAD_H

#include "student/port.h"

/* End of the loop's turn: sends what sessions handed in, as long as a database connection is free to take it. */
void upload_store(void *port);

/* At the very end: gives up what was never sent. The clients have the rows. */
void upload_give_up(struct student *port);

/* A few rows as parameters $1 and $2 of api.ingest_results: for upload_store and for the trace test. */
struct args;
struct result;
void upload_put_result(struct args *args, const struct result *result);

#endif
