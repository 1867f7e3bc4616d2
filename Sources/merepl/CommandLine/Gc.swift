import ArgumentParser
import Commands
import Experiments
import Files
import Foundation
import JSON
import Reproduction

/// `merepl gc`
struct Gc: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc", abstract: "Removes results from the cache, by age and size.",
    discussion: """
      Results named in a lock file anywhere in the repository are never removed. Without \
      --older-than and --keep, removes only leftovers of crashed runs. Removed results are \
      recomputed when a run needs them.
      """)

  @Option(
    help: ArgumentHelp("Remove results not used for this long: 30d, 12h.", valueName: "age"))
  var olderThan: String?

  @Option(
    help: ArgumentHelp(
      "Remove least recently used results until at most this size remains: 2G, 500M.",
      valueName: "size"))
  var keep: String?

  @Flag(help: "List what would be removed; remove nothing.")
  var dryRun = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if let olderThan, Self.number(olderThan, Self.ages) == nil {
      throw ValidationError("--older-than: expected a number with s, h or d, got \(olderThan)")
    }
    if let keep, Self.number(keep, Self.sizes) == nil {
      throw ValidationError("--keep: expected a number with K, M or G, got \(keep)")
    }
  }

  func run(on console: Console) throws -> ExitStatus {
    let root = try Workspace.locate()
    let named = Set(LockFolder(root).locks.flatMap { $0.lock.results.map(\.key) })
    let store = try ResultStore(root: "\(root)/.merepl")
    let rules = CollectionRules(
      age: olderThan.flatMap { Self.number($0, Self.ages) },
      bytes: keep.flatMap { Self.number($0, Self.sizes) }.map { Int($0) },
      isNamed: { named.contains($0.hash.short) })
    let now = Date().timeIntervalSince1970
    if dryRun {
      let removals = rules.removals(of: try store.items(), now: now)
      for item in removals {
        let size = ByteText.short(item.bytes)
        let padding = String(repeating: " ", count: max(0, 9 - size.count))
        try console.write(
          [
            "kind": "result", "command": .string(item.key.command), "label": .string(item.label),
            "key": .string(item.key.hex), "bytes": .int(item.bytes),
          ],
          or: ["\(padding)\(size)  \(ResultTitle.text(item.key.command, item.label))"])
      }
      let bytes = removals.reduce(0) { $0 + $1.bytes }
      try console.write(
        ["kind": "summary", "would_remove": .int(removals.count), "bytes": .int(bytes)],
        or: ["would remove \(removals.count) results, \(ByteText.short(bytes))"])
      return .ok
    }
    let removed = try store.collectGarbage(rules, now: now)
    let leftovers = try removeLeftovers(store, age: rules.age, now: now)
    let files = removed.files + leftovers
    try console.write(
      [
        "kind": "summary", "removed": .int(removed.results), "files": .int(files),
        "bytes": .int(removed.bytes),
      ],
      or: [
        "removed \(removed.results) results, \(files) files, \(ByteText.short(removed.bytes))"
      ])
    return .ok
  }

  /// Removes training states, partial results and verifications that were not resumed for `age`,
  /// at least a week.
  private func removeLeftovers(_ store: ResultStore, age: Double?, now: Double) throws -> Int {
    let limit = max(age ?? 0, 7 * 86_400)
    var count = try store.collectParts(age: limit, now: now)
    count += WorkFolder.collect(in: "\(store.root)/verify", age: limit, now: now)
    for folder in ["training", "scratch"] {
      count += Self.removeOld(in: "\(store.root)/\(folder)", age: limit, now: now)
    }
    return count
  }

  /// Removes files that were not written to for `age` seconds.
  private static func removeOld(in folder: String, age: Double, now: Double) -> Int {
    var count = 0
    for name in StoreDamage.names(in: folder) {
      let path = "\(folder)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0, now - Double(status.st_mtim.tv_sec) > age else { continue }
      if Folders.remove(path) { count += 1 }
    }
    return count
  }

  private static let ages: [Character: Double] = ["s": 1, "h": 3600, "d": 86_400]
  private static let sizes: [Character: Double] = [
    "K": Double(1 << 10), "M": Double(1 << 20), "G": Double(1 << 30),
  ]

  private static func number(_ text: String, _ units: [Character: Double]) -> Double? {
    guard let last = text.last, let unit = units[last], let number = Double(text.dropLast()),
      number >= 0, number.isFinite
    else { return nil }
    return number * unit
  }
}
