/*
 * Memory of one request.
 *
 * Blocks are a list, newest first, each twice the size of the one before up to a limit; what does not fit into a fresh block
 * of that size gets one of its own. There is no free of single pieces: a request lives for milliseconds, and what ends
 * together is best freed together. Rejected: one block of the full budget per connection (10,000 idle sessions would hold
 * it), and obstacks (no budget, no way to fail but to exit).
 *
 * Under AddressSanitizer everything not handed out is poisoned, and every piece is followed by a poisoned gap, so that a
 * read past a field's end is caught as it would be with malloc.
 */
#include "base/arena.h"

#include "base/err.h"
#include "base/limits.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#define POISON(at, len)   ASAN_POISON_MEMORY_REGION(at, len)
#define UNPOISON(at, len) ASAN_UNPOISON_MEMORY_REGION(at, len)
#else
enum { GAP = 0 };
#define POISON(at, len)   ((void)(at), (void)(len))
#define UNPOISON(at, len) ((void)(at), (void)(len))
#endif

enum { ALIGN = 16 };

struct arena_block {
  struct arena_block *older;
  size_t size, used; /* of data */
  _Alignas(ALIGN) uint8_t data[];
};

struct arena_defer {
  struct arena_defer *before;
  void (*fn)(void *);
  void *arg;
};

static void *allocate_for_protobuf(void *arena, size_t size) {
  return arena_alloc(arena, size);
}

static void free_for_protobuf(void *arena, void *piece) {
  (void)arena;
  (void)piece;
}

void arena_init(struct arena *arena, size_t cap) {
  *arena = (struct arena){.cap = cap, .allocator = {allocate_for_protobuf, free_for_protobuf, arena}};
}

static void run_defers(struct arena *arena) {
  while (arena->defers) {
    struct arena_defer *defer = arena->defers;
    arena->defers = defer->before;
    defer->fn(defer->arg);
  }
}

static void block_free(struct arena_block *block) {
  UNPOISON(block->data, block->size);
  free(block);
}

void arena_reset(struct arena *arena) {
  run_defers(arena);
  while (arena->blocks && arena->blocks->older) {
    struct arena_block *block = arena->blocks;
    arena->blocks = block->older;
    block_free(block);
  }
  /* A first block that was made for one big piece is not worth keeping. */
  if (arena->blocks && arena->blocks->size > LIMIT_ARENA_BLOCK_BYTES) {
    block_free(arena->blocks);
    arena->blocks = NULL;
  }
  if (arena->blocks) {
    POISON(arena->blocks->data, arena->blocks->size);
    arena->blocks->used = 0;
  }
  arena->used = 0;
  arena->failed = false;
}

void arena_done(struct arena *arena) {
  run_defers(arena);
  while (arena->blocks) {
    struct arena_block *block = arena->blocks;
    arena->blocks = block->older;
    block_free(block);
  }
  arena->used = 0;
}

static struct arena_block *block_push(struct arena *arena, size_t at_least) {
  size_t size = arena->blocks ? arena->blocks->size * 2 : LIMIT_ARENA_BLOCK_BYTES;
  if (size > LIMIT_ARENA_BLOCK_MAX_BYTES)
    size = LIMIT_ARENA_BLOCK_MAX_BYTES;
  if (size < at_least)
    size = at_least;
  struct arena_block *block = malloc(sizeof *block + size);
  if (!block)
    return NULL;
  block->older = arena->blocks;
  block->size = size;
  block->used = 0;
  POISON(block->data, size);
  arena->blocks = block;
  return block;
}

void *arena_alloc(struct arena *arena, size_t size) {
  /* Pieces of no bytes still have addresses of their own. */
  size_t taken = size == 0 ? ALIGN : (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
  if (size > PTRDIFF_MAX / 2 || taken > arena->cap - arena->used) /* no such object; the sums below cannot wrap */
    goto fail;
  struct arena_block *block = arena->blocks;
  if (!block || taken + GAP > block->size - block->used)
    block = block_push(arena, taken + GAP);
  if (!block)
    goto fail;
  void *piece = block->data + block->used;
  block->used += taken + GAP;
  arena->used += taken;
  UNPOISON(piece, size);
  return piece;

fail:
  arena->failed = true;
  return NULL;
}

void *arena_zalloc(struct arena *arena, size_t n, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(n, size, &bytes)) {
    arena->failed = true;
    return NULL;
  }
  void *piece = arena_alloc(arena, bytes);
  if (piece)
    memset(piece, 0, bytes);
  return piece;
}

char *arena_strdup(struct arena *arena, const char *s) {
  size_t bytes = strlen(s) + 1;
  char *copy = arena_alloc(arena, bytes);
  if (copy)
    memcpy(copy, s, bytes);
  return copy;
}

char *arena_printf(struct arena *arena, const char *fmt, ...) {
  va_list list, again;
  va_start(list, fmt);
  va_copy(again, list);
  int len = vsnprintf(NULL, 0, fmt, list);
  char *text = len < 0 ? NULL : arena_alloc(arena, (size_t)len + 1);
  if (text)
    vsnprintf(text, (size_t)len + 1, fmt, again);
  va_end(again);
  va_end(list);
  return text;
}

int arena_defer(struct arena *arena, void (*fn)(void *), void *arg) {
  struct arena_defer *defer = arena_alloc(arena, sizeof *defer);
  if (!defer)
    return E_NOMEM;
  *defer = (struct arena_defer){arena->defers, fn, arg};
  arena->defers = defer;
  return E_OK;
}
