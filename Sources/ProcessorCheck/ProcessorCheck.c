#include "ProcessorCheck.h"

#include <unistd.h>

/* This file is compiled for any x86-64 processor, everything in Swift for AVX2 and FMA. */
__attribute__((constructor)) static void merepl_check_processor(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return;
  static const char text[] =
      "error: this processor lacks AVX2 or FMA\n"
      "  = note: results depend on these instructions; others round differently\n"
      "  = help: use an x86-64 processor from 2013 or later (Intel Haswell, AMD Zen)\n";
  ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
  (void)written;
  _exit(1);
}
