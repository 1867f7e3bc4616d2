// Sixteen lanes and thirty-two registers: Intel's servers since Skylake, AMD since Zen 4.
#include "kernels.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,fma"))), apply_to = function)
#define LANES 16
#define VECTORS 2
#define ROWS 12
#include "product_tiles.h"
#include "softmax_lanes.h"
#include "norm_lanes.h"
#include "adamw_lanes.h"
#pragma clang attribute pop

static int is_supported(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("fma");
}

const struct family portable_avx512 = {"avx512", is_supported, multiply, exponentials, normalise, adamw};
#endif
