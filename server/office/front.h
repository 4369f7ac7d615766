/* The front of every request: what is looked at before its function or handler is asked. */
#ifndef SG_OFFICE_FRONT_H
#define SG_OFFICE_FRONT_H

#include "office/port.h"

/* Takes a request for `path`, which begins after "/api/v1", and sees to it that it is answered. */
/* Whether a request with this head may have a file for a body, while `files` others are coming or in hand. */
bool front_admits_file(struct office *office, const struct gate_head *head, const char *path, unsigned files) MUSTCHECK;

void front_take(struct office *office, struct http_request *req, const char *path);

#endif
