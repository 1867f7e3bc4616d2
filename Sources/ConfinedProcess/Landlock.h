#pragma once

#include <stdint.h>

/* Both are safe after a fork. */

/* Allows rights at what an open descriptor stands for. */
int merepl_landlock_allow(int ruleset, int version, int place, uint64_t rights);
/* Holds the calling thread, and all that it starts, to the ruleset. */
int merepl_landlock_enter(int ruleset);
