#define _GNU_SOURCE
#include "CFiles.h"
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int cfiles_exchange(const char *one, const char *other) {
  return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

int cfiles_path_only(void) { return O_PATH; }

int cfiles_sync_file_system(int descriptor) { return syncfs(descriptor); }
