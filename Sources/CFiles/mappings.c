#define _GNU_SOURCE
#include "CFiles.h"
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A mapping whose file has become shorter than it: touching a page behind the new end raises SIGBUS.
// The handler may only call what is safe in a signal, so every message is made beforehand.
struct mapping {
  atomic_uintptr_t start;  // 0: free
  atomic_size_t count;
  char *message;
  int status;
};

enum { limit = 4096 };
static struct mapping mappings[limit];
static struct sigaction earlier;

static void on_bus_error(int signal_number, siginfo_t *info, void *context) {
  const uintptr_t at = (uintptr_t)info->si_addr;
  for (int i = 0; i < limit; i++) {
    const uintptr_t start = atomic_load(&mappings[i].start);
    if (start == 0 || at < start || at >= start + atomic_load(&mappings[i].count)) continue;
    const char *message = mappings[i].message;
    ssize_t ignored = write(STDERR_FILENO, message, strlen(message));
    (void)ignored;
    _exit(mappings[i].status);
  }
  // Not ours: as if this handler were not there.
  sigaction(signal_number, &earlier, NULL);
  raise(signal_number);
}

static void install(void) {
  static atomic_flag installed = ATOMIC_FLAG_INIT;
  if (atomic_flag_test_and_set(&installed)) return;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &earlier);
}

int cfiles_remember_mapping(const void *start, size_t count, const char *path, int status) {
  static const char before[] = "error: ";
  static const char after[] =
      " was made shorter while it was read; leave inputs alone while they are read, and run again\n";
  const size_t length = sizeof before + strlen(path) + sizeof after;
  char *message = malloc(length);
  if (message == NULL) return -1;
  strcpy(message, before);
  strcat(message, path);
  strcat(message, after);
  install();
  for (int i = 0; i < limit; i++) {
    uintptr_t free_place = 0;
    // Taken first by a start of 1, which no address matches while the count is 0.
    if (!atomic_compare_exchange_strong(&mappings[i].start, &free_place, 1)) continue;
    mappings[i].message = message;
    mappings[i].status = status;
    atomic_store(&mappings[i].start, (uintptr_t)start);
    atomic_store(&mappings[i].count, count);
    return i;
  }
  free(message);
  return -1;
}

void cfiles_forget_mapping(int number) {
  if (number < 0 || number >= limit) return;
  char *message = mappings[number].message;
  atomic_store(&mappings[number].count, 0);
  mappings[number].message = NULL;
  atomic_store(&mappings[number].start, 0);
  free(message);
}
