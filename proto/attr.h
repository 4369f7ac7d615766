/* Compiler attributes used in the headers of both sides. */
#ifndef SG_PROTO_ATTR_H
#define SG_PROTO_ATTR_H

#define MUSTCHECK              __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

#endif
