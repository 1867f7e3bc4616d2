import Foundation

/// The built program, run in a workspace of its own.
final class Program {
  struct Outcome {
    let status: Int32
    /// The signal that ended it, 0 for none.
    let signal: Int32
    let output: String
    let errors: String
  }

  /// A folder with the repository's `data/` and nothing else.
  let folder: String

  static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// - Parameter copiesData: whether `data/` may be changed by the test
  init(copiesData: Bool = false) throws {
    let repository = Self.repository
    folder = NSTemporaryDirectory() + "merepl-cli-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    if copiesData {
      try FileManager.default.copyItem(atPath: "\(repository)/data", toPath: "\(folder)/data")
    } else {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/data", withDestinationPath: "\(repository)/data")
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The program lies beside the one that runs the tests.
  static let path: String = {
    let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return ((tests ?? "") as NSString).deletingLastPathComponent + "/merepl"
  }()

  static let exists = FileManager.default.isExecutableFile(atPath: path)

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
    return name
  }

  func read(_ name: String) throws -> String {
    try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
  }

  /// A process that has not been started.
  func process(
    _ arguments: [String], environment changes: [String: String?] = [:]
  ) -> Process {
    let process = Process()
    process.executableURL = URL(filePath: Self.path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    var environment = ProcessInfo.processInfo.environment
    environment["XDG_STATE_HOME"] = folder
    environment["TERM"] = "xterm"
    environment["INPUTRC"] = "/dev/null"
    environment["LC_ALL"] = "C.UTF-8"
    for name in ["NO_COLOR", "FORCE_COLOR", "COLORTERM", "MEREPL_THREADS"] {
      environment[name] = nil
    }
    for (name, value) in changes { environment[name] = value }
    process.environment = environment
    return process
  }

  /// Runs it to its end.
  /// - Parameters:
  ///   - subfolder: where it runs; the workspace itself when nil
  ///   - whileRunning: called with the process once it has printed its first line
  func run(
    _ arguments: String..., in subfolder: String? = nil, input: String = "",
    environment: [String: String?] = [:], whileRunning: ((Process) -> Void)? = nil
  ) throws -> Outcome {
    try run(
      arguments, in: subfolder, input: input, environment: environment, whileRunning: whileRunning)
  }

  func run(
    _ arguments: [String], in subfolder: String? = nil, input: String = "",
    environment: [String: String?] = [:], whileRunning: ((Process) -> Void)? = nil
  ) throws -> Outcome {
    let process = process(arguments, environment: environment)
    if let subfolder { process.currentDirectoryURL = URL(filePath: "\(folder)/\(subfolder)") }
    let (stdin, stdout) = (Pipe(), Pipe())
    let errorPath = "\(folder)/stderr-\(UUID().uuidString)"
    _ = FileManager.default.createFile(atPath: errorPath, contents: nil)
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = FileHandle(forWritingAtPath: errorPath)
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try stdin.fileHandleForWriting.close()
    var output = Data()
    if let whileRunning {
      output += stdout.fileHandleForReading.availableData
      whileRunning(process)
    }
    output += try stdout.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let wasSignalled = process.terminationReason == .uncaughtSignal
    return Outcome(
      status: wasSignalled ? -1 : process.terminationStatus,
      signal: wasSignalled ? process.terminationStatus : 0,
      output: String(decoding: output, as: UTF8.self),
      errors: try String(contentsOfFile: errorPath, encoding: .utf8))
  }
}
