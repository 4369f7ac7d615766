/* From a frame to the handler of its message: the table of everything a student's client may ask. */
#ifndef SG_STUDENT_DISPATCH_H
#define SG_STUDENT_DISPATCH_H

#include "student/request.h"

/* One whole frame. The bytes are borrowed for the call. */
void dispatch_frame(struct session *session, const uint8_t *bytes, size_t len);

/* The handlers, one file each. They end the request, now or after the database has answered. */
void hello_received(struct request *request, const Stepguard__V1__ClientMessage *message);
void upload_received(struct request *request, const Stepguard__V1__ClientMessage *message);
void standing_asked(struct request *request, const Stepguard__V1__ClientMessage *message);
void plan_received(struct request *request, const Stepguard__V1__ClientMessage *message);
void renew_received(struct request *request, const Stepguard__V1__ClientMessage *message);
void disclosures_asked(struct request *request, const Stepguard__V1__ClientMessage *message);
void study_received(struct request *request, const Stepguard__V1__ClientMessage *message);
void study_asked(struct request *request, const Stepguard__V1__ClientMessage *message);
void messages_asked(struct request *request, const Stepguard__V1__ClientMessage *message);
void devices_asked(struct request *request, const Stepguard__V1__ClientMessage *message);
void device_revoke_received(struct request *request, const Stepguard__V1__ClientMessage *message);

#endif
