#ifndef CSECCOMP_SHIM_H
#define CSECCOMP_SHIM_H

#include <seccomp.h>

// Macros with casts or arguments, which Swift does not see.
static inline unsigned cseccomp_allow(void) { return SCMP_ACT_ALLOW; }
static inline unsigned cseccomp_kill(void) { return SCMP_ACT_KILL_PROCESS; }
static inline unsigned cseccomp_refuse(int number) { return SCMP_ACT_ERRNO(number); }

#endif
