// Prints a hash of what each family of kernels gives on random work. All lines of all processors
// must be the same; see Scripts/check-families.sh.
#include "PortableKernels.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state, hash;

static int draw(int bound) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (int)((state >> 33) % (uint64_t)bound);
}

static float *numbers(ptrdiff_t count, float scale) {
  float *values = malloc((size_t)(count + 1) * sizeof *values);
  for (ptrdiff_t i = 0; i < count; i++)
    values[i] = ((float)draw(1 << 20) / (float)(1 << 19) - 1) * scale;
  return values;
}

static void add(const float *values, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) {
    union {
      float value;
      uint32_t bits;
    } word = {values[i]};
    hash = (hash ^ word.bits) * 1099511628211u;
  }
}

static void product(void) {
  ptrdiff_t m = 1 + draw(draw(8) ? 40 : 260), n = 1 + draw(draw(8) ? 70 : 560);
  ptrdiff_t k = draw(6) ? 1 + draw(60) : 250 + draw(300);
  int is_left_turned = draw(2), is_right_turned = draw(2), start = draw(3);
  float *a = numbers(m * k, 1), *b = numbers(k * n, 1), *c = numbers(m * n, 1);
  float *bias = numbers(n, 1), *panels = malloc(sizeof(float) * (size_t)portable_packed_count(k, n));
  struct portable_product p = {
      .a = a, .a_row = is_left_turned ? 1 : k, .a_column = is_left_turned ? m : 1,
      .b = b, .b_row = is_right_turned ? 1 : n, .b_column = is_right_turned ? k : 1,
      .c = c, .c_row = n, .m = m, .n = n, .k = k, .alpha = draw(2) ? 1 : 0.3f,
      .start = start == 0 ? NULL : start == 1 ? bias : c, .start_row = start == 2 ? n : 0,
  };
  if (draw(2)) {
    portable_pack(b, p.b_row, p.b_column, k, n, panels);
    p.b = panels;
    p.packed_k = k;
  }
  portable_multiply(&p);
  add(c, m * n);
  free(a), free(b), free(c), free(bias), free(panels);
}

static void row(void) {
  ptrdiff_t n = draw(100);
  float *x = numbers(n, draw(2) ? 5 : 100);
  for (ptrdiff_t i = 0; i < n; i++)
    if (draw(20) == 0) x[i] = -INFINITY;
  float sum = portable_exponentials(x, n);
  add(x, n);
  add(&sum, 1);
  free(x);
}

static void norm(void) {
  ptrdiff_t rows = 1 + draw(5), width = 1 + draw(140);
  float *x = numbers(rows * width, 3), *w = numbers(width, 1), *b = numbers(width, 1);
  float *y = numbers(rows * width, 1), *statistics = numbers(2 * rows, 1);
  struct portable_norm p = {x, w, b, y, statistics, rows, width, 1e-5f, draw(2)};
  portable_normalise(&p);
  add(y, rows * width);
  add(statistics, 2 * rows);
  free(x), free(w), free(b), free(y), free(statistics);
}

static void step(void) {
  ptrdiff_t n = 1 + draw(50);
  float *w = numbers(n, 1), *m = numbers(n, 1), *v = numbers(n, 1), *g = numbers(n, 1);
  for (ptrdiff_t i = 0; i < n; i++) v[i] = fabsf(v[i]);
  struct portable_adamw s = {w, m, v, g, n, 0.9f, 0.95f, 1e-8f, 0.7f, 0.999f, 1e-3f, 0.3f};
  portable_adamw(&s);
  add(w, n), add(m, n), add(v, n);
  free(w), free(m), free(v), free(g);
}

int main(void) {
  const char *name;
  for (int i = 0; (name = portable_family(i)); i++) {
    state = 1;
    hash = 14695981039346656037u;
    if (portable_use_family(name) != 0) return 1;
    for (int j = 0; j < 300; j++) product(), row(), norm(), step();
    printf("%016llx %s\n", (unsigned long long)hash, name);
  }
}
