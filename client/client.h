/* What a sg_client is made of, and the names of the settings its parts share. */
#ifndef SG_CLIENT_CLIENT_H
#define SG_CLIENT_CLIENT_H

#include "client/home.h"
#include "client/outbox.h"

struct sg_client {
  struct home home;
  struct outbox *outbox;
};

/* Settings (outbox_get, outbox_set). */
#define SETTING_SERVER       "server" /* host */
#define SETTING_STUDENT_PORT "student_port"
#define SETTING_SCHOOL       "school"
#define SETTING_ZONE         "zone"          /* IANA name */
#define SETTING_ZONE_OFFSET  "zone_offset_s" /* fixed by the first import, see import.c */
#define SETTING_DEVICE       "device"
#define SETTING_STUDENT      "student" /* whose results these are: the certificate's URI without the device */
#define SETTING_LAST_SYNC    "last_sync_ms"
#define SETTING_READ_UNTIL   "messages_read_ms" /* by the server's clock */
#define SETTING_KEY_NEXT_FOR "key_next_for"     /* what device.key.next was made for: a code's digest, or "renewal" */

#endif
