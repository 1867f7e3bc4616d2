// What Swift cannot see of the system's calls on files.
#ifndef CFILES_H
#define CFILES_H

#include <stddef.h>

// Swaps two names of one file system in one step; 0, or -1 with errno. `renameat2` is hidden behind
// _GNU_SOURCE, which Swift's importer does not set.
int cfiles_exchange(const char *one, const char *other);

// O_PATH, hidden for the same reason: a folder is only a place on a way, and need not be readable.
int cfiles_path_only(void);

// Waits until the disk has all that was written to the file system of an open file; 0, or -1 with
// errno. `syncfs` is hidden, too.
int cfiles_sync_file_system(int descriptor);

// Remembers a mapped file, so that reading beyond the end of one that was shortened ends the program
// with a message that names it and with `status`, not with SIGBUS. Returns a number for
// `cfiles_forget_mapping`, or -1 where there are too many.
int cfiles_remember_mapping(const void *start, size_t count, const char *path, int status);
void cfiles_forget_mapping(int number);

#endif
