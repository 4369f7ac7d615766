/*
 * Functions nobody here may call, each with what to use instead. Force-included into every file of ours by the sg_flags
 * target, so that a slip does not build. The headers that declare them come first, or their declarations would be hit.
 */
#ifndef SG_BASE_BANNED_H
#define SG_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(function) sorry_##function##_is_banned_see_base_banned_h

/* No bound on what is written: snprintf, memcpy with a checked length, buf_put. */
#undef strcpy
#define strcpy(to, from) BANNED(strcpy)
#undef strcat
#define strcat(to, from) BANNED(strcat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(to, fmt, list) BANNED(vsprintf)
#undef gets
#define gets(to) BANNED(gets)

/* Bounded, but the result may lack its NUL, or the bound is misread by everybody: snprintf. */
#undef strncpy
#define strncpy(to, from, n) BANNED(strncpy)
#undef strncat
#define strncat(to, from, n) BANNED(strncat)

/* Cannot tell a number from rubbish: strtol and its end pointer. */
#undef atoi
#define atoi(s) BANNED(atoi)
#undef atol
#define atol(s) BANNED(atol)
#undef atoll
#define atoll(s) BANNED(atoll)
#undef atof
#define atof(s) BANNED(atof)

/* Hidden global state: strtok_r or strchr; gmtime_r; zone_offset_s. */
#undef strtok
#define strtok(s, separators) BANNED(strtok)
#undef localtime
#define localtime(t) BANNED(localtime)
#undef gmtime
#define gmtime(t) BANNED(gmtime)
#undef ctime
#define ctime(t) BANNED(ctime)
#undef asctime
#define asctime(tm) BANNED(asctime)

/* A shell between us and what we meant: posix_spawn with an argument vector. */
#undef system
#define system(command) BANNED(system)
#undef popen
#define popen(command, mode) BANNED(popen)

/* A name that somebody else may take first: mkstemp. */
#undef mktemp
#define mktemp(template) BANNED(mktemp)
#undef tmpnam
#define tmpnam(s) BANNED(tmpnam)

#endif
