/*
 * From a student's results to what they say about readiness, newest first.
 *
 * Of one id only the highest revision counts, and nothing that was retracted, that lies after the as-of time, or whose
 * instrument is unknown or on a scale nobody has linked. What is left is put in one order (time, then id), so that every
 * later sum has the same terms in the same order whatever the order of arrival.
 *
 * Every score becomes a look at readiness on its day: z = (score - offset) / slope, less what a repeated form or a missing
 * clock adds, with a variance. The binomial part of a raw percentage is taken at one fixed proportion near the cut and not
 * at the score itself: a variance that moved with the score would let a better score shift weight between results, and
 * then a higher score could lower the estimate. Equated scales carry the published error of the whole form instead.
 */
#include "risk/model.h"
#include "risk/sort.h"

#include <math.h>
#include <string.h>

/* Readiness is 0 to 100; a score that speaks of more than this is cut off here, so that squares stay small. */
#define LEAST_READINESS    -100.0
#define GREATEST_READINESS 200.0
#define PERCENT            100.0
#define CENTI              100.0

/* ---------------------------------------------------------------- order */

static bool newer(const void *arg, uint32_t a, uint32_t b) {
  const struct result *results = arg;
  if (results[a].taken_at_ms != results[b].taken_at_ms)
    return results[a].taken_at_ms > results[b].taken_at_ms;
  return memcmp(results[a].id, results[b].id, UUID_BYTES) > 0;
}

/* ---------------------------------------------------------------- which results count */

size_t evidence_table_size(size_t n) {
  size_t size = 16;
  while (size < 2 * n)
    size *= 2;
  return size;
}

/* Which of two revisions of one id counts. Two that claim the same number are told apart by content, not by position. */
static bool supersedes(const struct result *a, const struct result *b) {
  if (a->revision != b->revision)
    return a->revision > b->revision;
  if (a->retracted != b->retracted)
    return a->retracted;
  if (a->taken_at_ms != b->taken_at_ms)
    return a->taken_at_ms > b->taken_at_ms;
  if (a->score_centi != b->score_centi)
    return a->score_centi < b->score_centi; /* the more careful reading */
  return strcmp(a->instrument, b->instrument) > 0;
}

/* Fills `index` with one entry for each id and gives their number. `table` holds index + 1 by hash of the id. */
static size_t pick_revisions(const struct risk_input *input, uint32_t *index, uint32_t *table) {
  size_t size = evidence_table_size(input->n), n = 0;
  memset(table, 0, size * sizeof *table);
  for (uint32_t i = 0; i < input->n; i++) {
    uint64_t hash;
    memcpy(&hash, input->results[i].id + UUID_BYTES - sizeof hash, sizeof hash); /* the random half of the id */
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash >> 32) & (size - 1);
    while (table[at] != 0 && memcmp(input->results[index[table[at] - 1]].id, input->results[i].id, UUID_BYTES) != 0)
      at = (at + 1) & (size - 1);
    if (table[at] == 0) {
      index[n++] = i;
      table[at] = (uint32_t)n;
    } else if (supersedes(&input->results[i], &input->results[index[table[at] - 1]])) {
      index[table[at] - 1] = i;
    }
  }
  return n;
}

/* ---------------------------------------------------------------- repeated forms */

/* Forms are compared by letters and digits: "Form 31" and "form-31" are one. 0 for everything else. */
static unsigned char folded(char c) {
  if (c >= 'A' && c <= 'Z')
    return (unsigned char)(c - 'A' + 'a');
  bool counts = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
  return counts ? (unsigned char)c : 0;
}

static bool same_form(const char *a, const char *b) {
  for (;;) {
    while (*a != '\0' && folded(*a) == 0)
      a++;
    while (*b != '\0' && folded(*b) == 0)
      b++;
    if (folded(*a) != folded(*b))
      return false;
    if (*a == '\0')
      return true;
    a++;
    b++;
  }
}

/* 0 where the form has no name. */
static uint32_t form_hash(const char *form, uint32_t instrument) {
  uint32_t hash = 2166136261u ^ instrument, letters = 0; /* FNV-1a */
  for (; *form != '\0'; form++) {
    unsigned char c = folded(*form);
    if (c == 0)
      continue;
    hash = (hash ^ c) * 16777619u;
    letters++;
  }
  return letters > 0 ? (hash ^ hash >> 15) | 1 : 0;
}

/* Walks from the oldest row to the newest and marks every form that was there before. `table` holds row + 1 by hash. */
static void find_repeats(struct evidence *evidence, const struct risk_params *params, const struct risk_input *input,
                         uint32_t *table) {
  size_t size = evidence_table_size(evidence->n);
  memset(table, 0, size * sizeof *table);
  for (size_t i = evidence->n; i-- > 0;) {
    struct row *row = &evidence->rows[i];
    const struct result *result = &input->results[row->result];
    uint32_t hash = form_hash(result->form, (uint32_t)(row->known - params->instruments));
    row->repeated = result->repeat;
    if (hash == 0)
      continue;
    for (size_t slot = hash & (size - 1);; slot = (slot + 1) & (size - 1)) {
      const struct row *other = table[slot] != 0 ? &evidence->rows[table[slot] - 1] : NULL;
      if (other == NULL) {
        table[slot] = (uint32_t)i + 1;
        break;
      }
      if (other->known == row->known && same_form(input->results[other->result].form, result->form)) {
        row->repeated = true;
        break;
      }
    }
  }
}

/* ---------------------------------------------------------------- what one result says */

static double square(double x) {
  return x * x;
}

/* Readiness before corrections, and its variance. false: on a scale that cannot be read. */
static bool read_score(const struct risk_params *params, const struct result *result, struct row *row) {
  const struct known_instrument *known = row->known;
  double score = (double)result->score_centi / CENTI;
  enum scale scale = result->scale == SCALE_NONE ? known->scale : result->scale;
  row->variance = known->variance;
  if (scale != known->scale) {
    const struct scale_line *from = &params->scales[scale], *own = &params->scales[known->scale];
    if (from->per_epc <= 0 || own->per_epc <= 0)
      return false;
    score = own->at_cut + (score - from->at_cut) * own->per_epc / from->per_epc;
    row->variance += square(from->sd_epc) + square(own->sd_epc);
  }
  if (known->scale == SCALE_PERCENT && scale == SCALE_PERCENT) {
    double items = result->items > 0 ? result->items : known->items > 0 ? known->items : params->items_assumed;
    row->variance += square(PERCENT / known->slope) * params->item_proportion * (1 - params->item_proportion) / items;
  }
  row->z = fmin(fmax((score - known->offset) / known->slope, LEAST_READINESS), GREATEST_READINESS);
  return true;
}

static void correct(const struct risk_params *params, enum mode mode, struct row *row) {
  if (row->repeated) {
    row->z -= row->known->familiarity;
    row->variance += square(params->familiarity_sd_epc);
  }
  if (mode == MODE_UNTIMED) {
    row->z -= params->untimed_offset_epc;
    row->variance += square(params->untimed_sd_epc);
  } else if (mode == MODE_TUTOR) {
    row->z -= params->tutor_offset_epc;
    row->variance += square(params->tutor_sd_epc);
  }
  row->z_used = row->z;
  row->check = row->known->check && !row->repeated && mode != MODE_UNTIMED && mode != MODE_TUTOR;
}

/* NULL: unknown, or on a scale that nobody has linked. */
static const struct known_instrument *usable(const struct risk_params *params, const struct result *result) {
  const struct known_instrument *known = params_instrument(params, result->instrument);
  return known != NULL && known->usable ? known : NULL;
}

bool risk_params_read(const struct risk_params *params, const struct result *result, struct risk_reading *ret) {
  struct row row = {.known = usable(params, result), .repeated = result->repeat};
  if (row.known == NULL || !read_score(params, result, &row))
    return false;
  correct(params, result->mode, &row);
  *ret = (struct risk_reading){.epc = row.z, .sd_epc = sqrt(row.variance), .check = row.check};
  return true;
}

void evidence_collect(struct evidence *ret, const struct risk_params *params, const struct risk_input *input,
                      const struct course *course, struct row *rows, uint32_t *index, uint32_t *table) {
  *ret = (struct evidence){.rows = rows};
  size_t ids = pick_revisions(input, index, table), kept = 0;
  for (size_t i = 0; i < ids; i++) {
    const struct result *result = &input->results[index[i]];
    if (result->retracted)
      ret->retracted++;
    else if (result->taken_at_ms <= input->as_of_ms)
      index[kept++] = index[i];
    else
      ret->after += usable(params, result) != NULL;
  }
  index_sort(index, kept, newer, input->results);
  uint8_t slots[RISK_MAX_MAKERS] = {0};
  const struct known_instrument *known = NULL;
  for (size_t i = 0; i < kept && ret->n < RISK_MAX_RESULTS; i++) {
    const struct result *result = &input->results[index[i]];
    struct row *row = &rows[ret->n];
    if (known == NULL || strcmp(known->code, result->instrument) != 0) /* else as the one before, as blocks of a bank mostly are */
      known = usable(params, result);
    *row = (struct row){.known = known, .result = index[i], .in = true, .days = (double)result->taken_at_ms / MS_PER_DAY};
    if (known == NULL || !read_score(params, result, row))
      continue;
    if (known->maker != MODEL_NO_MAKER) {
      if (slots[known->maker] == 0)
        slots[known->maker] = (uint8_t)(AT_MAKER + ret->makers++);
      row->slot = slots[known->maker];
    }
    row->growth = course_growth_to_target(params, course, row->days);
    ret->n++;
  }
  find_repeats(ret, params, input, table);
  for (size_t i = 0; i < ret->n; i++)
    correct(params, input->results[rows[i].result].mode, &rows[i]);
}
