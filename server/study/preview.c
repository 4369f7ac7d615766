/*
 * What a person must know before a promotion is who crosses a line, and how far the others move; so every student's two estimates
 * are kept until the end (40 bytes each), and the farthest moves are shown. Keeping only the best few on the way would save a
 * megabyte and need a heap.
 */
#include "study/preview.h"

#include "base/err.h"
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { LEAST_ROOM = 256 };

/* A move of P that is worth a line though the state stays: half of what the watch rule of the office asks for. */
static const double worth_p = 0.05;

void preview_done(struct preview *preview) {
  free(preview->moves);
  *preview = (struct preview){0};
}

struct said {
  double p;
  enum risk_state state;
};

static int hear(void *arg, size_t moment, const struct walk_plan *plan, const struct risk_input *input,
                const struct risk_assessment *assessment) {
  struct said *said = arg;
  (void)moment, (void)plan, (void)input;
  *said = (struct said){assessment->p, assessment->state};
  return E_OK;
}

static int moves_room(struct preview *preview) {
  if (preview->moves_n < preview->moves_room)
    return E_OK;
  size_t room = preview->moves_room ? 2 * preview->moves_room : LEAST_ROOM;
  struct preview_move *moves = realloc(preview->moves, room * sizeof *moves);
  if (!moves)
    return E_NOMEM;
  preview->moves = moves;
  preview->moves_room = room;
  return E_OK;
}

int preview_student(struct preview *preview, const struct risk_params *base, const struct risk_params *proposed,
                    const struct walk_moment *moment, int64_t student_id, const struct walk_student *student,
                    struct walk_desk *desk) {
  struct said before, after;
  int err = moves_room(preview);
  if (!err)
    err = walk_student(base, student, moment, 1, desk, hear, &before);
  if (!err)
    err = walk_student(proposed, student, moment, 1, desk, hear, &after);
  if (err)
    return err;
  preview->students++;
  preview->counts[before.state][after.state]++;
  preview->moves[preview->moves_n++] = (struct preview_move){
      .student_id = student_id, .p_from = before.p, .p_to = after.p, .from = (uint8_t)before.state, .to = (uint8_t)after.state};
  return E_OK;
}

static bool is_worth_a_line(const struct preview_move *move) {
  return move->from != move->to || fabs(move->p_to - move->p_from) >= worth_p;
}

static int by_weight(const void *a, const void *b) {
  const struct preview_move *one = a, *other = b;
  bool crosses = one->from != one->to, other_crosses = other->from != other->to;
  double far = fabs(one->p_to - one->p_from), other_far = fabs(other->p_to - other->p_from);
  if (crosses != other_crosses)
    return crosses ? -1 : 1;
  if (far < other_far || far > other_far)
    return far > other_far ? -1 : 1;
  return one->student_id < other->student_id ? -1 : one->student_id > other->student_id;
}

static void put_counts(struct buf *buf, const struct preview *preview) {
  const char *between = "";
  uint32_t changed = 0;
  buf_printf(buf, ",\"counts\":[");
  for (int from = RISK_AT_RISK; from < PREVIEW_STATES; from++)
    for (int to = RISK_AT_RISK; to < PREVIEW_STATES; to++) {
      uint32_t n = preview->counts[from][to];
      if (n == 0)
        continue;
      changed += from != to ? n : 0;
      buf_printf(buf, "%s{\"from\":\"%s\",\"to\":\"%s\",\"n\":%u}", between, risk_state_name((enum risk_state)from),
                 risk_state_name((enum risk_state)to), n);
      between = ",";
    }
  buf_printf(buf, "],\"changed\":%u", changed);
}

void preview_put_json(struct buf *buf, struct preview *preview) {
  if (preview->moves_n > 0)
    qsort(preview->moves, preview->moves_n, sizeof *preview->moves, by_weight);
  buf_printf(buf, "\"students\":%u", preview->students);
  put_counts(buf, preview);
  buf_printf(buf, ",\"moves\":[");
  for (size_t i = 0; i < preview->moves_n && i < PREVIEW_MOVES && is_worth_a_line(&preview->moves[i]); i++) {
    const struct preview_move *move = &preview->moves[i];
    buf_printf(buf, "%s{\"student_id\":%" PRId64 ",\"from\":%u,\"to\":%u,\"p_from\":", i ? "," : "", move->student_id, move->from,
               move->to);
    json_put_number(buf, move->p_from);
    buf_printf(buf, ",\"p_to\":");
    json_put_number(buf, move->p_to);
    buf_printf(buf, "}");
  }
  buf_printf(buf, "]");
}
