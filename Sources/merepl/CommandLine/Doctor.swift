import ArgumentParser
import Commands
import Experiments
import Foundation
import JSON
import Ranks
import Reproduction
import Sandbox
import Tensors

/// `merepl doctor`
struct Doctor: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks the installation and says how to get what is missing.",
    discussion: """
      Runs the checks of `make doctor`, then checks the program, its data and its cache. Exit \
      status 1 if something is missing. With --json, prints one object per check.
      """)

  @OptionGroup var options: GlobalOptions

  /// One thing that was looked at.
  private struct Check {
    let name: String
    let isGood: Bool
    let text: String
    var purpose = ""
    /// Whether all works without it.
    var isOptional = false

    func line(width: Int) -> String {
      let padding = String(repeating: " ", count: max(0, width - name.count))
      let space = String(repeating: " ", count: max(0, 28 - text.count))
      let rest = purpose.isEmpty ? text : "\(text)\(space) \(purpose)"
      return "\(isGood ? "✓" : "✗") \(name)\(padding) \(rest)"
    }

    var json: JSONValue {
      [
        "name": .string(name), "ok": .bool(isGood), "text": .string(text),
        "purpose": .string(purpose),
      ]
    }
  }

  func run(on console: Console) throws -> ExitStatus {
    let root = try Workspace.locate()
    let workspace = try Workspace(root: root, progress: console.progress)
    let checks =
      try machine(root) + program() + kernel() + checkpoints(workspace) + store(workspace)
    let width = checks.map(\.name.count).max() ?? 0
    for check in checks { try console.write(check.json, or: [check.line(width: width)]) }
    return checks.allSatisfy({ $0.isGood || $0.isOptional }) ? .ok : ExitStatus(code: 1)
  }

  /// The checks of the shell script, which needs no build.
  private func machine(_ root: String) throws -> [Check] {
    let script = "\(root)/Scripts/doctor.sh"
    guard FileManager.default.isExecutableFile(atPath: script) else { return [] }
    let process = Process()
    process.executableURL = URL(filePath: script)
    process.arguments = ["--fields"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 4 else { return nil }
      let isGood = fields[0] == "yes"
      return Check(
        name: fields[1], isGood: isGood, text: isGood ? fields[2] : "missing -> \(fields[2])",
        purpose: fields[3])
    }
  }

  private func program() -> [Check] {
    [
      Check(
        name: "instructions", isGood: true,
        text: Instructions.families.map { $0 == Instructions.family ? "\($0) (in use)" : $0 }
          .joined(separator: ", ")),
      Check(name: "threads", isGood: true, text: "\(Workers.count)"),
    ]
  }

  /// What confines untrusted scripts and gnuplot.
  private func kernel() -> [Check] {
    let kernel = KernelSupport.current
    return [
      Check(
        name: "Landlock", isGood: kernel.landlock > 0,
        text: kernel.landlock > 0 ? "version \(kernel.landlock)" : "not in this kernel",
        purpose: "confines files for run --untrusted", isOptional: true),
      Check(
        name: "seccomp", isGood: kernel.hasSeccomp,
        text: kernel.hasSeccomp ? "available" : "not in this kernel",
        purpose: "filters system calls for run --untrusted", isOptional: true),
    ]
  }

  private func checkpoints(_ workspace: Workspace) -> [Check] {
    let root = workspace.root
    let named = LockFolder(root).checkpoints.sorted { $0.key < $1.key }
    return named.flatMap { path, locks in locks.map { (path, $0) } }.map { path, named in
      let found = try? workspace.contentHash(ofFolder: "\(root)/\(path)").hex
      let text =
        found == nil
        ? "missing -> merepl run \((named.lock as NSString).deletingPathExtension).me"
        : found == named.hash
          ? "matches \(named.lock)" : "differs from \(named.lock)"
      return Check(name: path, isGood: found == named.hash, text: text)
    }
  }

  private func store(_ workspace: Workspace) throws -> [Check] {
    let items = try workspace.store.items()
    let size = ByteText.short(items.reduce(0) { $0 + $1.bytes })
    let free = Self.freeBytes(workspace.root)
    return [
      Check(
        name: "cache", isGood: true,
        text: "\(items.count) results, \(size) in \(workspace.store.root)"),
      Check(
        name: "free disk", isGood: free > 1 << 30,
        text: "\(ByteText.short(free)) (at least 1 GiB recommended)"),
    ]
  }

  private static func freeBytes(_ path: String) -> Int {
    var status = statvfs()
    return statvfs(path, &status) == 0 ? Int(status.f_bavail) * Int(status.f_frsize) : 0
  }
}
