// All kernels of one family. The including file defines what product_tiles.h asks for; FAMILY, the
// family's constant; and FAMILY_NAME, how users call it.
#include "product_tiles.h"
#include "softmax_lanes.h"
#include "norm_lanes.h"
#include "adamw_lanes.h"

static int is_supported(void);

const struct family FAMILY = {
    FAMILY_NAME, is_supported, multiply, exponentials, normalise, adamw,
};
