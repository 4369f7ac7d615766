/*
 * Memory of one request: handed out from blocks, never given back piece by piece, all gone at once.
 *
 * Invariants: used <= cap of the arena; what is not handed out is poisoned under ASan; deferred clean-ups run in reverse
 * order at arena_done() and arena_reset(). Two ways to fail: arena_alloc() gives NULL (for libraries that check), and once
 * it did, arena->failed stays set, so that a builder can check once at its end.
 */
#ifndef SG_BASE_ARENA_H
#define SG_BASE_ARENA_H

#include "proto/attr.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

struct arena_block;
struct arena_defer;

struct arena {
  struct arena_block *blocks;
  struct arena_defer *defers;
  size_t used, cap;
  bool failed;
  ProtobufCAllocator allocator; /* for protobuf-c: alloc from here, free does nothing */
};

void arena_init(struct arena *arena, size_t cap);
void arena_reset(struct arena *arena); /* keeps the first block */
void arena_done(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size) MUSTCHECK;            /* 16-aligned, not cleared */
void *arena_zalloc(struct arena *arena, size_t n, size_t size) MUSTCHECK; /* cleared; n * size checked */
char *arena_strdup(struct arena *arena, const char *s) MUSTCHECK;
char *arena_printf(struct arena *arena, const char *fmt, ...) MUSTCHECK PRINTF_LIKE(2, 3);
int arena_defer(struct arena *arena, void (*fn)(void *), void *arg) MUSTCHECK;

#endif
