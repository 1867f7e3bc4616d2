/// The names of the lists.
extension SystemCalls {
  /// Memory, files that are open or that Landlock lets be opened, threads, clocks, signals.
  static let common = [
    // Memory.
    "mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "mlock", "mlock2", "munlock",
    "msync", "mincore", "membarrier", "memfd_create", "set_mempolicy", "get_mempolicy", "mbind",
    "pkey_alloc", "pkey_free", "pkey_mprotect", "map_shadow_stack",
    // Files.
    "open", "openat", "openat2", "creat", "close", "close_range", "read", "readv", "pread64",
    "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev", "pwritev2", "lseek", "fsync",
    "fdatasync", "syncfs", "sync_file_range", "fallocate", "ftruncate", "fchmod", "fadvise64",
    "readahead",
    "sendfile", "copy_file_range", "stat", "fstat", "lstat", "newfstatat", "statx", "statfs",
    "fstatfs", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents",
    "getdents64", "getcwd", "chdir", "fchdir", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat",
    "rename", "renameat", "renameat2", "umask", "flock", "fcntl", "dup", "dup2", "dup3", "pipe",
    "pipe2", "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2",
    // Threads and the process itself.
    "execve", "exit", "exit_group", "wait4", "waitid", "futex", "futex_waitv", "futex_wake",
    "futex_wait", "futex_requeue", "set_robust_list", "get_robust_list", "set_tid_address",
    "rseq", "gettid", "getpid", "getppid", "getpgrp", "getpgid", "getsid", "setpgid", "getuid",
    "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups", "sched_yield",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max",
    "sched_get_priority_min", "getpriority", "setpriority", "getrlimit", "setrlimit",
    "getrusage", "times", "sysinfo", "uname", "getcpu", "prctl", "arch_prctl", "getrandom",
    "restart_syscall", "capget",
    // Signals and clocks.
    "kill", "tkill", "tgkill", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
    "rt_sigpending", "rt_sigtimedwait", "rt_sigsuspend", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
    "sigaltstack", "pause", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep",
    "gettimeofday", "time", "alarm", "getitimer", "setitimer", "timer_create", "timer_settime",
    "timer_gettime", "timer_getoverrun", "timer_delete", "timerfd_create", "timerfd_settime",
    "timerfd_gettime",
  ]

  /// What confines a program that is started; a filter can only be made stricter.
  static let confining = [
    "seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",
  ]

  /// Nothing that computes, draws or reads has a use for these.
  static let hostile = [
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd",
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "add_key", "request_key", "keyctl", "mount", "umount2", "pivot_root",
    "chroot", "fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree",
    "mount_setattr", "setns", "unshare", "kexec_load", "kexec_file_load", "init_module",
    "finit_module", "delete_module", "reboot", "swapon", "swapoff", "acct", "quotactl",
    "quotactl_fd", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname",
    "setdomainname", "iopl", "ioperm", "modify_ldt", "syslog", "vhangup", "open_by_handle_at",
    "name_to_handle_at", "fanotify_init", "fanotify_mark", "lookup_dcookie", "personality",
    "migrate_pages", "move_pages", "execveat",
  ]

  /// Refused with a reason, for libraries that ask for these in good faith: networks (a name of a
  /// user or a host), and rights, owners and times of files, which Landlock does not guard.
  static let refused = [
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto",
    "sendmsg", "sendmmsg", "chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown",
    "fchownat", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr",
    "fremovexattr", "utime", "utimes", "futimesat", "truncate", "link", "linkat", "symlink",
    "symlinkat", "mknod", "mknodat", "setsid", "capset",
  ]

  /// Who the process is.
  static let identities = [
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups",
    "setfsuid", "setfsgid",
  ]

  /// The flags of clone that make namespaces.
  static let namespaces: UInt64 = 0x7E02_0000
  /// CLONE_THREAD.
  static let threads: UInt64 = 0x1_0000

  /// TCGETS, TCGETS2, TIOCGPGRP, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX.
  static let terminalRequests: [UInt64] = [
    0x5401, 0x802C_542A, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451,
  ]
}
