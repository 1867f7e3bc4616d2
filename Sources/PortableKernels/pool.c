// Memory that is taken and given back in the same sizes again and again.
#include "PortableKernels.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

enum { SLOTS = 256, BLOCKS = 8 };

// Blocks of one size.
struct slot {
  size_t size;
  int count;
  void *blocks[BLOCKS];
};

// What one thread keeps.
struct pool {
  size_t bytes;
  // The number of calls of `portable_trim` that it has followed.
  unsigned trims;
  struct slot slots[SLOTS];
};

static const size_t most_bytes = (size_t)32 << 20;
static const size_t largest_block = (size_t)8 << 20;

static _Thread_local struct pool *own;
static pthread_key_t key;
static atomic_uint trims;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void empty_slot(struct pool *pool, struct slot *slot) {
  while (slot->count > 0) {
    free(slot->blocks[--slot->count]);
    pool->bytes -= slot->size;
  }
}

static void empty(struct pool *pool) {
  for (int i = 0; i < SLOTS; i++) empty_slot(pool, &pool->slots[i]);
}

static void end(void *pool) {
  empty(pool);
  free(pool);
  own = NULL;
}

static void make_key(void) { pthread_key_create(&key, end); }

static struct pool *pool_of_thread(void) {
  if (own) {
    unsigned now = atomic_load_explicit(&trims, memory_order_relaxed);
    if (own->trims != now) {
      empty(own);
      own->trims = now;
    }
    return own;
  }
  pthread_once(&once, make_key);
  own = calloc(1, sizeof *own);
  if (own) pthread_setspecific(key, own);
  return own;
}

static struct slot *slot_for(struct pool *pool, size_t size) {
  return &pool->slots[(uint64_t)size * 0x9E3779B97F4A7C15u >> 56];
}

void *portable_allocate(size_t size) {
  struct pool *pool = own;
  if (pool) {
    struct slot *slot = slot_for(pool, size);
    if (slot->size == size && slot->count > 0) {
      pool->bytes -= size;
      return slot->blocks[--slot->count];
    }
  }
  void *memory = NULL;
  if (posix_memalign(&memory, 64, size) == 0) return memory;
  // What is kept for other sizes may be missing here.
  if (!pool) return NULL;
  empty(pool);
  return posix_memalign(&memory, 64, size) == 0 ? memory : NULL;
}

void portable_release(void *memory, size_t size) {
  struct pool *pool = size <= largest_block ? pool_of_thread() : NULL;
  if (!pool) {
    free(memory);
    return;
  }
  struct slot *slot = slot_for(pool, size);
  if (slot->size != size) {
    empty_slot(pool, slot);
    slot->size = size;
  }
  if (slot->count == BLOCKS || pool->bytes + size > most_bytes) {
    free(memory);
    return;
  }
  slot->blocks[slot->count++] = memory;
  pool->bytes += size;
}

void portable_trim(void) {
  atomic_fetch_add_explicit(&trims, 1, memory_order_relaxed);
  if (own) pool_of_thread();
}
