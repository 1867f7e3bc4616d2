#include "GnuplotIOStream.h"
