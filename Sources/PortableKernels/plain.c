// The reference: each element by a loop of its own, as PortableKernels.h defines it.
#include "kernels.h"

#include <math.h>

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("fma"))), apply_to = function)
#endif

static float element(const struct portable_product *p, ptrdiff_t row, ptrdiff_t column) {
  const float *a = p->a + row * p->a_row;
  ptrdiff_t panel = column / PORTABLE_PANEL * PORTABLE_PANEL;
  const float *b =
      p->b + (p->packed_k ? panel * p->packed_k + column - panel : column * p->b_column);
  ptrdiff_t b_row = p->packed_k ? PORTABLE_PANEL : p->b_row;
  float value = p->start ? p->start[row * p->start_row + column] : 0;
  for (ptrdiff_t depth = 0; depth < p->k; depth += PORTABLE_DEPTH) {
    float sum = 0;
    for (ptrdiff_t k = depth; k < p->k && k < depth + PORTABLE_DEPTH; k++)
      sum = fmaf(a[k * p->a_column], b[k * b_row], sum);
    value = depth == 0 && !p->start ? sum * p->alpha : value + sum * p->alpha;
  }
  return value;
}

static void multiply(const struct portable_product *p) {
  for (ptrdiff_t row = 0; row < p->m; row++)
    for (ptrdiff_t column = 0; column < p->n; column++)
      p->c[row * p->c_row + column] = element(p, row, column);
}

static float sum_by_halves(float chains[16]) {
  for (int half = 8; half > 0; half /= 2)
    for (int j = 0; j < half; j++) chains[j] += chains[j + half];
  return chains[0];
}

// e^x for x <= 0, see softmax_lanes.h.
static float exp_of_non_positive(float x) {
  const float magic = 12582912.0f + 127.0f, log2_e = 1.442695f;
  if (x < -87.0f) return 0;
  float shifted = fmaf(x, log2_e, magic);
  float f = fmaf(x, log2_e, magic - shifted);
  float p = fmaf(1.3264727e-3f, f, 9.671513e-3f);
  p = fmaf(p, f, 5.5507336e-2f);
  p = fmaf(p, f, 2.4022242e-1f);
  p = fmaf(p, f, 6.93147e-1f);
  p = fmaf(p, f, 1.0f);
  return p * __builtin_bit_cast(float, __builtin_bit_cast(unsigned, shifted) << 23);
}

static float exponentials(float *row, ptrdiff_t n) {
  float peak = -INFINITY;
  int has_nan = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    peak = row[i] > peak ? row[i] : peak;
    has_nan |= row[i] != row[i];
  }
  float chains[16] = {0};
  for (ptrdiff_t i = 0; i < n; i++) {
    row[i] = peak == -INFINITY && !has_nan ? 0 : exp_of_non_positive(row[i] - peak);
    chains[i % 16] += row[i];
  }
  return sum_by_halves(chains);
}

static void normalise(const struct portable_norm *p) {
  for (ptrdiff_t row = 0; row < p->rows; row++) {
    const float *x = p->x + row * p->width;
    float mean = 0, sums[16] = {0}, squares[16] = {0};
    for (ptrdiff_t i = 0; i < p->width; i++) sums[i % 16] += x[i];
    if (p->is_centred) mean = sum_by_halves(sums) / (float)p->width;
    for (ptrdiff_t i = 0; i < p->width; i++)
      squares[i % 16] = fmaf(x[i] - mean, x[i] - mean, squares[i % 16]);
    float variance = sum_by_halves(squares) / (float)p->width;
    float inverse = 1 / sqrtf(variance + p->epsilon);
    p->statistics[2 * row] = mean;
    p->statistics[2 * row + 1] = inverse;
    for (ptrdiff_t i = 0; i < p->width; i++)
      p->y[row * p->width + i] = fmaf((x[i] - mean) * inverse, p->weight[i], p->bias[i]);
  }
}

static void adamw(const struct portable_adamw *s) {
  for (ptrdiff_t i = 0; i < s->count; i++) {
    float g = s->gradient[i] * s->gradient_scale;
    float m = s->beta1 * s->first[i] + (1 - s->beta1) * g;
    float v = s->beta2 * s->second[i] + (1 - s->beta2) * (g * g);
    s->first[i] = m;
    s->second[i] = v;
    s->values[i] =
        s->values[i] * s->keep - s->step_size * m / (sqrtf(v) / s->root_correction + s->epsilon);
  }
}

#if defined(__x86_64__)
#pragma clang attribute pop
#endif

static int is_supported(void) { return 1; }

const struct family portable_plain = {
    "plain", is_supported, multiply, exponentials, normalise, adamw,
};
