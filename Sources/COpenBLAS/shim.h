#pragma once
#include <cblas.h>
#include <malloc.h> /* mallopt, which the Glibc module leaves out */
#include <stdlib.h>

/* How OpenBLAS chooses its kernels when it is loaded. Exported, but in no header; hence weak. */
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

/* Chooses the kernels again, now that OPENBLAS_CORETYPE names `family`; 0 where that cannot be. */
static inline int COpenBLAS_choose(const char *family) {
  if (!gotoblas_dynamic_init || !gotoblas_dynamic_quit) return 0;
  if (setenv("OPENBLAS_CORETYPE", family, 1) != 0) return 0;
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  return 1;
}
