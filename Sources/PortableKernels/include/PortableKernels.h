// Kernels with the same bits on every processor.
//
// Each element of a result is computed by a chain of operations that does not depend on the width
// of the vectors, on the tile that it lies in, or on how many rows stand beside it. So each kernel
// is compiled once for each family of instructions, and any of them may run.
#ifndef PORTABLE_KERNELS_H
#define PORTABLE_KERNELS_H

#ifdef __linux__
#include <malloc.h> // mallopt, which Swift's Glibc module leaves out
#endif
#include <stddef.h>

// Columns of a panel of a packed matrix.
#define PORTABLE_PANEL 16

// A chain of multiply-adds starts again after so many: see `portable_multiply`.
#define PORTABLE_DEPTH 256

// Names of the families that this program has and this processor can run, the fastest first;
// `NULL` beyond the last.
const char *portable_family(int index);

// Uses a family from now on; 0, or -1 where there is none of this name. Before any other call, for
// what runs meanwhile may use either: with the same bits.
int portable_use_family(const char *name);

// The family in use: what `portable_use_family` said last, or else the environment's
// MEREPL_INSTRUCTIONS, or else the fastest.
const char *portable_family_in_use(void);

// A matrix product, c = start + alpha a b.
struct portable_product {
  // `[m, k]`; one of the two steps between neighbours is 1.
  const float *a;
  ptrdiff_t a_row, a_column;
  // `[k, n]`; one of the two steps between neighbours is 1. Where packed_k is not 0 it is packed
  // instead: panels of PORTABLE_PANEL columns, each `[packed_k, PORTABLE_PANEL]` of which the first
  // k rows count, the last one filled up with zeros.
  const float *b;
  ptrdiff_t b_row, b_column, packed_k;
  // `[m, n]`, with `c_row` elements from row to row.
  float *c;
  ptrdiff_t c_row;
  // `[m, n]`, may be c; with `start_row` 0 one row for all, a bias; NULL for zeros.
  const float *start;
  ptrdiff_t start_row;
  ptrdiff_t m, n, k;
  float alpha;
};

// An element is start + alpha s1 + alpha s2 + ..., added from left to right. Each s is the sum over
// PORTABLE_DEPTH values of k as one chain from 0, s = fma(a, b, s) with k going up.
void portable_multiply(const struct portable_product *product);

// Replaces a row by e^(x - peak), where peak is its largest element, and returns the sum: of sixteen
// chains, element i in chain i mod 16, that meet by halves. A row of nothing but -infinity becomes
// 0; NaN spreads over its row.
float portable_exponentials(float *row, ptrdiff_t n);

// Rows `[rows, width]` less their mean, if they are centred, over their root mean square, times a
// weight plus a bias, `[width]`. Sums as in `portable_exponentials`; squares are added by
// multiply-adds. `statistics [rows, 2]` gets the mean and the reciprocal root.
struct portable_norm {
  const float *x, *weight, *bias;
  float *y, *statistics;
  ptrdiff_t rows, width;
  float epsilon;
  int is_centred;
};

void portable_normalise(const struct portable_norm *norm);

// A step of AdamW, element by element and in place: moments of the gradient times `gradient_scale`,
// then values * keep - step_size * first / (sqrt(second) / root_correction + epsilon).
struct portable_adamw {
  float *values, *first, *second;
  const float *gradient;
  ptrdiff_t count;
  float beta1, beta2, epsilon, gradient_scale, keep, step_size, root_correction;
};

void portable_adamw(const struct portable_adamw *step);

// Memory aligned to 64 bytes; NULL where there is none. Each thread keeps a few blocks of each size
// that it has given back, 32 MiB at most, until its end; after `portable_trim` until it next gives
// something back.
void *portable_allocate(size_t size);
void portable_release(void *memory, size_t size);
void portable_trim(void);

// Packs `[k, n]` with the given steps between neighbours, one of which is 1, into
// `portable_packed_count(k, n)` floats.
void portable_pack(
    const float *b, ptrdiff_t row_step, ptrdiff_t column_step, ptrdiff_t k, ptrdiff_t n,
    float *packed);
ptrdiff_t portable_packed_count(ptrdiff_t k, ptrdiff_t n);

#endif
