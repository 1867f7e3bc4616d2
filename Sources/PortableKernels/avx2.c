// Eight lanes and sixteen registers: Intel since Haswell, AMD since Zen.
#include "kernels.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 8
#define VECTORS 2
#define ROWS 6
#define FAMILY portable_avx2
#define FAMILY_NAME "avx2"
#include "family_lanes.h"
#pragma clang attribute pop

static int is_supported(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif
