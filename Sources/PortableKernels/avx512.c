// Sixteen lanes and thirty-two registers: Intel's servers since Skylake, AMD since Zen 4.
#include "kernels.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,fma"))), apply_to = function)
#define LANES 16
#define VECTORS 2
#define ROWS 12
#define FAMILY portable_avx512
#define FAMILY_NAME "avx512"
#include "family_lanes.h"
#pragma clang attribute pop

static int is_supported(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("fma");
}
#endif
