// What the files of this module share. Each family's file compiles the same sources.
#pragma once

#include "PortableKernels.h"

// The kernels of one family.
struct family {
  const char *name;
  int (*is_supported)(void);
  void (*multiply)(const struct portable_product *product);
  float (*exponentials)(float *row, ptrdiff_t n);
  void (*normalise)(const struct portable_norm *norm);
  void (*adamw)(const struct portable_adamw *step);
};

extern const struct family portable_avx512, portable_avx2, portable_neon, portable_plain;

// Rows of a that stay in the second-level cache while all columns pass; a multiple of every tile's.
#define BLOCK_ROWS 240
