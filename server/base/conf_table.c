/*
 * Every setting of every program, one row each: this table is the reader, the check, the manual and the list of what a
 * reload may change. A new setting is one row here and one field in struct conf.
 *
 * What can have a default that is safe has one, so that a working file is short: the school, and nothing else. Numbers are
 * bounded on both sides; an upper bound is where the value stops meaning what its name says.
 */
#include "base/conf_table.h"

#include "base/limits.h"

#define AT(field) offsetof(struct conf, field)

enum { DAY_S = 86400, TEXT = 1, FIXED = false, RELOAD = true };

/* clang-format off */
const struct conf_row conf_rows[] = {
  {"school", "code", CONF_CODE, AT(school_code), 2, 32, NULL, FIXED,
   "short name of the school, part of every certificate: a-z, 0-9 and -"},
  {"school", "name", CONF_TEXT, AT(school_name), TEXT, 120, NULL, RELOAD, "name shown to students"},
  {"school", "zone", CONF_ZONE, AT(zone), TEXT, 64, NULL, FIXED, "IANA time zone in which the school's days begin and end"},

  {"database", "url", CONF_TEXT, AT(database_url), TEXT, 190, "host=/run/postgresql dbname=stepguard", FIXED,
   "libpq connection string, without user: each program adds its own role"},
  {"database", "connections", CONF_NUMBER, AT(database_connections), 1, LIMIT_POOL_CONNECTIONS, "2", FIXED,
   "connections of one worker; two carry a full load"},
  {"database", "deadline_ms", CONF_NUMBER, AT(database_deadline_ms), 100, 60000, "5000", FIXED,
   "a request not answered by then gets the answer \"unknown, try again\""},

  {"student", "listen", CONF_ADDRESS, AT(student_listen), 0, 0, "[::]:7443", FIXED, "where clients with a certificate connect"},
  {"student", "public_port", CONF_NUMBER, AT(student_public_port), 0, 65535, "0", RELOAD,
   "port that clients are told at enrolment, where a forwarder stands before this machine; 0: the one listened to"},
  {"student", "certificate", CONF_PATH, AT(student_certificate), 0, 0, "server.pem", RELOAD,
   "PEM chain of the server, leaf first, the CA's certificate last"},
  {"student", "key", CONF_PATH, AT(student_key), 0, 0, "server.key", RELOAD, "PEM key of the server; nobody else may read it"},
  {"student", "client_ca", CONF_PATH, AT(client_ca), 0, 0, "=ca.certificate", RELOAD, "PEM certificates that sign clients"},
  {"student", "max_connections", CONF_NUMBER, AT(max_connections), 1, 1000000, "10000", RELOAD, "connections at once in one worker"},
  {"student", "max_handshakes_s", CONF_NUMBER, AT(max_handshakes_s), 1, 100000, "300", RELOAD,
   "TLS handshakes begun in a second; one takes about 2 ms of a core"},
  {"student", "handshake_deadline_s", CONF_NUMBER, AT(handshake_deadline_s), 1, 120, "5", RELOAD, "from accepted to TLS done"},
  {"student", "hello_deadline_s", CONF_NUMBER, AT(hello_deadline_s), 1, 120, "10", RELOAD, "from TLS done to a whole Hello"},
  {"student", "idle_s", CONF_NUMBER, AT(idle_s), 5, DAY_S, "300", RELOAD, "silence after which the server closes"},
  {"student", "frame_deadline_s", CONF_NUMBER, AT(frame_deadline_s), 1, 600, "30", RELOAD,
   "from the first byte of a message to its last"},
  {"student", "stop_grace_s", CONF_NUMBER, AT(stop_grace_s), 0, 600, "20", RELOAD,
   "when stopping, time for requests that have begun"},
  {"student", "uploads_per_minute", CONF_NUMBER, AT(uploads_per_minute), 1, 100000, "120", RELOAD, "of one device"},

  {"enrol", "listen", CONF_ADDRESS, AT(enrol_listen), 0, 0, "[::]:7444", FIXED, "where a code is turned into a certificate"},
  {"enrol", "certificate", CONF_PATH, AT(enrol_certificate), 0, 0, "=student.certificate", RELOAD, "PEM chain of the enrolment port"},
  {"enrol", "key", CONF_PATH, AT(enrol_key), 0, 0, "=student.key", RELOAD, "PEM key of the enrolment port"},
  {"enrol", "tries_per_minute", CONF_NUMBER, AT(enrol_tries_per_minute), 1, 100000, "30", RELOAD,
   "of one address; a whole campus may share one"},

  {"office", "listen", CONF_ADDRESS, AT(office_listen), 0, 0, "127.0.0.1:7445", FIXED,
   "where browsers of the dean's office connect; this machine alone, until somebody decides from where"},
  {"office", "hosts", CONF_TEXT, AT(office_hosts), TEXT, 190, "localhost, 127.0.0.1, [::1]", RELOAD,
   "names under which browsers may ask, separated by commas; any other is refused"},
  {"office", "certificate", CONF_PATH, AT(office_certificate), 0, 0, "=student.certificate", RELOAD, "PEM chain of the office port"},
  {"office", "key", CONF_PATH, AT(office_key), 0, 0, "=student.key", RELOAD, "PEM key of the office port"},
  {"office", "secrets_key", CONF_PATH, AT(office_secrets_key), 0, 0, "office-secrets.key", FIXED,
   "key under which second factors are kept in the database; without it they have to be set up anew; nobody else may read it"},
  {"office", "max_connections", CONF_NUMBER, AT(office_max_connections), 1, 100000, "1000", RELOAD,
   "connections at once in one worker; a browser opens up to six"},
  {"office", "max_per_address", CONF_NUMBER, AT(office_max_per_address), 1, 100000, "200", RELOAD,
   "of those, from one address; a whole office may share one"},
  {"office", "idle_s", CONF_NUMBER, AT(office_idle_s), 5, 3600, "75", RELOAD, "silence after which the server closes a connection"},
  {"office", "requests_per_minute", CONF_NUMBER, AT(office_requests_per_minute), 10, 100000, "600", RELOAD,
   "of one session or program's token, in one worker"},
  {"office", "strangers_per_minute", CONF_NUMBER, AT(office_strangers_per_minute), 1, 100000, "60", RELOAD,
   "of one address without a session, in one worker: signing in, and nothing else there is"},
  {"office", "password_chars", CONF_NUMBER, AT(office_password_chars), 8, 64, "15", RELOAD,
   "least length of a new password (NIST SP 800-63B-4: 15 where it may be the only factor)"},
  {"office", "breached_passwords", CONF_PATH, AT(office_breached_passwords), 0, 0, "", RELOAD,
   "list of stolen passwords that no new one may be in: SHA-1, sorted, as Have I Been Pwned publishes it to be kept"},

  {"oidc", "issuer", CONF_TEXT, AT(oidc_issuer), TEXT, 180, "", RELOAD,
   "the school's identity provider, as it writes itself: https://login.example.edu; without it nobody signs in by it"},
  {"oidc", "client_id", CONF_TEXT, AT(oidc_client_id), TEXT, 180, "", RELOAD, "what the provider calls Stepguard"},
  {"oidc", "client_secret_file", CONF_PATH, AT(oidc_client_secret_file), 0, 0, "", RELOAD,
   "file with the secret that goes with it; nobody else may read it"},
  {"oidc", "ca_file", CONF_PATH, AT(oidc_ca_file), 0, 0, "", RELOAD,
   "PEM certificates that vouch for the provider, instead of those that this machine trusts"},
  {"oidc", "scopes", CONF_TEXT, AT(oidc_scopes), TEXT, 120, "openid email", RELOAD, "what the provider is asked for; openid must be among it"},
  {"oidc", "also_at", CONF_TEXT, AT(oidc_also_at), TEXT, 180, "", RELOAD,
   "further hosts of the provider, comma separated, where not all of it is at the issuer's: oauth2.example.com, www.example.com"},
  {"oidc", "label", CONF_TEXT, AT(oidc_label), TEXT, 60, "Sign in with your school's account", RELOAD, "what the button says"},

  {"ca", "socket", CONF_PATH, AT(ca_socket), 0, 0, "/run/stepguard-ca/sign.sock", FIXED, "Unix socket of stepguard-ca"},
  {"ca", "certificate", CONF_PATH, AT(ca_certificate), 0, 0, "ca.pem", FIXED, "PEM certificate of the school's CA"},
  {"ca", "key", CONF_PATH, AT(ca_key), 0, 0, "ca.key", FIXED, "PEM key of the CA; read by stepguard-ca only, nobody else may"},
  {"ca", "days", CONF_NUMBER, AT(certificate_days), 1, 397, "90", RELOAD, "life of a student's certificate"},

  {"report", "directory", CONF_PATH, AT(report_directory), 0, 0, "reports", RELOAD, "where nightly reports are written"},

  {"mail", "url", CONF_TEXT, AT(mail_url), TEXT, 190, "", RELOAD,
   "mail server: smtp://relay.example.edu:587 (STARTTLS) or smtps://relay.example.edu:465; a name after it is said in EHLO"},
  {"mail", "tls", CONF_TEXT, AT(mail_tls), TEXT, 8, "required", RELOAD,
   "required; or none, for a mail server on this machine (127.0.0.1, [::1]) and no other"},
  {"mail", "user", CONF_TEXT, AT(mail_user), TEXT, 180, "", RELOAD, "account at the mail server; without it nobody signs in"},
  {"mail", "password_file", CONF_PATH, AT(mail_password_file), 0, 0, "", RELOAD,
   "file with the password that goes with it; nobody else may read it"},
  {"mail", "ca_file", CONF_PATH, AT(mail_ca_file), 0, 0, "", RELOAD,
   "PEM certificates that vouch for the mail server, instead of those that this machine trusts"},
  {"mail", "from", CONF_TEXT, AT(mail_from), TEXT, 190, "", RELOAD, "address that mails come from: stepguard@example.edu"},
  {"mail", "bounces", CONF_TEXT, AT(mail_bounces), TEXT, 190, "", RELOAD,
   "address to which mails come back that could not be delivered (envelope sender), where not the sender's; somebody should read it"},
  {"mail", "reply_to", CONF_TEXT, AT(mail_reply_to), TEXT, 190, "", RELOAD, "address that answers go to, where not the sender's"},
  {"mail", "office_url", CONF_TEXT, AT(mail_office_url), TEXT, 180, "", RELOAD,
   "where the office's pages are, for links in mails: https://stepguard.example.edu"},
  {"mail", "deadline_s", CONF_NUMBER, AT(mail_deadline_s), 2, 900, "300", RELOAD,
   "time for one mail; RFC 5321 gives a server ten minutes after its end, and who gives up early may send it twice"},

  {"webhook", "ca_file", CONF_PATH, AT(webhook_ca_file), 0, 0, "", RELOAD,
   "PEM certificates that vouch for receivers of webhooks, instead of those that this machine trusts"},

  {"log", "level", CONF_LEVEL, AT(log_level), 0, 0, "info", RELOAD, "error, warn, info or debug"},
};
/* clang-format on */

const size_t conf_rows_n = sizeof conf_rows / sizeof conf_rows[0];
_Static_assert(sizeof conf_rows / sizeof conf_rows[0] <= CONF_ROWS_MAX, "conf.c keeps a line number per row");
