// Four lanes and thirty-two registers: ARM's 64-bit processors.
#include "kernels.h"

#if defined(__aarch64__)
#define LANES 4
#define VECTORS 4
#define ROWS 6
#define FAMILY portable_neon
#define FAMILY_NAME "neon"
#include "family_lanes.h"

static int is_supported(void) { return 1; }
#endif
