import CSeccomp
import Glibc

/// Which system calls a confined program may make.
///
/// An allowlist: a call that a later kernel adds is refused until it has been reviewed. Calls that
/// are neither allowed nor listed as hostile fail with ENOSYS, which libraries handle; a call that
/// only an attack would make kills the program.
public enum SystemCalls: Hashable, Sendable {
  /// Computes with many threads, and starts programs that are confined in their turn.
  case computing
  /// Draws or reads, and starts nothing.
  case alone

  /// The filter as the kernel takes it, an array of `sock_filter`.
  public func filter() throws(SandboxError) -> [UInt8] {
    guard let context = seccomp_init(cseccomp_refuse(ENOSYS)) else {
      throw SandboxError("filter system calls", ENOMEM)
    }
    defer { seccomp_release(context) }
    try Self.add(Self.common, cseccomp_allow(), context)
    try Self.add(Self.hostile, cseccomp_kill(), context)
    try Self.add(Self.refused, cseccomp_refuse(EPERM), context)
    switch self {
    case .computing:
      try Self.add(["fork", "vfork"] + Self.confining, cseccomp_allow(), context)
      // Refused, not ended: the stricter of two filters holds, and gnuplot asks.
      try Self.add(Self.identities, cseccomp_refuse(EPERM), context)
      try Self.add("clone", where: [Self.masked(0, Self.namespaces, 0)], context)
    case .alone:
      // gnuplot gives up rights that it never had; it is told that it did.
      try Self.add(Self.identities, cseccomp_refuse(0), context)
      let thread = Self.threads
      try Self.add(
        "clone", where: [Self.masked(0, Self.namespaces | thread, thread)], context)
    }
    // Limits of this process alone, and times of files that are open.
    try Self.add("prlimit64", where: [Self.equal(0, 0)], context)
    try Self.add("sched_setaffinity", where: [Self.equal(0, 0)], context)
    try Self.add("utimensat", where: [Self.equal(1, 0)], context)
    // Asking about a terminal, never typing into it.
    for request in Self.terminalRequests {
      try Self.add("ioctl", where: [Self.equal(1, request)], context)
    }
    return try Self.exported(context)
  }

  // MARK: Rules

  private static func add(
    _ names: [String], _ action: UInt32, _ context: scmp_filter_ctx
  ) throws(SandboxError) {
    for name in names {
      let number = seccomp_syscall_resolve_name(name)
      // One that this library does not know is refused with all the others.
      guard number >= 0 else { continue }
      let failure = seccomp_rule_add_array(context, action, number, 0, nil)
      if failure != 0 { throw SandboxError("filter the system call \(name)", -failure) }
    }
  }

  private static func add(
    _ name: String, where conditions: [scmp_arg_cmp], _ context: scmp_filter_ctx
  ) throws(SandboxError) {
    let failure = seccomp_rule_add_array(
      context, cseccomp_allow(), seccomp_syscall_resolve_name(name),
      UInt32(conditions.count), conditions)
    if failure != 0 { throw SandboxError("filter the system call \(name)", -failure) }
  }

  private static func equal(_ argument: UInt32, _ value: UInt64) -> scmp_arg_cmp {
    scmp_arg_cmp(arg: argument, op: SCMP_CMP_EQ, datum_a: value, datum_b: 0)
  }

  private static func masked(_ argument: UInt32, _ mask: UInt64, _ value: UInt64) -> scmp_arg_cmp {
    scmp_arg_cmp(arg: argument, op: SCMP_CMP_MASKED_EQ, datum_a: mask, datum_b: value)
  }

  private static func exported(_ context: scmp_filter_ctx) throws(SandboxError) -> [UInt8] {
    // Some kilobytes, which a pipe holds without a reader.
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw SandboxError("filter system calls", errno) }
    defer { for end in ends { close(end) } }
    let failure = seccomp_export_bpf(context, ends[1])
    if failure != 0 { throw SandboxError("filter system calls", -failure) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(ends[0], &bytes, bytes.count)
    guard count > 0, count < bytes.count else { throw SandboxError("filter system calls", EIO) }
    bytes.removeSubrange(count...)
    return bytes
  }
}

/// Why a program could not be confined or started.
public struct SandboxError: Error, Hashable, Sendable, CustomStringConvertible {
  public let action: String
  public let number: Int32

  init(_ action: String, _ number: Int32) {
    self.action = action
    self.number = number
  }

  public var description: String { "cannot \(action): \(String(cString: strerror(number)))" }
}
