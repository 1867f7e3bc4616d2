import ConfinedProcess
import Glibc

/// The permissions of a program that merepl starts.
public struct Confinement: Sendable {
  public struct Limit: Hashable, Sendable {
    let resource: Int32
    let value: UInt64

    /// Bytes of memory that the process writes to: heap, stacks, private mappings. Mapped files,
    /// as weights are, do not count.
    public static func memory(_ bytes: Int) -> Limit { .init(RLIMIT_DATA, bytes) }
    public static func fileSize(_ bytes: Int) -> Limit { .init(RLIMIT_FSIZE, bytes) }
    public static func processorSeconds(_ count: Int) -> Limit { .init(RLIMIT_CPU, count) }
    public static func openFiles(_ count: Int) -> Limit { .init(RLIMIT_NOFILE, count) }
    /// Processes and threads of the user, those that run already included; root has no such limit.
    public static func processes(_ count: Int) -> Limit { .init(__RLIMIT_NPROC, count) }
    public static let noCoreFile = Limit(RLIMIT_CORE, 0)

    private init(_ resource: __rlimit_resource, _ value: Int) {
      self.resource = Int32(resource.rawValue)
      self.value = UInt64(value)
    }
  }

  /// Programs that it may start, itself included. Scripts need their interpreter here, too.
  public var executables: [String] = []
  /// Files and folders that it may read, beside the libraries and fonts of the system.
  public var readable: [String] = []
  /// Directories in which it may create, change and remove files; none is reached through a link.
  public var writable: [String] = []
  public var limits: [Limit] = []
  public var calls: SystemCalls
  /// Whether it may read /proc/self.
  public var readsItself = false

  public init(_ calls: SystemCalls) { self.calls = calls }

  /// The parts of the system that programs need to start and to show text.
  static let system = [
    "/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/usr/share",
    "/usr/local/share", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives",
    "/var/cache/fontconfig", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat",
    "/proc/filesystems", "/proc/sys/vm/overcommit_memory", "/sys/devices/system",
    "/sys/fs/cgroup", "/dev/urandom", "/dev/random", "/dev/zero",
  ]

  private static let loader = "/lib64/ld-linux-x86-64.so.2"

  /// Gets everything ready for the kernel; what it lacks is left out (``KernelSupport/gaps``).
  public func prepared(_ kernel: KernelSupport = .current) throws(SandboxError) -> Prepared {
    let filter = kernel.hasSeccomp ? try calls.filter() : []
    let prepared = Prepared(limits: limits, filter: filter, readsItself: readsItself)
    guard kernel.landlock > 0 else { return prepared }
    let ruleset = confined_process_ruleset()
    guard ruleset >= 0 else { throw SandboxError("restrict file access with Landlock", -ruleset) }
    prepared.ruleset = ruleset
    let reading = UInt64(CONFINED_READ_FILE | CONFINED_READ_FOLDER)
    let running = UInt64(CONFINED_READ_FILE | CONFINED_EXECUTE)
    let writing =
      reading
      | UInt64(
        CONFINED_WRITE_FILE | CONFINED_REMOVE_FOLDER
          | CONFINED_REMOVE_FILE | CONFINED_MAKE_FOLDER
          | CONFINED_MAKE_FILE | CONFINED_MOVE | CONFINED_TRUNCATE)
    let device = UInt64(CONFINED_READ_FILE | CONFINED_WRITE_FILE)
    // What is not there needs no leave.
    for path in Self.system + readable {
      try Self.allow(ruleset, path, reading, isNeeded: false)
    }
    try Self.allow(ruleset, "/dev/null", device, isNeeded: false)
    for path in [Self.loader] + executables {
      try Self.allow(ruleset, path, running, isNeeded: path != Self.loader)
    }
    for path in writable { try Self.allow(ruleset, path, writing, isNeeded: true, follows: false) }
    return prepared
  }

  private static func allow(
    _ ruleset: Int32, _ path: String, _ rights: UInt64, isNeeded: Bool, follows: Bool = true
  ) throws(SandboxError) {
    let failure = confined_process_allow(ruleset, path, rights, follows ? 1 : 0)
    if failure == 0 || !isNeeded && [ENOENT, EACCES, ENOTDIR].contains(failure) { return }
    throw SandboxError("allow access to \(path) in a confined program", failure)
  }

  /// A confinement as the kernel takes it. Holds for as many programs as are started with it.
  public final class Prepared: @unchecked Sendable {
    private let limits: [Limit]
    private let filter: [UInt8]
    private let readsItself: Bool
    fileprivate(set) var ruleset: Int32 = -1

    fileprivate init(limits: [Limit], filter: [UInt8], readsItself: Bool) {
      self.limits = limits
      self.filter = filter
      self.readsItself = readsItself
    }

    deinit { if ruleset >= 0 { close(ruleset) } }

    /// Gives `body` a plan with the bounds alone; what is started is its own affair.
    public func withPlan<Result>(
      _ body: (inout confined_process_plan) throws -> Result
    ) rethrows -> Result {
      let limits = limits.map {
        confined_process_limit(resource: $0.resource, value: $0.value)
      }
      return try limits.withUnsafeBufferPointer { limits in
        try filter.withUnsafeBytes { filter in
          var plan = confined_process_plan()
          (plan.input, plan.output, plan.errors) = (-1, -1, -1)
          plan.ruleset = ruleset
          plan.filter = filter.isEmpty ? nil : filter.baseAddress
          plan.filter_bytes = filter.count
          plan.limits = limits.baseAddress
          plan.limit_count = limits.count
          plan.reads_itself = readsItself ? 1 : 0
          return try body(&plan)
        }
      }
    }
  }
}
