#pragma once
#include <cblas.h>
#include <malloc.h> /* mallopt, which the Glibc module leaves out */
