import Foundation
import Testing

/// Disks that are full or may not be written: a clear message, nothing lost, nothing half written.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct DiskTests {
  @Test func aFileThatCannotGrowIsAClearErrorAndLosesNothing() throws {
    let program = try Program()
    try program.write(SmallExperiment.text, to: "a.me")
    // No file may grow beyond 100 KiB: a model does not fit.
    let full = try program.shell("ulimit -f 100; exec \"$0\" run a.me --quiet")
    #expect(full.status == 1)
    #expect(
      full.errors.contains("cannot write") && full.errors.contains("File too large"),
      "\(full.errors)")
    #expect(!program.exists("a.lock"))
    #expect(!program.files(below: ".merepl").contains { $0.contains(".tmp-") })
    #expect(try program.run("run", "a.me", "--quiet").status == 0)
    #expect(try program.read("a.lock") == SmallExperiment.lock)
  }

  /// A small disk of its own in place of the store, which is full at another place for each size;
  /// then there is room.
  @Test(
    .enabled(if: Namespace.isAllowed, "this system allows no mounts (unshare --mount)"),
    arguments: ["64k", "640k", "1280k", "2048k"])
  func aFullDiskIsAClearErrorAndLosesNothing(size: String) throws {
    let program = try Program()
    try program.write(SmallExperiment.text, to: "a.me")
    let outcome = try Namespace.run(
      """
      mount -t tmpfs -o size=\(size) none .merepl
      "$0" run a.me --quiet --threads 1 > output; echo $? > status
      find .merepl figures a.lock -name '*tmp*' > leftovers; cp a.lock early.lock
      mount -o remount,size=1g .merepl
      "$0" run a.me --quiet
      """, in: program)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try program.read("status") == "1\n", "the disk was not full")
    // A result, a line of the journal or a clip; never a line of Foundation's.
    #expect(
      outcome.errors.contains(/cannot (write|append to|write video) \S+: No space left on device/),
      "\(outcome.errors)")
    #expect(try program.read("leftovers") == "" && !program.exists("early.lock"))
    #expect(try program.read("a.lock") == SmallExperiment.lock)
  }

  @Test(
    .enabled(if: Namespace.isAllowed, "this system allows no mounts (unshare --mount)"),
    arguments: ["empty", "finished"])
  func aDiskThatIsReadOnlyIsAClearErrorAndLosesNothing(store: String) throws {
    let program = try store == "empty" ? Program() : SmallExperiment.finished()
    try program.write(SmallExperiment.text, to: "a.me")
    let outcome = try Namespace.run(
      """
      mount --bind .merepl .merepl && mount -o remount,bind,ro .merepl
      "$0" run a.me --out other
      """, in: program)
    #expect(outcome.status == 1 && outcome.output == "", "\(outcome.output)")
    #expect(outcome.errors.contains(".merepl"))
    #expect(outcome.errors.contains("Read-only file system"), "\(outcome.errors)")
    #expect(!outcome.errors.contains("NSCocoaErrorDomain") && !program.exists("other"))
    let later = try program.run("run", "a.me")
    #expect(later.status == 0)
    #expect(later.errors.contains("fine-tuning") == (store == "empty"))
    #expect(try program.read("a.lock") == SmallExperiment.lock)
  }

  /// Somebody else's folder: without rights for the superuser as well, who gives them up.
  @Test(
    .enabled(if: Stranger.exists, "the superuser cannot become somebody else here (setpriv)"),
    arguments: [".merepl", "."])
  func aFolderOfSomebodyElseIsAClearError(folder: String) throws {
    let program = try SmallExperiment.finished()
    let before = program.files(below: ".").filter { !$0.contains("stderr-") }
    // The store with all that is in it, or the folder of the script alone.
    let modes = folder == "." ? "chmod -R a+w .merepl; chmod 555 ." : "chmod -R a-w .merepl"
    #expect(try program.shell("chmod 777 .; \(modes)").status == 0)
    defer { _ = try? program.shell("chmod u+w .; chmod -R u+w .merepl") }
    let outcome = try Stranger.run(
      folder == "." ? ["report", "a.me", "-o", "r.html"] : ["run", "a.me"], in: program)
    #expect(outcome.status == 1 && outcome.output == "", "\(outcome.output)")
    #expect(outcome.errors.contains("Permission denied"), "\(outcome.errors)")
    #expect(!outcome.errors.contains("NSCocoaErrorDomain"))
    #expect(program.files(below: ".").filter { !$0.contains("stderr-") } == before)
    #expect(try program.read("a.lock") == SmallExperiment.lock)
  }

  @Test func aFileInPlaceOfAFolderIsAClearError() throws {
    let program = try Program()
    try program.write(SmallExperiment.text, to: "a.me")
    // A file stands where the folder should be.
    try program.write("", to: ".merepl")
    let outcome = try program.run("run", "a.me", "--quiet")
    #expect(outcome.status == 1 && outcome.output == "")
    #expect(outcome.errors.contains("cannot create the directory"), "\(outcome.errors)")
    try FileManager.default.removeItem(atPath: "\(program.folder)/.merepl")
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/a.lock", withIntermediateDirectories: true)
    let locked = try program.run("run", "a.me", "--quiet")
    #expect(locked.status == 1 && locked.errors.contains("a.lock"), "\(locked.errors)")
  }

  /// Data that do not arrive are no success.
  @Test(arguments: [
    ["run", "a.me"], ["plan", "a.me"], ["runs"],
    ["tokenize", "data/checkpoints/qwen2.5-vl-mini-0"],
  ])
  func aFullStandardOutputIsAnError(arguments: [String]) throws {
    let program = try SmallExperiment.finished()
    let outcome = try program.shell("exec \"$0\" \"$@\" > /dev/full <<< text", arguments)
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.contains("cannot write to standard output: No space left on device"),
      "\(outcome.errors)")
  }
}

extension Program {
  /// Runs bash with the program as `$0`.
  fileprivate func shell(
    _ script: String, _ arguments: [String] = [], through wrapper: [String] = []
  ) throws -> Outcome {
    let shell = process([])
    let words = wrapper + ["/bin/bash", "-c", script, Self.path] + arguments
    shell.executableURL = URL(filePath: words[0])
    shell.arguments = Array(words.dropFirst())
    let (output, errors) = (Pipe(), "\(folder)/stderr-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    shell.standardOutput = output
    shell.standardError = FileHandle(forWritingAtPath: errors)
    shell.standardInput = FileHandle.nullDevice
    try shell.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    shell.waitUntilExit()
    return Outcome(
      status: shell.terminationReason == .exit ? shell.terminationStatus : -1,
      signal: shell.terminationReason == .exit ? 0 : shell.terminationStatus,
      output: String(decoding: text, as: UTF8.self),
      errors: try String(contentsOfFile: errors, encoding: .utf8))
  }
}

/// Mounts that only one process sees; needs either the superuser or user namespaces.
private enum Namespace {
  static let words = ["/usr/bin/unshare", "--map-root-user", "--mount"]

  static let isAllowed: Bool = {
    guard let program = try? Program() else { return false }
    return (try? run("mount -t tmpfs none .merepl", in: program).status) == 0
  }()

  static func run(_ script: String, in program: Program) throws -> Program.Outcome {
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/.merepl", withIntermediateDirectories: true)
    guard FileManager.default.isExecutableFile(atPath: words[0]) else {
      throw SmallExperiment.Failure(text: "no unshare")
    }
    return try program.shell(script, through: words)
  }
}

/// A user who may write only what everybody may.
private enum Stranger {
  private static let isRoot = geteuid() == 0
  private static let words =
    isRoot ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []

  /// Whether such a user can run the program at all.
  static let exists: Bool = {
    guard let program = try? Program() else { return false }
    return (try? run(["--version"], in: program).status) == 0
  }()

  static func run(_ arguments: [String], in program: Program) throws -> Program.Outcome {
    if let first = words.first, !FileManager.default.isExecutableFile(atPath: first) {
      throw SmallExperiment.Failure(text: "no setpriv")
    }
    return try program.shell("exec \"$0\" \"$@\"", arguments, through: words)
  }
}
