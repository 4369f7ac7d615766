/*
 * Brings a database up to the schema in a directory laid out like sql/: roles, the migrations it has not had yet, the functions
 * that changed, the rights. Run twice it does nothing the second time; run by two at once, one waits.
 */
#ifndef SG_DB_MIGRATE_H
#define SG_DB_MIGRATE_H

#include "proto/attr.h"

#include <stddef.h>

/* `url`: a connection string; where it names no user, the superuser "postgres" is meant, because roles are made and the objects
 * get another owner. `progress` hears a line for everything done. E_AWAY (no connection), E_SYSTEM and E_LIMIT (the files),
 * E_INVALID (files and database do not fit: an applied migration was edited, or the database is newer), E_DATABASE (PostgreSQL
 * refused; what went before stays applied), each with a sentence in reason. */
int migrate_run(const char *url, const char *sql_dir, void (*progress)(void *arg, const char *line), void *arg, char *reason,
                size_t cap) MUSTCHECK;

#endif
