#pragma once
#include <dnnl.h>

// Debian's oneDNN runs on OpenMP, whose header belongs to the C compiler and not to Swift's.
// Declared here so that a product can be kept on the thread that asks for it.
extern void omp_set_num_threads(int count);
