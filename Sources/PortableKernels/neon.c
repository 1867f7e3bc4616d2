// Four lanes and thirty-two registers: ARM's 64-bit processors.
#include "kernels.h"

#if defined(__aarch64__)
#define LANES 4
#define VECTORS 4
#define ROWS 6
#include "product_tiles.h"
#include "softmax_lanes.h"
#include "norm_lanes.h"
#include "adamw_lanes.h"

static int is_supported(void) { return 1; }

const struct family portable_neon = {"neon", is_supported, multiply, exponentials, normalise, adamw};
#endif
