/*
 * Configuration: one ini file for all programs, read into an immutable struct. The table in conf_table.c has one row per
 * key: section, name, type, range, default, whether HUP may change it, and the sentence for the manual.
 *
 * A reload builds a new struct aside and swaps it; holders keep the old one by reference until they are done with it.
 */
#ifndef SG_BASE_CONF_H
#define SG_BASE_CONF_H

#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_PATH_OF_PACKAGE "/etc/stepguard/stepguardd.conf"
#define CONF_PRIVATE         "private" /* beside the configuration: what the units hand over */

struct conf {
  unsigned refs;
  char *path;
  /* [school] */
  char *school_code; /* short name, in certificates: a-z 0-9 - */
  char *school_name, *zone;
  /* [database] */
  char *database_url;       /* libpq connection string without user; each program adds its role */
  int database_connections; /* of one worker */
  int database_deadline_ms;
  /* [student] */
  char *student_listen, *student_certificate, *student_key, *client_ca;
  int student_public_port; /* told to clients at enrolment; 0: the one listened to */
  int max_connections, max_handshakes_s;
  int handshake_deadline_s, hello_deadline_s, idle_s, frame_deadline_s, stop_grace_s;
  int uploads_per_minute; /* of one device */
  /* [enrol] */
  char *enrol_listen, *enrol_certificate, *enrol_key; /* the student port's where not set */
  int enrol_tries_per_minute;                         /* of one address */
  /* [office] */
  char *office_listen, *office_hosts, *office_certificate, *office_key, *office_secrets_key;
  char *office_breached_passwords; /* "" for none */
  int office_max_connections, office_max_per_address, office_idle_s;
  int office_requests_per_minute;  /* of one session or token */
  int office_strangers_per_minute; /* of one address, without either */
  int office_password_chars;       /* the least of a new password */
  /* [oidc]: all "" where people sign in with passwords only */
  char *oidc_issuer, *oidc_client_id, *oidc_client_secret_file, *oidc_ca_file, *oidc_scopes, *oidc_also_at, *oidc_label;
  /* [ca] */
  char *ca_socket, *ca_certificate, *ca_key;
  int certificate_days;
  /* [report] */
  char *report_directory;
  /* [mail]: url and from "" where no mail is sent */
  char *mail_url, *mail_tls, *mail_user, *mail_password_file, *mail_ca_file;
  char *mail_from, *mail_bounces, *mail_reply_to, *mail_office_url;
  int mail_deadline_s; /* of one mail */
  /* [webhook] */
  char *webhook_ca_file;
  /* [log] */
  int log_level;
};

/* Whether a path of the configuration is a file that the service manager hands over to its services ("credential:name"), and was
 * neither handed over to this program nor can be found in CONF_PRIVATE. */
bool conf_is_credential(const char *path);

struct conf_finding {
  const char *file;
  unsigned line; /* 0 where the file as a whole is meant */
  char key[64];  /* "student.listen" */
  char reason[200];
};

/* Reads and checks everything before giving up, so that one run names every fault: each goes to `finding`. Gives the
 * struct with one reference, or NULL when there was any. */
struct conf *conf_load(const char *path, void (*finding)(void *arg, const struct conf_finding *finding), void *arg) MUSTCHECK;
struct conf *conf_ref(struct conf *conf);
void conf_unref(struct conf *conf);

/* Which file is meant where nobody says: $STEPGUARD_CONFIG, else the one of the package; NULL where that is not there. */
const char *conf_path_default(void);

/* Names the keys that differ and cannot be changed by a reload; calls back once for each. Gives their number. */
size_t conf_fixed_changes(const struct conf *old, const struct conf *now, void (*changed)(void *arg, const char *key), void *arg);

/* The table as text, for `stepguardctl check-config --list` and the manual. */
void conf_describe(void (*line)(void *arg, const char *key, const char *type, const char *value, const char *help), void *arg);

#endif
