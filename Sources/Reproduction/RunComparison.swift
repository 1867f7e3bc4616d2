import Canonical
import Commands
import Diagnostics
import Experiments
import Foundation
import JSON
import Reporting
import ScriptInterpreter

/// Compares the results of two runs, locks or scripts with locks.
public struct RunComparison {
  /// One side of the comparison.
  public struct Side {
    public let name: String
    let lock: Lockfile
    /// The run, where the side is one.
    public let run: PastRun?

    /// - Parameter text: a lock file, a script with a lock, or the beginning of a run's id
    public init(_ text: String) throws {
      name = text
      if text.hasSuffix(".lock") || text.hasSuffix(".me") {
        guard FileManager.default.fileExists(atPath: text) else {
          throw CommandError("\(text) does not exist", exitCode: ExitStatus.inputMissing.code)
        }
        lock =
          text.hasSuffix(".me")
          ? try ScriptFile(text).lock() : try Lockfile(contentsOfFile: text)
        run = nil
        return
      }
      let history = RunHistory(folder: "\(try Workspace.locate())/.merepl/runs")
      let found = history.matching(text)
      guard found.count == 1 else {
        throw CommandError(
          found.isEmpty
            ? "no run begins with \"\(text)\"" : "\(found.count) runs begin with \"\(text)\"",
          suggestion: "merepl runs lists them; a lock file or a script works too",
          exitCode: ExitStatus.inputMissing.code)
      }
      guard let lock = try found[0].lock() else {
        throw CommandError("the run \(found[0].id) did not finish and has no cells")
      }
      (run, self.lock) = (found[0], lock)
    }
  }

  let before: Side
  let after: Side
  public let comparison: LockComparison

  public init(_ before: Side, _ after: Side) {
    self.before = before
    self.after = after
    comparison = LockComparison(expected: before.lock, found: after.lock)
  }

  /// Cells whose content is not the same.
  public var moved: [LockComparison.Cell] {
    comparison.cells.filter { $0.grade != .bitIdentical }
  }

  /// A result with the same key but different bits on the two sides.
  public struct Divergence {
    public let name: String
    /// First 16 digits of the key.
    let key: String
    let before: ContentHash
    let after: ContentHash
  }

  /// The first of them, for two runs in the order in which the second one finished its results.
  public var divergence: Divergence? {
    guard let one = before.run, let two = after.run else {
      for case .diverged(let old, let new) in comparison.results {
        return Divergence(
          name: ResultTitle.text(new.command, new.label), key: new.key, before: old.content,
          after: new.content)
      }
      return nil
    }
    var contents: [ContentHash: ContentHash] = [:]
    for step in one.steps { if let key = step.key { contents[key] = step.content } }
    for step in two.steps {
      guard let key = step.key, let old = contents[key], let new = step.content, old != new
      else { continue }
      return Divergence(name: step.name, key: key.short, before: old, after: new)
    }
    return nil
  }

  /// Where the inputs of the two differ, in words; for two runs.
  public func causes() throws -> [String] {
    guard let one = before.run, let two = after.run else { return [] }
    let (old, new) = (try one.keys(), try two.keys())
    let comparison = KeyComparison(before: old, after: new)
    let known = Set(old)
    var texts: [String] = []
    for key in new where !known.contains(key) {
      for cause in comparison.predecessor(of: key, among: old)?.causes ?? [] {
        if !texts.contains("\(cause)") { texts.append("\(cause)") }
      }
    }
    return texts
  }

  /// A cell and how much it changed.
  public static func line(_ cell: LockComparison.Cell) -> String {
    switch (cell.expected, cell.found) {
    case (.numbers(let a)?, .numbers(let found)?):
      let b = found.compactMap { $0 }
      guard a.count == b.count, !a.isEmpty else {
        return "\(cell.place): \(a.count) values before, \(b.count) after"
      }
      let (x, y) = (Sample(a).mean, Sample(b).mean)
      let most = zip(a, b).map { ($0 - $1).magnitude }.max() ?? 0
      return "\(cell.place): \(NumberText.short(x)) -> \(NumberText.short(y)) "
        + "(largest change of a value: \(NumberText.short(most)))"
    case (.text(let a)?, .text(let b)?): return "\(cell.place): \(a) -> \(b)"
    case (nil, _): return "\(cell.place): new"
    default: return "\(cell.place): removed"
    }
  }
}
