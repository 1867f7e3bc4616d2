#define _GNU_SOURCE
#include "ConfinedProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "Landlock.h"

/* The C library has no functions for these, and Debian's headers lag behind kernels: the numbers
   and structures are the kernel's interface, which does not change. */
struct ruleset_attributes {
  uint64_t files, network, scopes;
};

struct path_attributes {
  uint64_t rights;
  int32_t folder;
} __attribute__((packed));

enum {
  IOCTL_ON_DEVICES = 1 << 15,
  BIND_TCP = 1 << 0,
  CONNECT_TCP = 1 << 1,
  ABSTRACT_SOCKETS = 1 << 0,
  SIGNALS = 1 << 1
};

/* What means something for a file that is no folder. */
static const uint64_t file_rights =
    CONFINED_EXECUTE | CONFINED_WRITE_FILE | CONFINED_READ_FILE | CONFINED_TRUNCATE;

int confined_process_landlock(void) {
  const long version = syscall(444, NULL, 0, 1);
  return version > 0 ? (int)version : 0;
}

int confined_process_has_seccomp(void) {
  const uint32_t action = SECCOMP_RET_KILL_PROCESS;
  return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 &&
         syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* The rights that a version knows. */
static uint64_t known_rights(int version) {
  uint64_t rights = (1 << 13) - 1;
  if (version >= 2) rights |= CONFINED_MOVE;
  if (version >= 3) rights |= CONFINED_TRUNCATE;
  if (version >= 5) rights |= IOCTL_ON_DEVICES;
  return rights;
}

int confined_process_ruleset(void) {
  const int version = confined_process_landlock();
  if (version == 0) return -ENOSYS;
  struct ruleset_attributes attributes = {known_rights(version), 0, 0};
  if (version >= 4) attributes.network = BIND_TCP | CONNECT_TCP;
  if (version >= 6) attributes.scopes = ABSTRACT_SOCKETS | SIGNALS;
  const size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const long ruleset = syscall(444, &attributes, size, 0);
  return ruleset >= 0 ? (int)ruleset : -errno;
}

int merepl_landlock_allow(int ruleset, int version, int place, uint64_t rights) {
  struct stat status;
  if (fstat(place, &status) != 0) return errno;
  rights &= known_rights(version);
  if (!S_ISDIR(status.st_mode)) rights &= file_rights;
  const struct path_attributes attributes = {rights, place};
  return syscall(445, ruleset, 1, &attributes, 0) == 0 ? 0 : errno;
}

int merepl_landlock_enter(int ruleset) { return syscall(446, ruleset, 0) == 0 ? 0 : errno; }

int confined_process_allow(int ruleset, const char *path, uint64_t rights, int follows) {
  const int place = open(path, O_PATH | O_CLOEXEC | (follows ? 0 : O_NOFOLLOW));
  if (place < 0) return errno;
  struct stat status;
  int failure = fstat(place, &status) == 0 && S_ISLNK(status.st_mode) ? ELOOP : 0;
  if (failure == 0) {
    failure = merepl_landlock_allow(ruleset, confined_process_landlock(), place, rights);
  }
  close(place);
  return failure;
}
