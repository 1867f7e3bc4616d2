// SHA-256 of the system's nettle. libarchive uses the same library, so that it is in memory anyway.
#include <nettle/sha2.h>
