#include "kernels.h"

#include <string.h>

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#endif

typedef float square __attribute__((ext_vector_type(8)));
typedef float unaligned_square __attribute__((ext_vector_type(8), aligned(4)));

ptrdiff_t portable_packed_count(ptrdiff_t k, ptrdiff_t n) {
  return (n + PORTABLE_PANEL - 1) / PORTABLE_PANEL * PORTABLE_PANEL * k;
}

// `out[k * PORTABLE_PANEL + r] = rows[r * step + k]` for 8 rows and 8 values of k.
static void transpose(const float *rows, ptrdiff_t step, float *out) {
  square r[8], s[8];
  for (int i = 0; i < 8; i++) r[i] = *(const unaligned_square *)(rows + i * step);
  for (int i = 0; i < 8; i += 2) {
    s[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    s[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; j++) {
      r[i + j] = __builtin_shufflevector(s[i + j], s[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      r[i + j + 2] = __builtin_shufflevector(s[i + j], s[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (int j = 0; j < 4; j++) {
    square low = __builtin_shufflevector(r[j], r[j + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    square high = __builtin_shufflevector(r[j], r[j + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    *(unaligned_square *)(out + j * PORTABLE_PANEL) = low;
    *(unaligned_square *)(out + (j + 4) * PORTABLE_PANEL) = high;
  }
}

// A panel of whole columns that each lie in one piece.
static void pack_columns(const float *b, ptrdiff_t step, ptrdiff_t k, float *packed) {
  ptrdiff_t i = 0;
  for (; i + 8 <= k; i += 8)
    for (int half = 0; half < PORTABLE_PANEL; half += 8)
      transpose(b + half * step + i, step, packed + i * PORTABLE_PANEL + half);
  for (; i < k; i++)
    for (int j = 0; j < PORTABLE_PANEL; j++) packed[i * PORTABLE_PANEL + j] = b[j * step + i];
}

void portable_pack(
    const float *b, ptrdiff_t row_step, ptrdiff_t column_step, ptrdiff_t k, ptrdiff_t n,
    float *packed) {
  for (ptrdiff_t column = 0; column < n; column += PORTABLE_PANEL) {
    const float *from = b + column * column_step;
    ptrdiff_t left = n - column;
    if (left < PORTABLE_PANEL) {
      for (ptrdiff_t i = 0; i < k; i++)
        for (int j = 0; j < PORTABLE_PANEL; j++)
          packed[i * PORTABLE_PANEL + j] = j < left ? from[i * row_step + j * column_step] : 0;
    } else if (column_step == 1) {
      for (ptrdiff_t i = 0; i < k; i++)
        memcpy(packed + i * PORTABLE_PANEL, from + i * row_step, PORTABLE_PANEL * sizeof(float));
    } else {
      pack_columns(from, column_step, k, packed);
    }
    packed += PORTABLE_PANEL * k;
  }
}

#if defined(__x86_64__)
#pragma clang attribute pop
#endif
