#define _GNU_SOURCE
#include "ConfinedProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "Landlock.h"

/* What the child tells of a failure, through a pipe that a successful exec closes. */
struct report {
  int number;
  int stage;
};

static const char *const stages[] = {"prepare it", "limit its resources", "restrict its files",
                                     "filter its system calls", "start it"};
enum { PREPARING, LIMITING, CONFINING, FILTERING, STARTING };

static void fail(int pipe, int stage) {
  const struct report report = {errno, stage};
  const ssize_t written = write(pipe, &report, sizeof report);
  (void)written;
  _exit(127);
}

/* A copy of a descriptor above those that are about to be replaced. */
static int lifted(int descriptor, int pipe) {
  const int copy = descriptor >= 0 ? fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
                                   : open("/dev/null", O_RDWR | O_CLOEXEC);
  if (copy < 0) fail(pipe, PREPARING);
  if (copy >= 10) return copy;
  const int higher = fcntl(copy, F_DUPFD_CLOEXEC, 10);
  if (higher < 0) fail(pipe, PREPARING);
  return higher;
}

static void close_others(void) {
  if (syscall(SYS_close_range, 3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */) == 0) return;
  for (int descriptor = 3; descriptor < 4096; ++descriptor) {
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
}

/* Runs in the child: system calls only. */
static void become(const confined_process_plan *plan, pid_t parent, int version, int pipe) {
  sigset_t none;
  sigemptyset(&none);
  struct sigaction usual = {.sa_handler = SIG_DFL};
  for (int signal = 1; signal < 32; ++signal) sigaction(signal, &usual, NULL);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (setpgid(0, 0) != 0) fail(pipe, PREPARING);
  pipe = lifted(pipe, pipe);
  const int ruleset = plan->ruleset >= 0 ? lifted(plan->ruleset, pipe) : -1;
  const int given[3] = {lifted(plan->input, pipe), lifted(plan->output, pipe),
                        lifted(plan->errors, pipe)};
  for (int i = 0; i < 3; ++i) {
    if (dup2(given[i], i) < 0) fail(pipe, PREPARING);
  }
  close_others();
  if (plan->folder && chdir(plan->folder) != 0) fail(pipe, PREPARING);
  /* A parent that is gone already sends no signal any more. */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) fail(pipe, PREPARING);
  if (getppid() != parent) _exit(127);

  for (size_t i = 0; i < plan->limit_count; ++i) {
    const __rlimit_resource_t resource = (__rlimit_resource_t)plan->limits[i].resource;
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) fail(pipe, LIMITING);
    /* Never more than there was. */
    if (plan->limits[i].value < limit.rlim_max) limit.rlim_max = plan->limits[i].value;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(resource, &limit) != 0) fail(pipe, LIMITING);
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(pipe, CONFINING);
  if (ruleset >= 0) {
    if (plan->reads_itself) {
      const int own = open("/proc/self", O_PATH | O_CLOEXEC);
      if (own >= 0) {
        merepl_landlock_allow(ruleset, version, own, CONFINED_READ_FILE | CONFINED_READ_FOLDER);
      }
    }
    errno = merepl_landlock_enter(ruleset);
    if (errno != 0) fail(pipe, CONFINING);
  }
  if (plan->filter) {
    const struct sock_fprog program = {
        .len = (unsigned short)(plan->filter_bytes / sizeof(struct sock_filter)),
        .filter = (struct sock_filter *)plan->filter};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) fail(pipe, FILTERING);
  }
  execve(plan->program, plan->arguments, plan->environment);
  fail(pipe, STARTING);
}

int confined_process_start(
    const confined_process_plan *plan, pid_t *process, const char **stage) {
  *stage = stages[PREPARING];
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  const pid_t parent = getpid();
  const int version = confined_process_landlock();
  /* No handler of ours may run in the child. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t child = fork();
  if (child == 0) become(plan, parent, version, ends[1]);
  const int failure = child < 0 ? errno : 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(ends[1]);
  if (failure != 0) {
    close(ends[0]);
    return failure;
  }
  struct report report;
  ssize_t count;
  while ((count = read(ends[0], &report, sizeof report)) < 0 && errno == EINTR) {
  }
  close(ends[0]);
  if (count == sizeof report) {
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    *stage = stages[report.stage];
    return report.number;
  }
  *process = child;
  return 0;
}

void confined_process_adopt(void) { prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int confined_process_is_bound(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1; }
