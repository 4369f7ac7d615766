/* Reading binary results: a cell by row and column number, with the type the statement table promises. A cell of another
 * size is an impossible state and aborts (the statement table and the SQL are tested against each other). */
#ifndef SG_DB_CELLS_H
#define SG_DB_CELLS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int cell_rows(const PGresult *res);
bool cell_null(const PGresult *res, int row, int col);
bool cell_bool(const PGresult *res, int row, int col);
int16_t cell_i16(const PGresult *res, int row, int col);
int32_t cell_i32(const PGresult *res, int row, int col);
int64_t cell_i64(const PGresult *res, int row, int col);
double cell_f64(const PGresult *res, int row, int col);
const char *cell_text(const PGresult *res, int row, int col); /* "" for NULL; lives as long as the result; jsonb and json too */
const uint8_t *cell_bytes(const PGresult *res, int row, int col, size_t *ret_len);
/* A value of any type, for handing on (args_binary); NULL for NULL. */
const void *cell_binary(const PGresult *res, int row, int col, size_t *ret_len);
int64_t cell_time_ms(const PGresult *res, int row, int col); /* INT64_MIN for NULL */
int32_t cell_day(const PGresult *res, int row, int col);     /* INT32_MIN for NULL */

#endif
