/* The front of every request: what is looked at before its function or handler is asked. */
#ifndef SG_OFFICE_FRONT_H
#define SG_OFFICE_FRONT_H

#include "office/port.h"

/* Takes a request for `path`, which begins after "/api/v1", and sees to it that it is answered. */
void front_take(struct office *office, struct http_request *req, const char *path);

#endif
