#ifndef CARCHIVE_SHIM_H
#define CARCHIVE_SHIM_H

#include <archive.h>
#include <archive_entry.h>

// A macro with a cast, which Swift does not see.
static inline unsigned carchive_regular_file(void) { return AE_IFREG; }

#endif
