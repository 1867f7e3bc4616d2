import Commands
import Diagnostics
import Experiments
import ScriptInterpreter

extension ScriptPass {
  /// How a lock differs from what the script produces now, as far as that is known without
  /// computing; nil if nothing differs.
  func difference(from lock: Lockfile) -> String? {
    let outcome = outcome
    if outcome.isOpen { return nil }
    if lock.arithmetic != CacheKey.arithmetic {
      return "it was computed with arithmetic \(lock.arithmetic), not \(CacheKey.arithmetic)"
    }
    let keys = Set(outcome.expected.map(\.short))
    let locked = Set(lock.results.map(\.key))
    // What a pending number decides cannot be foreseen.
    guard outcome.hasUnknownPart ? keys.isSubset(of: locked) : keys == locked else {
      return "it now has other results"
    }
    for (place, found) in outcome.cells where place.kind != .checkpoint {
      guard let expected = lock.cells[place] else { return "it lacks \(place)" }
      if !found.mayBe(expected) { return "its value of \(place) differs" }
    }
    let gone = lock.cells.keys.first { $0.kind != .checkpoint && !outcome.mayMake($0) }
    return gone.map { "it has \($0), which the script no longer produces" }
  }

  /// Throws if the lock does not match the current script, before both are published.
  public func requireCurrentLock() throws {
    guard let difference = difference(from: try script.lock()) else { return }
    throw CommandError(
      "\(script.lockPath) does not match the current script: \(difference)",
      suggestion: "run the script again: merepl run \(script.path)",
      exitCode: ExitStatus.mismatch.code)
  }
}

extension ObservedContent {
  /// Whether what is known of it has the same bits.
  fileprivate func mayBe(_ expected: Lockfile.Content) -> Bool {
    switch (self, expected) {
    case (.text(let a), .text(let b)): a == b
    case (.numbers(let a), .numbers(let b)):
      a.count == b.count
        && zip(a, b).allSatisfy { found, value in
          found.map { $0.bitPattern == value.bitPattern } ?? true
        }
    case (.pending, _): true
    default: false
    }
  }
}
