/// Starts a program that the kernel holds within bounds: Landlock for files, seccomp for system
/// calls, limits of resources.
///
/// In C, because everything between fork and exec may call only what is safe after a fork of a
/// program with many threads, and because both restrictions hold for the thread that asks for
/// them: a program has to be born with them, for its libraries make threads before `main`.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A limit as of setrlimit.
typedef struct confined_process_limit {
  int resource;
  uint64_t value;
} confined_process_limit;

/// What a program is started with. All memory stays the caller's.
typedef struct confined_process_plan {
  const char *program;
  char *const *arguments;
  char *const *environment;
  /// The working folder; NULL for ours.
  const char *folder;
  /// What becomes its descriptors 0, 1 and 2; -1 for /dev/null. All others are closed.
  int input, output, errors;
  /// Of `confined_process_ruleset`; -1 for none.
  int ruleset;
  /// An array of struct sock_filter; NULL for none.
  const void *filter;
  size_t filter_bytes;
  const confined_process_limit *limits;
  size_t limit_count;
  /// Whether it may read what the kernel says about itself, /proc/self.
  int reads_itself;
} confined_process_plan;

/// Starts the program, as the leader of a process group of its own; it is killed when the thread
/// that started it ends.
/// - stage: receives what failed, a word for messages
/// Returns 0, or the number of the error.
int confined_process_start(
    const confined_process_plan *plan, pid_t *process, const char **stage);

/// Rights of Landlock, as the kernel numbers them.
enum {
  CONFINED_EXECUTE = 1 << 0,
  CONFINED_WRITE_FILE = 1 << 1,
  CONFINED_READ_FILE = 1 << 2,
  CONFINED_READ_FOLDER = 1 << 3,
  CONFINED_REMOVE_FOLDER = 1 << 4,
  CONFINED_REMOVE_FILE = 1 << 5,
  CONFINED_MAKE_FOLDER = 1 << 7,
  CONFINED_MAKE_FILE = 1 << 8,
  CONFINED_MOVE = 1 << 13,
  CONFINED_TRUNCATE = 1 << 14
};

/// The version of Landlock's interface that this kernel has; 0 where it has none.
int confined_process_landlock(void);
/// Whether this kernel filters system calls.
int confined_process_has_seccomp(void);

/// A ruleset that allows nothing yet; a descriptor, or minus the number of the error.
int confined_process_ruleset(void);
/// Allows `rights` at `path` and below. - follows: whether `path` may be a symbolic link.
/// Returns 0, or the number of the error.
int confined_process_allow(int ruleset, const char *path, uint64_t rights, int follows);

/// Makes processes ours whose parents, started by us, are gone.
void confined_process_adopt(void);
/// Whether this process can get no new rights, as one that was started here.
int confined_process_is_bound(void);

#ifdef __cplusplus
}
#endif
