/* What is served without a session: the pages, whether the port is well, and what its interface is. */
#ifndef SG_OFFICE_ASSET_H
#define SG_OFFICE_ASSET_H

#include "office/port.h"

#include <stdbool.h>

/* Answers and is true when the path is one of ours. */
bool asset_serve(struct office *office, struct http_request *req, const char *path) MUSTCHECK;

#endif
