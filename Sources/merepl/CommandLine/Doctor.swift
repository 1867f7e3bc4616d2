import ArgumentParser
import Commands
import Experiments
import Foundation
import Tensors

/// `merepl doctor`
struct Doctor: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says whether everything that runs need is here, and how to get what is missing.",
    discussion: """
      What `make doctor` says of the machine, then what the program sees of itself, its data and \
      its store. Status 1 if something is missing.
      """)

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    try PortableMode.enter()
    let root = try Workspace.locate()
    var isWell = true
    func line(_ name: String, _ isGood: Bool, _ text: String) {
      isWell = isWell && isGood
      console.write(
        "\(isGood ? "✓" : "✗") \(name.padding(toLength: 26, withPad: " ", startingAt: 0)) \(text)")
    }
    if FileManager.default.isExecutableFile(atPath: "\(root)/Scripts/doctor.sh") {
      isWell = Self.succeeds("\(root)/Scripts/doctor.sh")
    }
    line(
      "matrix kernels", OpenBLAS.kernels == "Haswell", "\(OpenBLAS.kernels), \(OpenBLAS.version)")
    line("threads", true, "\(Workers.count)")
    let locks = LockFolder(root)
    let workspace = try Workspace(root: root, progress: console.progress)
    for (path, named) in locks.checkpoints.sorted(by: { $0.key < $1.key }) {
      let found = try? workspace.contentHash(ofFolder: "\(root)/\(path)").hex
      line(
        path, found == named.hash,
        found == nil
          ? "missing -> merepl run experiments/pretrain.me"
          : found == named.hash
            ? "as \(named.lock) names it" : "not the one that \(named.lock) names"
      )
    }
    let items = try workspace.store.items()
    let bytes = items.reduce(0) { $0 + $1.bytes }
    line("store", true, "\(items.count) results, \(bytes >> 20) MiB in \(workspace.store.root)")
    let free = Self.freeBytes(root)
    line("free disk", free > 1 << 30, "\(free >> 20) MiB (1024 are advisable)")
    return isWell ? .ok : ExitStatus(code: 1)
  }

  private static func succeeds(_ program: String) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: program)
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  private static func freeBytes(_ path: String) -> Int {
    var status = statvfs()
    return statvfs(path, &status) == 0 ? Int(status.f_bavail) * Int(status.f_frsize) : 0
  }
}
