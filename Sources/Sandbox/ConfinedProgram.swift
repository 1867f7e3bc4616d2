import ConfinedProcess
import Glibc

/// A program with its arguments and an environment of its own.
public struct ConfinedProgram: Sendable {
  public var path: String
  /// With the name of the program first.
  public var arguments: [String]
  public var environment: [String: String]

  public init(path: String, arguments: [String], environment: [String: String]) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
  }

  /// Starts it; whoever does waits for it.
  /// - Parameters: descriptors that become its standard ones; -1 for /dev/null
  func start(
    _ confinement: Confinement.Prepared, input: Int32 = -1, output: Int32 = -1,
    errors: Int32 = -1, folder: String? = nil
  ) throws(SandboxError) -> pid_t {
    let environment = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    var process: pid_t = 0
    var stage: UnsafePointer<CChar>?
    let failure = Self.withCStrings(arguments) { arguments in
      Self.withCStrings(environment) { environment in
        path.withCString { path in
          confinement.withPlan { plan in
            plan.program = path
            plan.arguments = arguments
            plan.environment = environment
            (plan.input, plan.output, plan.errors) = (input, output, errors)
            guard let folder else { return confined_process_start(&plan, &process, &stage) }
            return folder.withCString {
              plan.folder = $0
              return confined_process_start(&plan, &process, &stage)
            }
          }
        }
      }
    }
    if failure != 0 {
      let what = stage.map { String(cString: $0) } ?? "start it"
      throw SandboxError("run \(path) (cannot \(what))", failure)
    }
    return process
  }

  /// Runs it to its end.
  /// - Parameters:
  ///   - folder: where it runs
  ///   - most: bytes of output that are kept; it is ended when it writes more
  ///   - seconds: it is ended when it takes longer
  /// - Returns: what it wrote to its standard output; nil where it failed or was ended
  public func output(
    _ confinement: Confinement, in folder: String? = nil, most: Int = 8 << 20,
    seconds: Double = 10
  ) throws(SandboxError) -> [UInt8]? {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw SandboxError("create a pipe", errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let process: pid_t
    do {
      defer { close(ends[1]) }
      process = try start(try confinement.prepared(), output: ends[1], folder: folder)
    }
    let read = Self.read(ends[0], most: most, until: .now + .seconds(seconds))
    if read == nil { kill(-process, SIGKILL) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status == 0 ? read : nil
  }

  private static func read(
    _ file: Int32, most: Int, until end: ContinuousClock.Instant
  ) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let left = ContinuousClock.now.duration(to: end).components
      var wait = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      guard left.seconds >= 0, left.attoseconds >= 0 else { return nil }
      let ready = poll(&wait, 1, Int32(left.seconds * 1000) + 100)
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return nil }
      let count = Glibc.read(file, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0, bytes.count + count <= most else { return nil }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
  }
}
