// Eight lanes and sixteen registers: Intel since Haswell, AMD since Zen.
#include "kernels.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 8
#define VECTORS 2
#define ROWS 6
#include "product_tiles.h"
#include "softmax_lanes.h"
#include "norm_lanes.h"
#include "adamw_lanes.h"
#pragma clang attribute pop

static int is_supported(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

const struct family portable_avx2 = {"avx2", is_supported, multiply, exponentials, normalise, adamw};
#endif
