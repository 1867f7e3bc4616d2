#include "kernels.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const struct family *const families[] = {
#if defined(__x86_64__)
    &portable_avx512, &portable_avx2,
#elif defined(__aarch64__)
    &portable_neon,
#endif
    &portable_plain,
};

enum { COUNT = sizeof families / sizeof *families };

static _Atomic(const struct family *) chosen;

static const struct family *in_use(void) {
  return atomic_load_explicit(&chosen, memory_order_relaxed);
}

static const struct family *supported(int index) {
  for (int i = 0; i < COUNT; i++)
    if (families[i]->is_supported() && index-- == 0) return families[i];
  return NULL;
}

const char *portable_family(int index) {
  const struct family *family = supported(index);
  return family ? family->name : NULL;
}

int portable_use_family(const char *name) {
  const struct family *family;
  for (int i = 0; (family = supported(i)); i++)
    if (strcmp(family->name, name) == 0) {
      atomic_store_explicit(&chosen, family, memory_order_relaxed);
      return 0;
    }
  return -1;
}

__attribute__((constructor)) static void choose_family(void) {
  const char *name = getenv("MEREPL_INSTRUCTIONS");
  atomic_store_explicit(&chosen, supported(0), memory_order_relaxed);
  if (name) portable_use_family(name);
}

const char *portable_family_in_use(void) { return in_use()->name; }

float portable_exponentials(float *row, ptrdiff_t n) { return in_use()->exponentials(row, n); }

void portable_normalise(const struct portable_norm *norm) { in_use()->normalise(norm); }

void portable_adamw(const struct portable_adamw *step) { in_use()->adamw(step); }

void portable_multiply(const struct portable_product *p) {
  if (p->k == 0)
    for (ptrdiff_t row = 0; row < p->m; row++)
      for (ptrdiff_t i = 0; i < p->n; i++)
        p->c[row * p->c_row + i] = p->start ? p->start[row * p->start_row + i] : 0;
  in_use()->multiply(p);
}
